"""Several appointments in one call: named first, then decided together or one by one."""

from datetime import UTC, datetime

import pytest

from reception.appointments.models import Appointment, AppointmentStatus, Receipt, WriteKey
from reception.calls.call import Call
from reception.calls.outcome import OutcomeKind
from reception.calls.question import Asked, Question
from reception.calls.result import DecisionKind
from reception.calls.turn import Speaker, Stage
from reception.dialogue.questions import about_all
from reception.practice import CalendarWrites
from tests.conversations.rehearsal import CHICAGO, Rehearsal, all_said, maria, spoken

CONFIRMED, CANCELLED = AppointmentStatus.CONFIRMED, AppointmentStatus.CANCELLED
SCHEDULED = AppointmentStatus.SCHEDULED


def filling() -> Appointment:
    at = datetime(2026, 11, 25, 9, tzinfo=CHICAGO).astimezone(UTC)
    return maria(id="maria-2", starts_at=at, service="filling")


def checkup() -> Appointment:
    at = datetime(2026, 11, 25, 14, tzinfo=CHICAGO).astimezone(UTC)
    return maria(id="maria-3", starts_at=at, service="checkup", provider="dr-patel")


BOTH = (maria(), filling())
ALL = (*BOTH, checkup())


async def in_book(house: Rehearsal, *ids: str) -> list[AppointmentStatus]:
    return [(await house.book.appointment(i)).status for i in ids or ("maria-1", "maria-2")]


def asked(call: Call) -> Question | None:
    last = spoken(call)[-1].asks
    return None if last is None else last.question


@pytest.mark.parametrize(
    "words", ["Yes.", "Yes, both.", "Both are fine.", "Yes to all of them", "We can make both"]
)
async def test_a_yes_to_all_that_were_named_confirms_each_with_its_own_receipt(
    house: Rehearsal, words: str
) -> None:
    call = await house.call("Yes", words, "No, bye", about=BOTH)
    assert await in_book(house) == [CONFIRMED, CONFIRMED]
    receipts = [call.decisions[a.id].evidence for a in BOTH]
    assert all(isinstance(receipt, Receipt) for receipt in receipts)
    assert {r.appointment.id for r in receipts if isinstance(r, Receipt)} == {"maria-1", "maria-2"}
    assert call.outcome.kind is OutcomeKind.CONFIRMED
    named, confirmed = spoken(call)[1:3]
    for detail in ("cleaning", "filling", "Tuesday the 24th", "Wednesday the 25th"):
        assert detail in named.text, "nobody confirms what they have not heard"
    assert "Tuesday" in confirmed.text
    assert "filling" in confirmed.text


async def test_three_are_confirmed_together(house: Rehearsal) -> None:
    await house.call("Yes", "All three, yes.", about=ALL)
    assert await in_book(house, *(a.id for a in ALL)) == [CONFIRMED] * 3


@pytest.mark.parametrize(
    "words",
    ["Not both.", "Yes, but only the first.", "Yes, see you tomorrow", "I'm not sure", "One"],
)
async def test_less_than_a_yes_to_all_writes_nothing(house: Rehearsal, words: str) -> None:
    call = await house.call("Yes", words, about=BOTH)
    assert await in_book(house) == [SCHEDULED, SCHEDULED]
    assert asked(call) is Question.ATTEND


async def test_both_may_be_said_after_the_first_was_asked_about_alone(house: Rehearsal) -> None:
    await house.call("Yes", "One at a time, please", "Oh, both are fine", about=BOTH)
    assert await in_book(house) == [CONFIRMED, CONFIRMED]


async def test_a_plain_yes_to_one_is_to_that_one(house: Rehearsal) -> None:
    call = await house.call("Yes", "One at a time, please", "Yes", about=BOTH)
    assert await in_book(house) == [CONFIRMED, SCHEDULED]
    assert call.outcome.kind is not OutcomeKind.CONFIRMED


@pytest.mark.parametrize(
    "words", ["Cancel both.", "Please cancel all of them", "Cancel everything"]
)
async def test_all_are_cancelled_after_a_closed_question_about_all(
    house: Rehearsal, words: str
) -> None:
    call, line = await house.begin(*BOTH)
    await line.says("Yes")
    await line.says(words)
    assert await in_book(house) == [SCHEDULED, SCHEDULED]
    assert asked(call) is Question.CANCEL_ALL
    assert "cleaning" in call.turns[-1].text
    assert "filling" in call.turns[-1].text
    await line.says("Yes")
    assert await in_book(house) == [CANCELLED, CANCELLED]
    await line.says("No, bye")
    await line.close()
    assert call.outcome.kind is OutcomeKind.CANCELLED
    assert all(isinstance(d.evidence, Receipt) for d in call.decisions.values())


async def test_whoever_is_not_sure_about_all_is_asked_one_by_one(house: Rehearsal) -> None:
    call = await house.call("Yes", "Cancel both.", "No.", about=BOTH)
    assert await in_book(house) == [SCHEDULED, SCHEDULED]
    assert asked(call) is Question.ATTEND


