"""A call comes back with a truthful outcome: the book is looked at first."""

from datetime import UTC, datetime

import pytest

from reception.appointments.models import AppointmentStatus
from reception.calls.ledger import CallTakenError
from reception.calls.outcome import OutcomeKind
from reception.calls.result import DecisionKind, Ended, RequestKind
from reception.practice import CalendarWrites
from tests.conversations.rehearsal import CHICAGO, Rehearsal, all_said, maria


async def test_a_yes_confirms(house: Rehearsal) -> None:
    call = await house.call("Yes, speaking.", "Yes, I'll be there.", "No, that's all. Bye!")
    kept = await house.book.appointment("maria-1")
    assert kept.status is AppointmentStatus.CONFIRMED
    assert call.outcome.kind is OutcomeKind.CONFIRMED
    assert call.ending is not None
    assert call.ending.ended is Ended.GOODBYE


async def test_the_practice_name_comes_first_and_the_details_after_verification(
    house: Rehearsal,
) -> None:
    call = await house.call("This is Maria.")
    assert "Main Street Dental Clinic" in call.turns[0].text
    assert "AI assistant" in call.turns[0].text
    told = call.turns[2].text
    assert "tomorrow, Tuesday the 24th, at two thirty in the afternoon" in told
    assert "your dental cleaning with Dr. Chen" in told


async def test_another_time_is_booked_before_the_old_one_is_released(house: Rehearsal) -> None:
    call = await house.call("Yes", "Could we do Wednesday?", "The first one.", "No, thanks, bye")
    kept = await house.book.appointment("maria-1")
    assert kept.starts_at == call.handed_out[call.offered[0].id].starts_at
    assert kept.starts_at.astimezone(CHICAGO).weekday() == 2
    assert call.outcome.kind is OutcomeKind.RESCHEDULED
    assert [h.target for h in call.handoffs] == ["confirmation", "rescheduling", "confirmation"]


async def test_a_cancellation_is_asked_about_once_more(house: Rehearsal) -> None:
    call = await house.call("Yes", "Please cancel it.", "Yes.", "No.")
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.CANCELLED
    assert call.outcome.kind is OutcomeKind.CANCELLED
    assert "See you" not in all_said(call)


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        (["You have the wrong number."], OutcomeKind.WRONG_NUMBER),
        (["Stop calling me!"], OutcomeKind.OPTED_OUT),
        (["I'm driving, call me later.", "Tomorrow at five."], OutcomeKind.CALLBACK),
        (["She's not here.", "I don't know."], OutcomeKind.UNAVAILABLE),
        (["Let me talk to a real person at the office."], OutcomeKind.CALLBACK),
        (["Hi, you've reached Maria. Leave a message after the beep."], OutcomeKind.VOICEMAIL),
        (["The mailbox is full and cannot accept any messages."], OutcomeKind.NO_MESSAGE),
        (["Please state your name and the reason for calling."], OutcomeKind.NO_MESSAGE),
        (["Yes", "Hmm.", "Goodbye."], OutcomeKind.UNRESOLVED),
        ([], OutcomeKind.HUNG_UP),
    ],
)
async def test_every_other_end_has_its_outcome(
    house: Rehearsal, lines: list[str], outcome: OutcomeKind
) -> None:
    call = await house.call(*lines)
    assert call.outcome.kind is outcome
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.SCHEDULED
    settled = await house.ledger.settled(call.id)
    assert settled is not None
    assert settled.kind == outcome


async def test_an_opt_out_outranks_all_and_erases_no_receipt(house: Rehearsal) -> None:
    call = await house.call("Yes", "Yes", "And stop calling me.")
    assert call.outcome.kind is OutcomeKind.OPTED_OUT
    assert call.decisions["maria-1"].kind is DecisionKind.CONFIRMED
    assert await house.ledger.do_not_call("+12175550142") is not None


async def test_a_time_to_call_back_is_kept(house: Rehearsal) -> None:
    call = await house.call("Can you call me tomorrow at five?")
    assert [r.kind for r in call.requests] == [RequestKind.CALLBACK]
    assert call.requests[0].when == datetime(2026, 11, 24, 17, tzinfo=CHICAGO)
    assert "tomorrow, Tuesday the 24th, at five in the afternoon" in all_said(call)


async def test_a_message_says_neither_service_nor_provider_nor_time(house: Rehearsal) -> None:
    call = await house.call("Hi, you've reached Maria. Leave a message after the beep.")
    message = call.turns[-1]
    assert message.agent == "voicemail"
    assert "2 1 7, 5 5 5, 0 1 0 0" in message.text
    assert not any(word in message.text for word in ("cleaning", "Chen", "Tuesday", "tomorrow"))
    assert call.message is not None


async def test_a_person_behind_a_screening_service_gets_the_greeter(house: Rehearsal) -> None:
    call = await house.call(
        "Please state your name and the reason for calling.", "Hello?", "Yes, this is Maria.", "Yes"
    )
    assert [h.target for h in call.handoffs] == ["voicemail", "greeter", "confirmation"]
    assert call.outcome.kind is OutcomeKind.CONFIRMED


async def test_the_right_person_is_fetched(house: Rehearsal) -> None:
    call = await house.call("No, this is her husband.", "Sure, hold on.", "Hello?", "Yes", "Yes")
    assert call.outcome.kind is OutcomeKind.CONFIRMED


async def test_people_change_their_minds(house: Rehearsal) -> None:
    call = await house.call(
        "Yes", "Yes, I'll be there", "Actually, I can't make it after all.", "Another time",
        "Never mind, I'll keep it.", "Yes", "No, bye",
    )  # fmt: skip
    assert call.outcome.kind is OutcomeKind.CONFIRMED
    kept = await house.book.appointment("maria-1")
    assert kept.starts_at == maria().starts_at
    assert kept.status is AppointmentStatus.CONFIRMED


@pytest.mark.parametrize("begun", [["I can't make it after all."], ["Cancel it."], ["Another day"]])
async def test_a_change_that_was_begun_and_not_finished_is_left_to_the_desk(
    house: Rehearsal, begun: list[str]
) -> None:
    call = await house.call("Yes", "Yes, I'll be there", *begun)
    assert call.decisions["maria-1"].kind is DecisionKind.CONFIRMED, "there is a receipt"
    assert call.tasks, "but the desk should ask"


async def test_each_appointment_gets_its_own_decision(house: Rehearsal) -> None:
    later = datetime(2026, 11, 25, 9, tzinfo=CHICAGO).astimezone(UTC)
    second = maria(id="maria-2", starts_at=later, service="filling")
    call = await house.call("Yes", "Yes", "Cancel it.", "Yes", "No", about=(maria(), second))
    assert call.decisions["maria-1"].kind is DecisionKind.CONFIRMED
    assert call.decisions["maria-2"].kind is DecisionKind.CANCELLED
    assert call.outcome.kind is OutcomeKind.CANCELLED


async def test_what_the_desk_must_carry_out_is_not_promised(house: Rehearsal) -> None:
    asked = house.with_practice(calendar_writes=CalendarWrites.REQUEST)
    call = await asked.call("Yes", "Yes, I'll be there", "No, bye")
    assert call.outcome.kind is OutcomeKind.CHANGE_REQUESTED
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.SCHEDULED
    assert "confirmed" not in all_said(call)
    assert "passed on" in all_said(call)


async def test_a_call_is_carried_out_once(house: Rehearsal) -> None:
    call = await house.call("Yes", "Yes", "No")
    with pytest.raises(CallTakenError):
        await house.ledger.open_call(call.id, call.brief.phone, call.appointment_ids)
