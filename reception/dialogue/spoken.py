"""How days, times, phone numbers and lists are said aloud.

Every datetime is aware; the moment is already in the zone in which it is to be spoken.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import phonenumbers
from babel.dates import format_date

from reception.dialogue.language_data import language_data
from reception.dialogue.number_words import cardinal, ordinal_figure

# Within these days the weekday alone tells which day is meant.
_NEARBY_DAYS = 10


def spoken_moment(moment: datetime, now: datetime, language: str = "en") -> str:
    """`tomorrow, Tuesday the 24th, at two thirty in the afternoon`"""
    wording: str = _wording(language)["moment"]
    return wording.format(day=spoken_day(moment, now, language), time=spoken_time(moment, language))


def spoken_choice(moment: datetime, now: datetime, language: str = "en") -> str:
    """`tomorrow at two thirty in the afternoon`, `Friday the 27th at noon`: one among several."""
    return f"{_choice_day(moment, now, language)} {spoken_at(moment, language)}"


def spoken_at(moment: datetime, language: str = "en") -> str:
    """`at two thirty in the afternoon`: when the day has just been said."""
    wording: str = _wording(language)["moment_same_day"]
    return wording.format(time=spoken_time(moment, language))


def spoken_moment_short(moment: datetime, now: datetime, language: str = "en") -> str:
    """`Tuesday at two thirty`: once the whole has been said."""
    wording: str = _wording(language)["moment_short"]
    return wording.format(
        day=spoken_day_short(moment, now, language), time=spoken_time_short(moment, language)
    )


def spoken_moment_again(moment: datetime, now: datetime, language: str = "en") -> str:
    """`Tuesday the 24th at half past two in the afternoon`: when it was said before."""
    return f"{spoken_moment_again_short(moment, now, language)}{_part_of_day(moment, language)}"


def spoken_moment_again_short(moment: datetime, now: datetime, language: str = "en") -> str:
    """`Tuesday the 24th at half past two`"""
    near = 0 <= _days_ahead(moment, now) <= _NEARBY_DAYS
    day: str = _wording(language)["choice"]["nearby" if near else "far"]
    wording: str = _wording(language)["moment_short"]
    named = day.format(**_day_parts(moment, language))
    return wording.format(day=named, time=_time_again(moment, language))


def spoken_choice_short(moment: datetime, now: datetime, language: str = "en") -> str:
    """`tomorrow at two thirty`, `Friday the 27th at noon`"""
    wording: str = _wording(language)["moment_short"]
    day = _choice_day(moment, now, language)
    return wording.format(day=day, time=spoken_time_short(moment, language))


def spoken_day(moment: datetime, now: datetime, language: str = "en") -> str:
    """`today, Monday the 23rd`, `on Friday the 27th`, `on Tuesday, December the 15th`"""
    days = _days_ahead(moment, now)
    wording = _wording(language)["day"]
    near = wording["nearby"] if 0 < days <= _NEARBY_DAYS else wording["far"]
    return str(wording.get(days, near)).format(**_day_parts(moment, language))


def spoken_day_short(moment: datetime, now: datetime, language: str = "en") -> str:
    """`today`, `Tuesday`, `December the 15th`"""
    days = _days_ahead(moment, now)
    wording = _wording(language)["day_short"]
    near = wording["nearby"] if 0 < days < 7 else wording["far"]
    return str(wording.get(days, near)).format(**_day_parts(moment, language))


def spoken_time(moment: datetime, language: str = "en") -> str:
    """`nine in the morning`, `two thirty in the afternoon`, `noon`, `ten oh five in the morning`"""
    return f"{spoken_time_short(moment, language)}{_part_of_day(moment, language)}"


def spoken_time_short(moment: datetime, language: str = "en") -> str:
    """`nine`, `two thirty`, `noon`: without the part of the day."""
    wording = _wording(language)["time"]
    named = wording["named"].get(f"{moment:%H:%M}")
    if named:
        return str(named)
    hour = cardinal(moment.hour % 12 or 12, language)
    if moment.minute == 0:
        return hour
    minute = cardinal(moment.minute, language)
    return f"{hour} {wording['oh']} {minute}" if moment.minute < 10 else f"{hour} {minute}"


def spoken_phone(number: str, own_country: str = "US") -> str:
    """`2 1 7, 5 5 5, 0 1 0 0`; without the country code for a listener of that country."""
    parsed = phonenumbers.parse(number)
    at_home = phonenumbers.region_code_for_number(parsed) == own_country
    shape = phonenumbers.PhoneNumberFormat
    written = phonenumbers.format_number(parsed, shape.NATIONAL if at_home else shape.INTERNATIONAL)
    digits = "".join(c if c.isdigit() else " " for c in written)
    return ", ".join(" ".join(group) for group in digits.split())


def spoken_list(items: Sequence[str], joined_by: str) -> str:
    """`a, b, or c`, `a or b`, `a`. A pause before the last keeps two times apart."""
    if len(items) < 3:
        return f" {joined_by} ".join(items)
    return f"{', '.join(items[:-1])}, {joined_by} {items[-1]}"


def first_name(name: str) -> str:
    """`Maria` of `Maria Santos`."""
    words = name.split()
    return words[0] if words else ""


def _choice_day(moment: datetime, now: datetime, language: str) -> str:
    days = _days_ahead(moment, now)
    wording = _wording(language)["choice"]
    near = wording["nearby"] if 0 < days <= _NEARBY_DAYS else wording["far"]
    return str(wording.get(days, near)).format(**_day_parts(moment, language))


def _time_again(moment: datetime, language: str) -> str:
    """`half past two`, `a quarter to three`, `nine o'clock`; some have one name only."""
    wording = _wording(language)["time"]
    again = wording["again"].get(moment.minute)
    if again is None or f"{moment:%H:%M}" in wording["named"]:
        return spoken_time_short(moment, language)
    hour, after = (cardinal((moment.hour + more) % 12 or 12, language) for more in (0, 1))
    return str(again).format(hour=hour, next_hour=after)


def _part_of_day(moment: datetime, language: str) -> str:
    """` in the afternoon`, with its space; noon and midnight need none."""
    wording = _wording(language)["time"]
    if f"{moment:%H:%M}" in wording["named"]:
        return ""
    part = [name for begins, name in wording["parts"].items() if begins <= moment.hour][-1]
    return f" {part}"


def _wording(language: str) -> dict[str, Any]:
    return language_data(language, "spoken")


def _days_ahead(moment: datetime, now: datetime) -> int:
    return (moment.date() - now.astimezone(moment.tzinfo).date()).days


def _day_parts(moment: datetime, language: str) -> dict[str, str]:
    return {
        "weekday": format_date(moment, "EEEE", locale=language),
        "month": format_date(moment, "MMMM", locale=language),
        "ordinal": ordinal_figure(moment.day, language),
    }
