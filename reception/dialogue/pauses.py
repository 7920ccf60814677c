"""Pauses in what is to be said: SSML's break (W3C SSML 1.1, section 3.2.3), for whatever engine.

A mark is only ever ours. It becomes silence where there is sound, and reaches no engine, no
transcript and no history.
"""

import re
from collections.abc import Iterator

_MARK = re.compile(r'<break time="(\d{1,4})ms"/>')
_TAG = re.compile(r"</?[a-zA-Z][^<>]*/?>")
_LONGEST_MARK = len('<break time="9999ms"/>')


def pause(milliseconds: int) -> str:
    """The mark of a pause."""
    return f'<break time="{milliseconds}ms"/>'


def has_pause(text: str) -> bool:
    return _MARK.search(text) is not None


def without_pauses(text: str) -> str:
    """The text as it is heard: a mark and the space before it are gone."""
    return re.sub(rf" ?{_MARK.pattern}", "", text)


def without_markup(text: str) -> str:
    """Text of a model, which marks nothing: whatever looks like a tag is gone."""
    return _TAG.sub("", text)


class Pieces:
    """Text that comes in pieces, cut at its marks: words as ``str``, pauses as seconds."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> Iterator[str | float]:
        """What is complete by now. The beginning of a mark is held back until the rest is there."""
        said = self._held + text
        self._held = ""
        begun = said.rfind("<")
        if begun >= 0 and ">" not in said[begun:] and len(said) - begun < _LONGEST_MARK:
            said, self._held = said[:begun], said[begun:]
        yield from _cut(said)

    def finish(self) -> Iterator[str | float]:
        """What is left at the end."""
        held, self._held = self._held, ""
        yield from _cut(held)


class Transcript:
    """Text that comes in pieces, as it is written down: without marks and what they leave."""

    def __init__(self) -> None:
        self._pieces = Pieces()
        self._paused = self._spaced = False

    def feed(self, text: str) -> str:
        """What is complete by now."""
        return "".join(self._written(piece) for piece in self._pieces.feed(text))

    def finish(self) -> str:
        """What is left at the end."""
        return "".join(self._written(piece) for piece in self._pieces.finish())

    def _written(self, piece: str | float) -> str:
        if isinstance(piece, float):
            self._paused = True
            return ""
        written = piece.lstrip(" ") if self._paused and self._spaced else piece
        self._paused, self._spaced = False, piece.endswith(" ")
        return written


def _cut(text: str) -> Iterator[str | float]:
    """Words and milliseconds alternate in what the pattern splits."""
    for position, part in enumerate(_MARK.split(text)):
        if position % 2:
            yield int(part) / 1000
        elif part:
            yield part
