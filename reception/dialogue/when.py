"""Days and times as they are said, cut out of a clause by `languages/<code>/times.yaml`."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import dateparser
from babel import Locale

from reception.appointments.models import Weekday
from reception.dialogue.language_data import language_data
from reception.dialogue.number_words import cardinals, either_of, in_digits, ordinals

TOKEN = "WHEN"  # noqa: S105
_NAMED = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class When:
    """The days and times of one clause. ``call_at`` is when to call somebody who named them."""

    first_day: date | None = None
    last_day: date | None = None
    weekdays: frozenset[Weekday] = frozenset()
    not_weekdays: frozenset[Weekday] = frozenset()
    from_time: time | None = None
    to_time: time | None = None
    call_at: time | None = None
    delay: timedelta | None = None
    shift: timedelta | None = None
    """Later than the appointment by so much; negative is earlier, zero the same time of day."""

    def __or__(self, later: "When") -> "When":
        """Both together; of two days or two times the later word holds."""
        named_day, named_time = later.first_day is not None, later._names_time
        return When(
            first_day=later.first_day if named_day else self.first_day,
            last_day=later.last_day if named_day else self.last_day,
            weekdays=self.weekdays | later.weekdays,
            not_weekdays=self.not_weekdays | later.not_weekdays,
            from_time=later.from_time if named_time else self.from_time,
            to_time=later.to_time if named_time else self.to_time,
            call_at=later.call_at if named_time else self.call_at,
            delay=later.delay or self.delay,
            shift=self.shift if later.shift is None else later.shift,
        )

    @property
    def _names_time(self) -> bool:
        return (self.from_time, self.to_time, self.call_at) != (None, None, None)

    def denied(self) -> "When":
        """What is left when these are the times that do not suit."""
        if self.from_time and self.from_time != self.to_time and self.to_time is None:
            left = When(to_time=self.from_time)
        elif self.to_time and self.from_time is None:
            left = When(from_time=self.to_time)
        else:
            left = When()
        if self.weekdays:
            # "Not Friday morning" says nothing of other mornings.
            left = When(not_weekdays=self.weekdays)
        return left if self.first_day is None else When()


@dataclass(frozen=True)
class _Phrase:
    pattern: re.Pattern[str]
    entry: dict[str, Any]


def cut_when(text: str, *, now: datetime, language: str) -> tuple[When | None, str]:
    """The days and times of a clause, and the clause with WHEN in their place."""
    found: list[tuple[_Phrase, re.Match[str]]] = []
    for phrase in _phrases(language):
        while match := phrase.pattern.search(text):
            if _READERS[phrase.entry["kind"]](match, phrase.entry, now, language) is None:
                break
            found.append((phrase, match))
            text = text[: match.start()] + TOKEN + text[match.end() :]
    if not found:
        return None, text
    glue = language_data(language, "times")["glue"]
    text = re.sub(rf"\b{TOKEN}(?:{glue} {TOKEN}\b)+", TOKEN, text)
    return _together(found, now, language), text


def _together(found: list[tuple[_Phrase, re.Match[str]]], now: datetime, language: str) -> When:
    read = [
        (phrase.entry["kind"], _READERS[phrase.entry["kind"]](match, phrase.entry, now, language))
        for phrase, match in found
    ]
    clocks = [when for kind, when in read if kind == "clock" and when]
    others = [when for kind, when in read if kind not in ("clock", "part") and when]
    parts = [when for kind, when in read if kind == "part" and when]
    if clocks and parts:
        # "Eight in the evening": the part of the day only says which eight.
        clocks = [_in_part(clock, parts[-1]) for clock in clocks]
        parts = []
    evening = next((w for w in others if w.call_at and w.first_day), None)
    if clocks and evening:
        clocks = [_in_part(clock, evening) for clock in clocks]
    return functools.reduce(When.__or__, [*others, *parts, *clocks])


def _in_part(clock: When, part: When) -> When:
    def moved(at: time | None) -> time | None:
        if at is None:
            return None
        if part.from_time and at.hour < 12 and at.replace(hour=at.hour + 12) >= part.from_time:
            return at.replace(hour=at.hour + 12)
        if part.to_time and part.from_time is None and at.hour > 12:
            return at.replace(hour=at.hour - 12)
        return at

    return replace(
        clock,
        from_time=moved(clock.from_time),
        to_time=moved(clock.to_time),
        call_at=moved(clock.call_at),
    )


def _delay(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    return When(delay=_length(match["count"], match["unit"], language))


def _shift(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    data = language_data(language, "times")
    a_bit = timedelta(minutes=int(data["a_bit"]))
    length = _length(match["count"], match["unit"], language) if match["count"] else a_bit
    return When(shift=-length if match.groupdict().get("direction") in data["sooner"] else length)


def _shift_days(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    return When(shift=timedelta(days=entry["days"]))


def _length(said: str, unit: str, language: str) -> timedelta:
    """How long "half an" "hour" is."""
    data = language_data(language, "times")
    count = data["counts"].get(said) or _number(said, language)
    minutes = next(n for begins, n in data["units"].items() if unit.startswith(begins))
    return timedelta(minutes=count * minutes)


def _moment_of_day(
    match: re.Match[str], entry: dict[str, Any], now: datetime, language: str
) -> When:
    begins, ends = _time_or_none(entry.get("from")), _time_or_none(entry.get("to"))
    return When(from_time=begins, to_time=ends, call_at=_time_or_none(entry.get("call")) or begins)


def _days(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    first, last = (now.date() + timedelta(days=entry[key]) for key in ("first", "last"))
    when = When(first_day=first, last_day=last)
    return when | _part(match, entry, now, language) if "part" in entry else when


def _week(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    today, weeks = now.date(), entry.get("weeks")
    if weeks is None:
        weeks = _number(next(said for said in match.groups() if said), language)
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    first = monday + timedelta(days=entry.get("first_weekday", 0))
    last = monday + timedelta(days=entry.get("last_weekday", 6))
    first = max(first, today + timedelta(days=1 if entry.get("from_tomorrow") else 0))
    # On a Sunday "later this week" is the week that begins.
    return When(first_day=first, last_day=last if first <= last else last + timedelta(weeks=1))


def _month(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    """From the first of a month, but not before today, to its last."""
    today = now.date()
    if (said := match.groupdict().get("month")) is not None:
        named = parsed_date(f"{said} 1", now=now, language=language, prefer="future")
        ahead = 0 if named is None else (named.month - today.month) % 12
    else:
        ahead = entry["months"]
    first, after = _first_of_month(today, ahead), _first_of_month(today, ahead + 1)
    return When(first_day=max(first, today), last_day=after - timedelta(days=1))


def _first_of_month(today: date, ahead: int) -> date:
    years, month = divmod(today.month - 1 + ahead, 12)
    return date(today.year + years, month + 1, 1)


def _clock(
    match: re.Match[str], entry: dict[str, Any], now: datetime, language: str
) -> When | None:
    at = _time_of_day(match["clock"], language)
    if at is None:
        return None
    bound = entry.get("bound")
    if bound == "between":
        until = _time_of_day(match["clock2"], language)
        return When(from_time=at, to_time=until, call_at=at)
    if bound == "from":
        return When(from_time=at, call_at=at)
    if bound == "to":
        return When(to_time=at)
    return When(from_time=at, to_time=at, call_at=at)


def _date(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When | None:
    groups = match.groupdict()
    said = groups.get("iso") or in_digits(groups["date"], language)
    day = parsed_date(said, now=now, language=language, prefer="future")
    return When(first_day=day, last_day=day) if day else None


def _day_of_month(
    match: re.Match[str], entry: dict[str, Any], now: datetime, language: str
) -> When | None:
    said = match["day"]
    number = ordinals(language).get(said) or int(re.sub(r"\D", "", said) or 0)
    for ahead in range(62):
        day = now.date() + timedelta(days=ahead)
        if day.day == number:
            return When(first_day=day, last_day=day)
    return None


def _weekday(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    return When(weekdays=frozenset({weekday_names(language)[match["weekday"]]}))


def _weekdays(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    return When(weekdays=frozenset(Weekday(day) for day in entry["days"]))


def _part(match: re.Match[str], entry: dict[str, Any], now: datetime, language: str) -> When:
    part = language_data(language, "times")["parts"][entry["part"]]
    return When(
        from_time=_time_or_none(part.get("from")),
        to_time=_time_or_none(part.get("to")),
        call_at=time.fromisoformat(part["call"]),
    )


_Reader = Callable[[re.Match[str], dict[str, Any], datetime, str], When | None]
_READERS: dict[str, _Reader] = {
    "delay": _delay,
    "shift": _shift,
    "shift_days": _shift_days,
    "moment_of_day": _moment_of_day,
    "days": _days,
    "week": _week,
    "month": _month,
    "clock": _clock,
    "date": _date,
    "day_of_month": _day_of_month,
    "weekday": _weekday,
    "weekdays": _weekdays,
    "part": _part,
}


def parsed_date(said: str, *, now: datetime, language: str, prefer: str) -> date | None:
    """A date that a pattern has cut out, read by dateparser; ``prefer`` the past or the future."""
    parsed = dateparser.parse(
        said,
        languages=[language],
        settings={
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "PREFER_DATES_FROM": prefer,
            "DATE_ORDER": "YMD" if re.match(r"\d{4}-", said) else "MDY",
            "REQUIRE_PARTS": ["day", "month"],
        },
    )
    return parsed.date() if parsed else None


@functools.cache
def weekday_names(language: str) -> dict[str, Weekday]:
    """`monday` to its number."""
    names = Locale.parse(language).days["format"]["wide"]
    return {name.casefold(): Weekday(day) for day, name in names.items()}


@functools.cache
def month_names(language: str) -> frozenset[str]:
    """Long and short names, without the short ones' points."""
    months = Locale.parse(language).months["format"]
    return frozenset(
        name.casefold().strip(".")
        for width in ("wide", "abbreviated")
        for name in months[width].values()
    )