async def test_both_to_the_question_about_one_is_asked_about_both(house: Rehearsal) -> None:
    lines = ("Yes", "One at a time", "Cancel it", "Yes, cancel both")
    call, line = await house.begin(*BOTH)
    for text in lines:
        await line.says(text)
    assert await in_book(house) == [SCHEDULED, SCHEDULED]
    assert asked(call) is Question.CANCEL_ALL
    await line.says("Yes")
    await line.hangs_up()
    assert await in_book(house) == [CANCELLED, CANCELLED]


async def test_all_are_moved_one_by_one_and_that_is_said(house: Rehearsal) -> None:
    call, line = await house.begin(*BOTH)
    await line.says("Yes")
    await line.says("Can we move both to Friday?")
    assert call.stage is Stage.RESCHEDULING
    assert "one by one" in call.turns[-1].text or "one at a time" in call.turns[-1].text
    assert {slot.starts_at.astimezone(CHICAGO).weekday() for slot in call.offered} == {4}
    await line.says("The first one")
    assert asked(call) is Question.ATTEND
    await line.says("Move that one to Friday, too")
    await line.says("The last one")
    await line.says("No, bye")
    await line.close()
    for appointment in BOTH:
        kept = await house.book.appointment(appointment.id)
        assert kept.starts_at.astimezone(CHICAGO).weekday() == 4
    assert call.outcome.kind is OutcomeKind.RESCHEDULED


async def test_a_mixed_outcome_is_kept_per_appointment(house: Rehearsal) -> None:
    lines = (
        "Yes",
        "One at a time",
        "Yes",
        "Cancel that one",
        "Yes",
        "Another day",
        "The first one",
    )
    call = await house.call(*lines, "No, bye", about=ALL)
    kinds = [call.decisions[a.id].kind for a in ALL]
    assert await in_book(house, *(a.id for a in ALL)) == [CONFIRMED, CANCELLED, SCHEDULED]
    assert kinds == [DecisionKind.CONFIRMED, DecisionKind.CANCELLED, DecisionKind.RESCHEDULED]
    assert call.outcome.kind is OutcomeKind.RESCHEDULED


async def test_one_that_moved_meanwhile_is_told_and_the_other_stays_confirmed(
    house: Rehearsal,
) -> None:
    call, line = await house.begin(*BOTH)
    await line.says("Yes")
    at = datetime(2026, 11, 25, 11, tzinfo=CHICAGO).astimezone(UTC)
    await house.file(filling().model_copy(update={"starts_at": at}))
    await line.says("Yes, both")
    assert await in_book(house) == [CONFIRMED, SCHEDULED]
    assert "eleven in the morning" in call.turns[-1].text
    await line.says("Yes")
    await line.hangs_up()
    assert await in_book(house) == [CONFIRMED, CONFIRMED]


async def test_one_that_was_cancelled_meanwhile_is_told_and_the_other_asked_about(
    house: Rehearsal,
) -> None:
    call, line = await house.begin(*BOTH)
    await line.says("Yes")
    await house.book.cancel(maria(), WriteKey(call_id="desk", invocation="1"))
    await line.says("Yes, both")
    assert await in_book(house) == [CANCELLED, SCHEDULED]
    assert "cancelled in the meantime" in call.turns[-1].text
    assert asked(call) is Question.ATTEND
    assert "filling" in call.turns[-1].text
    await line.says("Yes")
    await line.hangs_up()
    assert await in_book(house) == [CANCELLED, CONFIRMED]


async def test_only_what_is_left_is_cancelled_together(house: Rehearsal) -> None:
    lines = ("Yes", "One at a time", "Yes", "Cancel all of those", "Yes")
    await house.call(*lines, about=ALL)
    assert await in_book(house, *(a.id for a in ALL)) == [CONFIRMED, CANCELLED, CANCELLED]


async def test_what_the_desk_carries_out_is_passed_on_one_by_one(house: Rehearsal) -> None:
    asking = house.with_practice(calendar_writes=CalendarWrites.REQUEST)
    call = await asking.call("Yes", "Yes, both", "No, bye", about=BOTH)
    assert await in_book(house) == [SCHEDULED, SCHEDULED]
    assert {task.appointment_ids for task in await house.ledger.tasks()} == {
        ("maria-1",),
        ("maria-2",),
    }
    assert call.outcome.kind is OutcomeKind.CHANGE_REQUESTED
    assert "confirmed" not in all_said(call)


async def test_both_counts_for_what_this_person_heard_to_the_end(house: Rehearsal) -> None:
    call, line = await house.begin(*BOTH)
    await line.hangs_up()
    call.verify()
    call.said(Speaker.AGENT, "I have your cleaning and", asks=None)
    call.said(Speaker.AGENT, "Will you come?", asks=Asked(Question.ATTEND, "maria-1"))
    assert not about_all(call, all_of_them=True), "the naming was cut off"
    call.said(Speaker.AGENT, "Can you make all of them?", asks=Asked(Question.ATTEND_ALL))
    assert about_all(call, all_of_them=True)
    call.said(Speaker.AGENT, "Will you come?", asks=Asked(Question.ATTEND, "maria-1"))
    assert about_all(call, all_of_them=True)
    assert not about_all(call, all_of_them=False), "a yes to one is to that one"
    call.forget_person()
    call.said(Speaker.CUSTOMER, "Hello?")
    call.verify()
    assert not about_all(call, all_of_them=True), "somebody else heard them"
