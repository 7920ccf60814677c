"""Whole calls come to the same end on either kind of database."""

from sqlalchemy import func, select

from reception.appointments.models import AppointmentStatus
from reception.appointments.tables import WriteRow
from reception.calls.outcome import OutcomeKind
from reception.calls.tables import StaffTaskRow
from tests.conversations.rehearsal import Rehearsal, maria


async def test_a_yes_confirms(house: Rehearsal) -> None:
    call = await house.call("Yes, speaking.", "Yes, I'll be there.", "No, that's all. Bye!")
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.CONFIRMED
    assert call.outcome.kind is OutcomeKind.CONFIRMED
    settled = await house.ledger.settled(call.id)
    assert settled is not None
    assert settled.kind == "confirmed"


async def test_another_time_is_booked(house: Rehearsal) -> None:
    call = await house.call("Yes", "Could we do Wednesday?", "The first one.", "No, thanks, bye")
    kept = await house.book.appointment("maria-1")
    assert kept.starts_at == call.handed_out[call.offered[0].id].starts_at
    assert kept.starts_at != maria().starts_at
    assert call.outcome.kind is OutcomeKind.RESCHEDULED


async def test_a_cancellation_is_written(house: Rehearsal) -> None:
    call = await house.call("Yes", "Please cancel it.", "Yes.", "No.")
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.CANCELLED
    assert call.outcome.kind is OutcomeKind.CANCELLED


async def test_an_opt_out_is_for_good(house: Rehearsal) -> None:
    call = await house.call("Stop calling me!")
    assert call.outcome.kind is OutcomeKind.OPTED_OUT
    entry = await house.ledger.do_not_call("+12175550142")
    assert entry is not None
    assert (await house.book.appointment("maria-1")) == maria()


async def test_nothing_decided_is_a_task_for_the_desk(house: Rehearsal) -> None:
    call = await house.call("Yes", "Hmm.", "Goodbye.")
    assert call.outcome.kind is OutcomeKind.UNRESOLVED
    async with house.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(StaffTaskRow)) == 1
        assert await session.scalar(select(func.count()).select_from(WriteRow)) == 0