def _time_of_day(said: str, language: str) -> time | None:
    match = _clock_pattern(language).fullmatch(said)
    bare = match is None
    groups = match.groupdict() if match else {"hour": said}
    named = {key.rstrip("0123456789"): value for key, value in groups.items() if value}
    if "noon" in named:
        return time(12)
    hour, minute = _number(named["hour"], language), 0
    if "minute" in named:
        minute = _number(named["minute"], language)
    if "to" in named:
        data = language_data(language, "times")
        minute = data["fractions"].get(named["to"]) or _number(named["to"], language)
        if "direction" in named and named["direction"] not in data["past"]:
            hour, minute = hour - 1 or 12, 60 - minute
    if not (0 <= minute < 60 and 0 <= hour < 24) or (bare and hour > 12):
        return None
    return time(_on_a_working_day(hour, named.get("half")), minute)


def _on_a_working_day(hour: int, half: str | None) -> int:
    """Nobody books three in the morning: without am or pm one to six are in the afternoon."""
    if half and hour <= 12:
        return hour % 12 + (12 if half == "pm" else 0)
    return hour + 12 if 1 <= hour <= 6 else hour


def _number(said: str, language: str) -> int:
    digits = re.sub(r"\D", "", said)
    if digits:
        return int(digits)
    last = said.rsplit(maxsplit=1)[-1]
    words = cardinals(language)
    return words.get(said, words.get(last, 0))


