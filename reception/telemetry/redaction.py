"""The one gate. Whatever leaves in a log, a span or a metric passes here, and says of nobody who
they are.

It fails closed: an attribute leaves only if the registry names it, content only if the practice
wants it so, and text loses what is known of the people in the calls of this process, and whatever
looks like a telephone number.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from threading import Lock

import phonenumbers
from opentelemetry.util.types import AttributeValue

from reception.telemetry.attributes import REGISTRY

REDACTED = "[redacted]"

_CALLS = 64
"""So many of the latest calls of a process are remembered; spans and logs leave a little later."""
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

_lock = Lock()
_private: "OrderedDict[str, dict[str, re.Pattern[str]]]" = OrderedDict()
"""By call: what is to be hidden, casefolded, and how it is found."""


def protect(call_id: str, words: Iterable[str]) -> None:
    """From now on these never leave: names, services, what was said."""
    patterns = {word.casefold(): _pattern(word) for word in map(str.strip, words) if word}
    _keep(call_id, {word: pattern for word, pattern in patterns.items() if word})


def protect_phone(call_id: str, phone: str) -> None:
    """Nor does this number (E.164), however it is written."""
    digits = _national(phone)
    _keep(call_id, {digits[-1]: re.compile(_APART.join(digits))})


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
    _keep(call_id, {year: re.compile(rf"(?<!\d)(?:{found})(?!\d)", re.IGNORECASE)})


def masked_phone(phone: str) -> str:
    """A number (E.164) as it may be shown: its country and its last two digits."""
    try:
        country = f"+{phonenumbers.parse(phone).country_code}"
    except phonenumbers.NumberParseException:
        country = ""
    return f"{country}…{phone[-2:]}"


def scrub(text: str) -> str:
    """``text`` without what is known to be private."""
    folded = text.casefold()
    with _lock:
        known = [pair for call in _private.values() for pair in call.items()]
    for word, pattern in known:
        if word in folded:
            text = pattern.sub(REDACTED, text)
    return _PHONE.sub(REDACTED, text)


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
        case str():
            return scrub(value)
        case bool() | int() | float():
            return value
        case Sequence() if not isinstance(value, bytes):
            return tuple(_safe_value(one) for one in value)
        case _:
            return REDACTED


def _keep(call_id: str, patterns: Mapping[str, re.Pattern[str]]) -> None:
    with _lock:
        _private.setdefault(call_id, {}).update(patterns)
        _private.move_to_end(call_id)
        while len(_private) > _CALLS:
            _private.popitem(last=False)


def _pattern(word: str) -> re.Pattern[str]:
    """A short word counts as a whole only: "Al" is not in "already"."""
    found = re.escape(word)
    if len(word) < _SHORTEST_INSIDE_A_WORD:
        found = rf"(?<![^\W_]){found}(?![^\W_])"
    return re.compile(found, re.IGNORECASE)


def _national(phone: str) -> str:
    try:
        return str(phonenumbers.parse(phone).national_number)
    except phonenumbers.NumberParseException:
        return "".join(filter(str.isdigit, phone))
