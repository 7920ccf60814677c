"""Another time: real free slots, one of them chosen beyond doubt, the old one kept until then."""

from datetime import date, time

import pytest

from reception.calls.call import Call
from reception.calls.outcome import OutcomeKind
from reception.line.text_line import TextLine
from tests.conversations.rehearsal import CHICAGO, NOW, Rehearsal, maria, spoken

WEDNESDAY, FRIDAY = date(2026, 11, 25), date(2026, 11, 27)


async def offered(house: Rehearsal, *wish: str) -> tuple[Call, TextLine]:
    call, line = await house.begin()
    await line.says("Yes")
    for text in wish or ("Could we find another time?",):
        await line.says(text)
    return call, line


async def finish(house: Rehearsal, line: TextLine) -> tuple[date, time]:
    if not line.ended:
        await line.hangs_up()
    local = (await house.book.appointment("maria-1")).starts_at.astimezone(CHICAGO)
    return local.date(), local.time()


@pytest.mark.parametrize(
    ("words", "index"),
    [("The first one.", 0), ("The second one", 1), ("I'll take the last one", -1)],
)
async def test_an_offer_is_taken_by_its_place(house: Rehearsal, words: str, index: int) -> None:
    call, line = await offered(house)
    wanted = call.offered[index].starts_at.astimezone(CHICAGO)
    await line.says(words)
    assert await finish(house, line) == (wanted.date(), wanted.time())
    assert call.outcome.kind is OutcomeKind.RESCHEDULED


async def test_a_wish_is_looked_for(house: Rehearsal) -> None:
    call, line = await offered(house, "Can we do Friday instead?")
    assert call.stage == "rescheduling"
    assert {s.starts_at.astimezone(CHICAGO).date() for s in call.offered} == {FRIDAY}
    await finish(house, line)


async def test_a_wish_that_cannot_be_met_is_said_so_and_the_nearest_offered(
    house: Rehearsal,
) -> None:
    call, line = await offered(house, "Could we do Saturday?")
    assert "Saturday" not in call.turns[-1].text, "closed on Saturdays"
    assert "nearest I have" in call.turns[-1].text or "that's full" in call.turns[-1].text
    await finish(house, line)


async def test_a_day_on_which_nobody_works_is_that_day_of_another_week(house: Rehearsal) -> None:
    call, line = await offered(house, "Could we do Thursday?")
    days = {slot.starts_at.astimezone(CHICAGO).date() for slot in call.offered}
    assert date(2026, 11, 26) not in days, "Thanksgiving"
    assert all(day.weekday() == 3 for day in days)
    await finish(house, line)


async def test_a_day_and_a_time_are_a_choice(house: Rehearsal) -> None:
    call, line = await offered(house)
    wanted = call.offered[-1].starts_at.astimezone(CHICAGO)
    await line.says(f"{wanted:%A at %-I %p} please")
    assert await finish(house, line) == (wanted.date(), wanted.time())


async def test_a_day_of_the_week_is_not_today(house: Rehearsal) -> None:
    call, line = await offered(house)
    assert call.offered[0].starts_at.astimezone(CHICAGO).date() == NOW.date(), "a Monday"
    await line.says("Next Monday")
    assert all(slot.starts_at.astimezone(CHICAGO).date() > NOW.date() for slot in call.offered)
    await finish(house, line)


@pytest.mark.parametrize("words", ["Yes", "Sure, that works", "Hmm", "Okay, maybe"])
async def test_an_answer_that_fits_several_takes_none(house: Rehearsal, words: str) -> None:
    call, line = await offered(house)
    await line.says(words)
    assert call.turns[-1].asks is not None
    assert await finish(house, line) == (maria().starts_at.astimezone(CHICAGO).date(), time(14, 30))


async def test_after_much_confusion_a_yes_or_no_question_is_asked(house: Rehearsal) -> None:
    call, line = await offered(house)
    first = call.offered[0].starts_at.astimezone(CHICAGO)
    for text in ("Qwerty", "Zxcvb", "Asdfg"):
        await line.says(text)
    assert call.turns[-1].asks is not None
    assert call.turns[-1].asks.question == "book_sure"
    await line.says("Yes")
    assert await finish(house, line) == (first.date(), first.time())


async def test_none_of_them_asks_what_would_suit(house: Rehearsal) -> None:
    call, line = await offered(house)
    before = call.offered
    await line.says("None of those")
    await line.says("Next Monday afternoon")
    assert call.offered != before
    local = [slot.starts_at.astimezone(CHICAGO) for slot in call.offered]
    assert all(at.weekday() == 0 and at.hour >= 12 for at in local)
    await finish(house, line)


async def test_the_whole_day_is_not_named_twice(house: Rehearsal) -> None:
    call, line = await offered(house, "Could we do Wednesday?")
    assert len(call.offered) > 1
    assert call.turns[-1].text.count("Wednesday") == 1
    await finish(house, line)


async def test_only_what_was_handed_out_is_ever_named(house: Rehearsal) -> None:
    call, line = await offered(house, "Can we do Friday instead?")
    await finish(house, line)
    assert set(call.offered) <= set(call.handed_out.values())
    assert spoken(call)[-1].agent == "rescheduling"