def _time_or_none(said: str | None) -> time | None:
    return time.fromisoformat(said) if said else None


@functools.cache
def _phrases(language: str) -> tuple[_Phrase, ...]:
    return tuple(
        _Phrase(re.compile(_filled(entry["pattern"], language)), entry)
        for entry in language_data(language, "times")["phrases"]
    )


@functools.cache
def _clock_pattern(language: str) -> re.Pattern[str]:
    """One pattern of all clock forms; groups are numbered because names must be unique."""
    forms = [
        re.sub(r"\(\?P<(\w+)>", rf"(?P<\g<1>{number}>", _filled(form, language))
        for number, form in enumerate(language_data(language, "times")["clock"])
    ]
    return re.compile("|".join(f"(?:{form})" for form in forms))


def _filled(pattern: str, language: str) -> str:
    words = _vocabulary(language)
    hidden = pattern.replace("(?P<", "\0")
    return _NAMED.sub(lambda match: words[match[1]], hidden).replace("\0", "(?P<")


@functools.cache
def _vocabulary(language: str) -> dict[str, str]:
    data, numbers = language_data(language, "times"), cardinals(language)
    oh = [f"{word} {digit}" for word in data["oh"] for digit, n in numbers.items() if 0 < n < 10]
    minutes = [word for word, n in numbers.items() if 10 <= n < 60]
    vocabulary = {
        "hour": f"(?:[01]?[0-9]|2[0-3]|{either_of(w for w, n in numbers.items() if 0 < n <= 12)})",
        "minute": f"(?:[0-5][0-9]|{either_of(oh + minutes)})",
        "number": f"(?:[0-9]{{1,2}}|{either_of(numbers)})",
        "ordinal": f"(?:{either_of(ordinals(language))}|[0-3]?[0-9])\\b",
        "weekday": either_of(weekday_names(language)),
        "month": either_of(month_names(language)),
        "oclock": data["oclock"],
    }
    groupless = (re.sub(r"\(\?P<\w+>", "(?:", form) for form in data["clock"])
    forms = "|".join(_NAMED.sub(lambda m: vocabulary[m[1]], form) for form in groupless)
    return vocabulary | {"clock": f"(?:{forms})"}
