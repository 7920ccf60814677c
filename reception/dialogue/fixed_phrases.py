"""The sentences that are the same in every call of a practice: nothing in them is anybody's own.

Their sound may be kept. Whatever names a person, an appointment or a time is left out, because it
is known by its field and not by its value.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reception.dialogue.pauses import Pieces, without_markup
from reception.dialogue.spoken import spoken_phone
from reception.dialogue.wording import wordings
from reception.practice import Practice

Split = Callable[[str], Sequence[str]]
"""Text into its sentences, in the way in which they are spoken one by one."""

PRACTICE_FIELDS = frozenset({"agent", "practice", "disclosure", "callback"})
"""The fields that say something about the practice alone."""

_ADDRESSED = ("attend.", "bye.")

# A word to the tokenizer, and a mark that no practice has in its name.
_OPEN = "Somebody\N{REPLACEMENT CHARACTER}"


class _Facts(dict[str, str]):
    def __missing__(self, field: str) -> str:
        return _OPEN


def fixed_phrases(practice: Practice, language: str, split: Split) -> frozenset[str]:
    """Every sentence of the wordings that holds no field, or only the practice's own.

    Raises ``LookupError`` where the language has no wordings.
    """
    return frozenset(
        sentence
        for facts in _facts(practice, language)
        for variants in wordings(language).values()
        for variant in variants
        for sentence in _sentences(variant.format_map(facts), split)
        if _OPEN not in sentence
    )


def greeting_phrases(known: Mapping[str, str], language: str, split: Split) -> frozenset[str]:
    """The sentences with a person's name in which an answer to them begins or ends.

    ``known`` is what everybody may know in this call. Personal: for its own memory only.
    """
    facts = _Facts(known, filler="")
    return frozenset(
        sentence
        for name, variants in wordings(language).items()
        if name.startswith(_ADDRESSED)
        for variant in variants
        if "{name}" in variant
        for sentence in _sentences(variant.format_map(facts), split)
        if known["name"] in sentence and _OPEN not in sentence
    )


def waiting_phrases(language: str, split: Split) -> tuple[str, ...]:
    """What can be said while something takes its time; it answers nothing and promises nothing."""
    return tuple(s for text in wordings(language)["filler"] for s in _sentences(text, split))


def _facts(practice: Practice, language: str) -> Iterator[_Facts]:
    """The practice's fields as a call words them, once for each number to call back."""
    disclosure = practice.disclosure.wording
    for location in practice.locations.values():
        facts = {
            "agent": practice.persona.name,
            "practice": practice.name,
            "disclosure": disclosure.get(language) or next(iter(disclosure.values())),
            "callback": spoken_phone(location.callback_number),
        }
        known = {field: without_markup(facts[field]) for field in PRACTICE_FIELDS}
        # A filler is sentences of its own, or nothing.
        yield _Facts(known, filler="")


def _sentences(text: str, split: Split) -> Iterator[str]:
    pieces = Pieces()
    for piece in (*pieces.feed(text), *pieces.finish()):
        if isinstance(piece, str):
            yield from split(piece)
