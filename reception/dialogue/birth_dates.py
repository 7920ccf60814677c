"""A date of birth, in figures or in words."""

import re
from datetime import date, datetime

from reception.dialogue.clauses import plain
from reception.dialogue.language_data import language_data
from reception.dialogue.number_words import either_of, in_digits
from reception.dialogue.when import month_names, parsed_date

TOKEN = "birthdate"  # noqa: S105
_ONE_BY_ONE = re.compile(r"(?<!\d )\b\d(?: \d){7}\b(?! ?\d)")
_THOUSANDS = re.compile(r"\b2 ?thousand(?: and)?(?: (\d{1,2}))?\b")
_LONG_AGO = date(1900, 1, 1)


def cut_birth_date(text: str, *, now: datetime, language: str) -> tuple[list[date], str]:
    """The possible birth dates of a turn, and the turn with `birthdate` in their place."""
    said = in_digits(plain(text), language)
    oh = either_of(language_data(language, "times")["oh"])
    said = re.sub(rf"\b{oh} (?=\d)", "0", said)
    said = _ONE_BY_ONE.sub(lambda match: match.group().replace(" ", ""), said)
    said = _THOUSANDS.sub(lambda match: str(2000 + int(match[1] or 0)), said)
    found: list[date] = []

    def replaced(match: re.Match[str]) -> str:
        day = _date_of(match, now, language)
        if day is None:
            return match.group()
        found.append(day)
        return TOKEN

    return found, _pattern(language).sub(replaced, said)


def _date_of(match: re.Match[str], now: datetime, language: str) -> date | None:
    part = {key[:-1]: value for key, value in match.groupdict().items() if value}
    year = _year(re.sub(r"\D", "", part["year"]), now)
    day = re.sub(r"\D", "", part["day"])
    born = parsed_date(f"{part['month']} {day} {year}", now=now, language=language, prefer="past")
    return born if born and _LONG_AGO <= born <= now.date() else None


def _year(digits: str, now: datetime) -> int:
    """Two digits mean the last such year: nobody is born in the future."""
    if len(digits) == 4:
        return int(digits)
    this_century = now.year - now.year % 100 + int(digits)
    return this_century if this_century <= now.year else this_century - 100


def _pattern(language: str) -> re.Pattern[str]:
    month = either_of(month_names(language))
    year = r"(?:(?:19|20) ?(?:\d\d)|[12] [09] \d \d|'?\d\d)(?![\d/])"
    day = r"\d{1,2}(?:st|nd|rd|th)?"
    gap = r"[ ,./-]+"
    orders = (
        rf"(?P<month1>{month})\.?{gap}(?:the )?(?P<day1>{day}){gap}(?:of )?(?P<year1>{year})",
        rf"(?P<day2>{day}){gap}(?:(?:day )?of )?(?P<month2>{month})\.?{gap}(?P<year2>{year})",
        rf"(?P<year3>(?:19|20)\d\d){gap}(?P<month3>\d{{1,2}}){gap}(?P<day3>\d{{1,2}})",
        rf"(?P<month4>\d{{1,2}}){gap}(?:the )?(?P<day4>{day}){gap}(?P<year4>{year})",
        r"(?P<month5>[01]\d)(?P<day5>[0-3]\d)(?P<year5>(?:19|20)\d\d)",
    )
    return re.compile("|".join(rf"(?<![\d/])(?<!\d )(?:{order})\b" for order in orders))
