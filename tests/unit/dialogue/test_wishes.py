"""Days and times: what suits the customer, when to call back, when somebody was born."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reception.appointments.models import Weekday, Wish
from reception.calls.question import Question
from reception.dialogue.understanding import Act, Understood, understand

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 10, tzinfo=ZONE)  # a Monday

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday


def heard(text: str, question: Question | None, now: datetime = NOW) -> Understood:
    return understand(text, question, name="Maria Santos", now=now)


def on(day: date, **more: Any) -> Wish:
    return Wish(on_or_after=day, on_or_before=day, **more)


def at(hour: int, minute: int = 0, **more: Any) -> Wish:
    return Wish(from_time=time(hour, minute), to_time=time(hour, minute), **more)


def weekdays(*days: Weekday, **more: Any) -> Wish:
    return Wish(weekdays=frozenset(days), **more)


def written(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else None


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Wednesday", weekdays(WED)),
        ("The Wednesday one works", weekdays(WED)),
        ("Um, let's do Wednesday", weekdays(WED)),
        ("Wednesday or Thursday", weekdays(WED, THU)),
        ("either Wednesday or Friday", weekdays(WED, FRI)),
        ("Saturdays only for me", weekdays(SAT)),
        ("Weekends", weekdays(SAT, SUN)),
        ("I can do Thursday", weekdays(THU)),
        ("any day but Monday", Wish(not_weekdays=frozenset({MON}))),
        ("I can't do Friday", Wish(not_weekdays=frozenset({FRI}))),
        ("not Monday, Tuesday", weekdays(TUE, not_weekdays=frozenset({MON}))),
        ("Monday. No wait, Tuesday.", weekdays(TUE)),
        ("ten thirty", at(10, 30)),
        ("the one at ten thirty", at(10, 30)),
        ("10:30 a.m. works", at(10, 30)),
        ("2.30", at(14, 30)),
        ("half past two", at(14, 30)),
        ("quarter to three on Thursday", at(14, 45, weekdays=frozenset({THU}))),
        ("the nine o'clock", at(9)),
        ("I'd rather have the 2:15", at(14, 15)),
        ("four", at(16)),
        ("8 pm", at(20)),
        ("Thursday at four", at(16, weekdays=frozenset({THU}))),
        ("noon on Friday", at(12, weekdays=frozenset({FRI}))),
        ("Friday at eight in the morning", at(8, weekdays=frozenset({FRI}))),
        ("the morning one", Wish(to_time=time(11, 59))),
        ("Mornings are better", Wish(to_time=time(11, 59))),
        ("Can't do mornings", Wish(from_time=time(11, 59))),
        ("Friday afternoon", weekdays(FRI, from_time=time(12), to_time=time(18))),
        ("Anything after school?", Wish(from_time=time(15))),
        ("anything after three", Wish(from_time=time(15))),
        ("not before ten", Wish(from_time=time(10))),
        ("before noon", Wish(to_time=time(12))),
        ("between two and four", Wish(from_time=time(14), to_time=time(16))),
        ("later in the day", Wish(from_time=time(12))),
        ("tomorrow", on(date(2026, 11, 24))),
        ("The day after tomorrow would be good", on(date(2026, 11, 25))),
        ("the 27th", on(date(2026, 11, 27))),
        ("the 3rd of December", on(date(2026, 12, 3))),
        ("December fifteenth at 9", on(date(2026, 12, 15), from_time=time(9), to_time=time(9))),
        ("next week", Wish(on_or_after=date(2026, 11, 30), on_or_before=date(2026, 12, 6))),
        ("early next week", Wish(on_or_after=date(2026, 11, 30), on_or_before=date(2026, 12, 2))),
        ("in three weeks", Wish(on_or_after=date(2026, 12, 14), on_or_before=date(2026, 12, 20))),
        ("next month", Wish(on_or_after=date(2026, 12, 1), on_or_before=date(2026, 12, 31))),
        ("in January", Wish(on_or_after=date(2027, 1, 1), on_or_before=date(2027, 1, 31))),
        ("threeish", at(15)),
        (
            "later in the week",
            Wish(on_or_after=date(2026, 11, 24), on_or_before=date(2026, 11, 29)),
        ),
        ("No, neither of those, what about Friday?", weekdays(FRI)),
    ],
)
def test_a_wish_beside_the_offered_times(text: str, wish: Wish) -> None:
    understood = heard(text, Question.PICK_SLOT)
    assert understood.wish == wish
    assert understood.clear
    assert understood.choice is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("The first one", 1),
        ("I'll take the first", 1),
        ("The earlier of the two", 1),
        ("option one", 1),
        ("The second.", 2),
        ("number two please", 2),
        ("third", 3),
        ("the last one", -1),
        ("The later one, please", -1),
        ("The first one. No, wait, the second.", 2),
    ],
)
def test_a_choice_among_the_offered_times(text: str, choice: int) -> None:
    understood = heard(text, Question.PICK_SLOT)
    assert understood.choice == choice
    assert understood.wish is None


@pytest.mark.parametrize(
    ("text", "act", "wish"),
    [
        ("Yes but could we do Friday?", Act.RESCHEDULE, weekdays(FRI)),
        ("Make it four instead", Act.RESCHEDULE, at(16)),
        ("No, can I come on Thursday instead?", Act.RESCHEDULE, weekdays(THU)),
        (
            "I can't do Tuesday, how about Wednesday?",
            Act.RESCHEDULE,
            weekdays(WED, not_weekdays=frozenset({TUE})),
        ),
        ("No, Friday would be better", Act.RESCHEDULE, weekdays(FRI)),
        ("can we push it to December 3rd", Act.RESCHEDULE, on(date(2026, 12, 3))),
        ("I can't come tomorrow", Act.NO, None),
        ("Can we move it?", Act.RESCHEDULE, None),
    ],
)
def test_a_wish_instead_of_the_appointment(text: str, act: Act, wish: Wish | None) -> None:
    understood = heard(text, Question.ATTEND)
    assert act in understood.acts
    assert Act.YES not in understood.acts
    assert understood.wish == wish


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("an hour later", timedelta(hours=1)),
        ("two hours earlier", timedelta(hours=-2)),
        ("the day after", timedelta(days=1)),
        ("the day before", timedelta(days=-1)),
        ("same time next week", timedelta(weeks=1)),
        ("can we push it back a week", timedelta(weeks=1)),
        ("same time on Thursday", timedelta(0)),
        ("next week", None),
    ],
)
def test_a_wish_relative_to_the_appointment(text: str, shift: timedelta | None) -> None:
    assert heard(text, Question.ATTEND).shift == shift


@pytest.mark.parametrize(
    "text", ["She may come, the sat nav is second hand", "just a second", "I sat down in march"]
)
def test_words_that_only_look_like_dates(text: str) -> None:
    assert heard(text, Question.PICK_SLOT).wish is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("In an hour", "2026-11-23 11:00"),
        ("in half an hour", "2026-11-23 10:30"),
        ("In twenty minutes", "2026-11-23 10:20"),
        ("Tomorrow morning", "2026-11-24 09:00"),
        ("after five", "2026-11-23 17:00"),
        ("Try me at six", "2026-11-23 18:00"),
        ("at nine", "2026-11-24 09:00"),
        ("around lunchtime", "2026-11-23 12:00"),
        ("this evening", "2026-11-23 18:00"),
        ("Thursday afternoon", "2026-11-26 14:00"),
        ("tomorrow at 8 pm", "2026-11-24 20:00"),
        ("Monday", "2026-11-30 09:00"),
        ("Whenever", None),
        ("I don't know", None),
    ],
)
def test_when_to_call_back(text: str, moment: str | None) -> None:
    assert written(heard(text, Question.CALLBACK_WHEN).callback_at) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("I'm in a meeting, can you call me in an hour?", "2026-11-23 11:00"),
        ("Can you call me tomorrow morning?", "2026-11-24 09:00"),
        ("I'm driving", None),
        ("Call me back later", None),
    ],
)
def test_a_call_back_is_asked_for_at_any_time(text: str, moment: str | None) -> None:
    understood = heard(text, Question.ATTEND)
    assert Act.CALL_LATER in understood.acts
    assert written(understood.callback_at) == moment
    assert understood.wish is None


def test_a_part_of_today_that_has_passed_is_not_called_back_in() -> None:
    late = NOW.replace(hour=19)
    assert heard("this afternoon", Question.CALLBACK_WHEN, late).callback_at is None


def test_in_an_hour_is_an_hour_when_the_clocks_go_back() -> None:
    night = datetime(2026, 11, 1, 0, 30, tzinfo=ZONE)
    later = heard("in two hours", Question.CALLBACK_WHEN, night).callback_at
    assert later is not None
    assert later.timestamp() - night.timestamp() == 2 * 60 * 60


@pytest.mark.parametrize(
    "text",
    [
        *("June 12th 1985", "June 12, 1985.", "6/12/85", "1985-06-12", "06121985", "6 12 1985"),
        *("the twelfth of June nineteen eighty-five", "It's the 12th of June, 1985"),
        *("june twelve eighty five", "six twelve eighty-five", "oh six twelve eighty five"),
        *("0 6 1 2 1 9 8 5", "june 12 1 9 8 5", "Sure, it's June 12th, 1985, thanks"),
        "My date of birth is 6/12/1985",
    ],
)
def test_one_birth_date_said_in_many_ways(text: str) -> None:
    understood = heard(text, Question.BIRTH_DATE)
    assert understood.birth_date == date(1985, 6, 12)
    assert understood.clear


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("January first, two thousand", date(2000, 1, 1)),
        ("March third two thousand and one", date(2001, 3, 3)),
        ("twenty first of may nineteen ninety nine", date(1999, 5, 21)),
        ("May 5th, nineteen oh five", date(1905, 5, 5)),
        ("february twenty ninth twenty oh four", date(2004, 2, 29)),
        ("12 25 52", date(1952, 12, 25)),
        ("June 31st 1985", None),
        ("6/12/2085", None),
        ("June 12th", None),
        ("1985", None),
        ("June 12th 1985 or June 13th 1985", None),
    ],
)
def test_birth_dates(text: str, born: date | None) -> None:
    understood = heard(text, Question.BIRTH_DATE)
    assert understood.birth_date == born
    assert understood.clear is (born is not None)
