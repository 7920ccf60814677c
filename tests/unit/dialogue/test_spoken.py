"""How days, times, phone numbers and lists sound."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reception.dialogue import spoken

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 10, tzinfo=ZONE)  # a Monday


def moment(day: int, hour: int = 14, minute: int = 30, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("when", "words", "short"),
    [
        (moment(23), "today, Monday the 23rd", "today"),
        (moment(24), "tomorrow, Tuesday the 24th", "Tuesday"),
        (moment(27), "on Friday the 27th", "Friday"),
        (moment(1, month=12), "on Tuesday the 1st", "December the 1st"),
        (moment(15, month=12), "on Tuesday, December the 15th", "December the 15th"),
        (moment(22), "on Sunday, November the 22nd", "November the 22nd"),
    ],
)
def test_a_day(when: datetime, words: str, short: str) -> None:
    assert spoken.spoken_day(when, NOW) == words
    assert spoken.spoken_day_short(when, NOW) == short


@pytest.mark.parametrize(
    ("hour", "minute", "words", "short"),
    [
        (9, 0, "nine in the morning", "nine"),
        (10, 5, "ten oh five in the morning", "ten oh five"),
        (12, 0, "noon", "noon"),
        (12, 30, "twelve thirty in the afternoon", "twelve thirty"),
        (14, 30, "two thirty in the afternoon", "two thirty"),
        (18, 15, "six fifteen in the evening", "six fifteen"),
        (21, 45, "nine forty-five in the evening", "nine forty-five"),
        (0, 0, "midnight", "midnight"),
        (0, 30, "twelve thirty at night", "twelve thirty"),
    ],
)
def test_a_time(hour: int, minute: int, words: str, short: str) -> None:
    assert spoken.spoken_time(moment(24, hour, minute)) == words
    assert spoken.spoken_time_short(moment(24, hour, minute)) == short


def test_a_moment() -> None:
    words = "tomorrow, Tuesday the 24th, at two thirty in the afternoon"
    assert spoken.spoken_moment(moment(24), NOW) == words
    assert spoken.spoken_moment_short(moment(24), NOW) == "Tuesday at two thirty"


def test_tomorrow_is_counted_where_the_appointment_is() -> None:
    """It is still Monday in Chicago when Tuesday has begun in London."""
    in_london = datetime(2026, 11, 24, 3, tzinfo=ZoneInfo("Europe/London"))
    assert spoken.spoken_day(moment(24), in_london) == "tomorrow, Tuesday the 24th"


@pytest.mark.parametrize("days", range(60))
def test_every_day_and_minute_can_be_said(days: int) -> None:
    when = NOW + timedelta(days=days, minutes=days)
    assert "{" not in spoken.spoken_moment(when, NOW) + spoken.spoken_moment_short(when, NOW)


@pytest.mark.parametrize(
    ("number", "country", "words"),
    [
        ("+12175550100", "US", "2 1 7, 5 5 5, 0 1 0 0"),
        ("+12175550100", "GB", "1, 2 1 7, 5 5 5, 0 1 0 0"),
        ("+442079460000", "GB", "0 2 0, 7 9 4 6, 0 0 0 0"),
    ],
)
def test_a_phone_number(number: str, country: str, words: str) -> None:
    assert spoken.spoken_phone(number, country) == words


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b, or c")],
)
def test_a_list(items: list[str], words: str) -> None:
    assert spoken.spoken_list(items, "or") == words


def test_first_names() -> None:
    assert spoken.first_name("Maria Santos") == "Maria"
    assert spoken.first_name("") == ""
