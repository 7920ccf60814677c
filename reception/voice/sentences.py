"""What is to be said, in the parts in which it is spoken: sentences, and the pauses between."""

import re
from collections.abc import Iterator

from livekit.agents import tokenize

from reception.dialogue.pauses import Pieces, without_markup

_TOKENIZER = tokenize.blingfire.SentenceTokenizer(min_sentence_len=1)
_BEGUN_TAG = re.compile(r"</?[a-zA-Z][^<>]*(?=<|$)")


def split(text: str) -> list[str]:
    """The sentences of ``text``, without what cannot be spoken."""
    return [said for sentence in _TOKENIZER.tokenize(text) if (said := _speakable(sentence))]


def parts_of(text: str) -> list[str | float]:
    """The whole of ``text`` in parts: a sentence, or the seconds of a pause."""
    parts = Parts()
    return [*parts.feed(text), *parts.finish()]


class Parts:
    """Text that comes in pieces, cut anywhere, becomes sentences and pauses in seconds.

    No mark is in a sentence, whole or begun: an engine would read it out.
    """

    def __init__(self) -> None:
        self._pieces, self._rest = Pieces(), ""

    def feed(self, text: str) -> Iterator[str | float]:
        """What is complete by now."""
        for piece in self._pieces.feed(text):
            yield from self._cut(piece)

    def finish(self) -> Iterator[str | float]:
        """What is left at the end; what came to no end is spoken as well."""
        for piece in self._pieces.finish():
            yield from self._cut(piece)
        yield from self._ended()

    def _cut(self, piece: str | float) -> Iterator[str | float]:
        if isinstance(piece, float):
            yield from self._ended()
            yield piece
            return
        # Only what follows tells whether a sentence has ended: "Dr." has not.
        self._rest += piece
        *whole, last = _TOKENIZER.tokenize(f"{self._rest}Next") or [""]
        self._rest = last.removesuffix("Next")
        yield from (said for sentence in whole if (said := _speakable(sentence)))

    def _ended(self) -> Iterator[str]:
        rest, self._rest = self._rest, ""
        yield from split(rest)


def _speakable(sentence: str) -> str:
    """The sentence without tags; empty where no letter or digit is left, for there is no sound."""
    said = " ".join(_BEGUN_TAG.sub("", without_markup(sentence)).split())
    return said if any(character.isalnum() for character in said) else ""
