"""The one gate. Whatever leaves in a log, a span or a metric passes here, and says of nobody who
they are.

It fails closed: an attribute leaves only if the registry names it, content only if the practice
wants it so, and text loses what is known of the people in the calls of this process, and whatever
looks like a telephone number.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from threading import Lock

import phonenumbers
from opentelemetry.util.types import AttributeValue

from reception.telemetry.attributes import REGISTRY

REDACTED = "[redacted]"

_CALLS = 64
"""So many of the latest calls of a process are remembered; spans and logs leave a little later."""
_TEXTS = 1024
_SHORTEST = 2
_SHORTEST_INSIDE_A_WORD = 4
_SHORTEST_SENTENCE = 12
_APART = r"(?:%20|[\s().+/-]){0,3}"
_PHONE = re.compile(
    r"""(?<![\w.-])(?:
        (?:\+|%2[bB]|\\u002[bB])\d(?:[\s().-]?\d){6,14}   # international
      | \(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}               # North American, as it is written
      | \d{10,15}                                         # in one go
    )(?![\w-])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Hidden:
    """Something private: the pattern that finds it, and what is shown in its place.

    Compiled by whoever finds a part of it, and not in the middle of a turn.
    """

    found: str
    shown: str = REDACTED


@dataclass(frozen=True, eq=False)
class _Known:
    """All that is private at one moment, by a part of it that is quickly looked for, casefolded."""

    parts: tuple[tuple[str, _Hidden], ...] = ()


_lock = Lock()
_private: "OrderedDict[str, dict[str, _Hidden]]" = OrderedDict()
"""By call."""
_known = _Known()


def protect(call_id: str, words: Iterable[str]) -> None:
    """From now on these never leave: names, services, what was said.

    A single letter says nothing, and hiding it would hide everything.
    """
    stripped = (word.strip() for word in words)
    hidden = (word for word in stripped if len(word) >= _SHORTEST)
    _keep(call_id, {word.casefold(): _Hidden(_pattern(word)) for word in hidden})


def protect_phone(call_id: str, phone: str) -> None:
    """Nor does this number (E.164), however it is written, but for its last two digits."""
    digits = _national(phone)
    written = rf"(?:\+{_APART})?(?:\d{{1,3}}{_APART})?{_APART.join(digits)}"
    _keep(call_id, {digits[-1]: _Hidden(written, masked_phone(phone))})


def protect_said(call_id: str, text: str) -> None:
    """Nor what was said, but for words that everybody says."""
    if len(text) >= _SHORTEST_SENTENCE:
        protect(call_id, [text])


def protect_birth_date(call_id: str, born: date) -> None:
    """Nor this date, in the usual spellings."""
    day, month, year = f"{born.day:02}", f"{born.month:02}", str(born.year)
    name = f"{born:%B}"
    padded = [(year, month, day), (month, day, year), (day, month, year)]
    numbers = [*padded, *([part.lstrip("0") for part in one] for one in padded)]
    spelled = [rf"{name}\s+{born.day}(?:st|nd|rd|th)?,?\s+{year}"]
    spelled += [rf"{born.day}(?:st|nd|rd|th)?\s+(?:of\s+)?{name},?\s+{year}"]
    found = "|".join([*(_APART.join(one) for one in numbers), *spelled])
    _keep(call_id, {year: _Hidden(rf"(?<!\d)(?:{found})(?!\d)")})


def masked_phone(phone: str) -> str:
    """A number as it may be shown: its country, where it says so, and its last two digits."""
    try:
        country = f"+{phonenumbers.parse(phone).country_code}"
    except phonenumbers.NumberParseException:
        country = ""
    return f"{country}…{phone[-2:]}"


def scrub(text: str) -> str:
    """``text`` without what is known to be private."""
    return _scrubbed(text, _known)


def safe_attributes(
    attributes: Mapping[str, AttributeValue] | None, *, content: bool
) -> dict[str, AttributeValue]:
    """Those that the registry names, scrubbed; with ``content`` what was said as it is."""
    safe: dict[str, AttributeValue] = {}
    for name, value in (attributes or {}).items():
        known = REGISTRY.get(name)
        if known is None or (known.content and not content):
            continue
        safe[name] = value if known.content else _safe_value(value)
    return safe


def _safe_value(value: AttributeValue) -> AttributeValue:
    match value:
        case StrEnum():
            # A word of ours, even where somebody is named like it.
            return value.value
        case str():
            return scrub(value)
        case bool() | int() | float():
            return value
        case Sequence() if not isinstance(value, bytes):
            return tuple(_safe_value(one) for one in value)
        case _:
            return REDACTED


@lru_cache(_TEXTS)
def _scrubbed(text: str, known: _Known) -> str:
    """The same texts come again and again. What was found when less was known is never used."""
    folded = text.casefold()
    for part, hidden in known.parts:
        if part in folded:
            text = re.sub(hidden.found, hidden.shown, text, flags=re.IGNORECASE)
    return _PHONE.sub(lambda found: masked_phone(found[0]), text)


def _keep(call_id: str, hidden: Mapping[str, _Hidden]) -> None:
    global _known  # noqa: PLW0603 - swapped as a whole, so that nobody reads half of it
    with _lock:
        _private.setdefault(call_id, {}).update(hidden)
        _private.move_to_end(call_id)
        while len(_private) > _CALLS:
            _private.popitem(last=False)
        _known = _Known(tuple(pair for call in _private.values() for pair in call.items()))


def _pattern(word: str) -> str:
    """A short word counts as a whole only: "Al" is not in "already"."""
    found = re.escape(word)
    if len(word) < _SHORTEST_INSIDE_A_WORD:
        found = rf"(?<![^\W_]){found}(?![^\W_])"
    return found


def _national(phone: str) -> str:
    try:
        return str(phonenumbers.parse(phone).national_number)
    except phonenumbers.NumberParseException:
        return "".join(filter(str.isdigit, phone))
