"""When the book fails in mid-call, the customer hears the truth or new offers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from reception.appointments.book import (
    AppointmentNotFound,
    BookUnavailable,
    ReadBackFailed,
)
from reception.appointments.models import Appointment, AppointmentStatus, Receipt, Slot, WriteKey
from reception.appointments.sql_book import SqlBook
from reception.calls.outcome import OutcomeKind
from reception.calls.result import DecisionKind
from reception.calls.turn import Stage
from reception.database import DatabaseUnavailable
from tests.conversations.rehearsal import CHICAGO, NOW, Rehearsal, all_said, maria, spoken
from tools import answer

CLAIMS = ("confirmed for", "that's confirmed", "I have you confirmed", "You're now booked",
          "I've moved it", "is cancelled", "I've cancelled")  # fmt: skip


def claims(said: str) -> list[str]:
    return [claim for claim in CLAIMS if claim in said]


class FailingBook(SqlBook):
    """The real book, but for writes that end in ``failure`` instead."""

    failure: Callable[[], Awaitable[Receipt]]

    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        return await self.failure()

    async def cancel(self, appointment: Appointment, key: WriteKey) -> Receipt:
        return await self.failure()

    async def reschedule(self, appointment: Appointment, slot: Slot, key: WriteKey) -> Receipt:
        return await self.failure()


def raising(error: Exception) -> Callable[[], Awaitable[Receipt]]:
    async def fail() -> Receipt:
        raise error

    return fail


async def hang() -> Receipt:
    await asyncio.sleep(3600)
    raise AssertionError


FAILURES: dict[str, Any] = {
    "unreachable": raising(BookUnavailable("gone")),
    "no proof": raising(ReadBackFailed("what was read back disagrees")),
    "vanished": raising(AppointmentNotFound("no such appointment")),
    "hangs": hang,
}
WRITES = {
    "confirm": ["Yes", "Yes"],
    "cancel": ["Yes", "Cancel it", "Yes"],
    "move": ["Yes", "Another day", "The first one"],
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("lines", WRITES.values(), ids=WRITES.keys())
async def test_without_a_receipt_nothing_is_claimed_and_the_desk_is_told(
    house: Rehearsal, failure: Callable[[], Awaitable[Receipt]], lines: list[str]
) -> None:
    impatient = house.practice.limits.model_copy(update={"book_seconds": 1})
    house = house.with_practice(limits=impatient)
    book = FailingBook(house.database, house.practice, clock=lambda: NOW)
    book.failure = failure
    call = await house.call(*lines, "No, bye", book=book)
    assert claims(all_said(call)) == []
    assert "couldn't make sure" in all_said(call)
    assert call.decisions["maria-1"].kind is DecisionKind.UNDECIDED
    assert call.outcome.kind is OutcomeKind.UNRESOLVED
    assert call.tasks


async def test_a_slot_that_goes_in_the_moment_of_booking_brings_new_offers(
    house: Rehearsal,
) -> None:
    call, line = await house.begin()
    await line.says("Yes")
    await line.says("Could we do Wednesday?")
    wanted = call.offered[0]
    rival = maria(id="rival", starts_at=wanted.starts_at, provider=wanted.provider)
    await house.file(rival)
    await line.says("The first one")
    assert "just been taken" in call.turns[-1].text or "quicker" in call.turns[-1].text
    assert wanted not in call.offered
    kept = await house.book.appointment("maria-1")
    assert kept.starts_at == maria().starts_at
    await line.says("The second one")
    await line.says("No, bye")
    await line.close()
    assert call.outcome.kind is OutcomeKind.RESCHEDULED


async def test_what_changed_elsewhere_is_told_and_asked_about(house: Rehearsal) -> None:
    call, line = await house.begin()
    await line.says("Yes")
    moved = maria(starts_at=datetime(2026, 11, 25, 11, tzinfo=CHICAGO).astimezone(UTC))
    await house.file(moved)
    await line.says("Yes")
    assert claims(call.turns[-1].text) == []
    assert "on Wednesday the 25th, at eleven in the morning" in call.turns[-1].text
    await line.says("Yes, that works")
    await line.hangs_up()
    kept = await house.book.appointment("maria-1")
    assert (kept.status, kept.starts_at) == (AppointmentStatus.CONFIRMED, moved.starts_at)


async def test_what_was_moved_while_the_phone_rang_is_read_again(house: Rehearsal) -> None:
    call, line = await house.begin()
    moved = maria(starts_at=maria().starts_at + timedelta(hours=1))
    await house.file(moved)
    await line.says("Yes")
    assert "three thirty in the afternoon" in call.turns[-1].text
    await line.hangs_up()


async def test_what_was_cancelled_meanwhile_is_not_confirmed(house: Rehearsal) -> None:
    call, line = await house.begin()
    await line.says("Yes")
    kept = await house.book.appointment("maria-1")
    await house.book.cancel(kept, WriteKey(call_id="desk", invocation="1"))
    await line.says("Yes")
    assert "cancelled in the meantime" in call.turns[-1].text
    await line.says("No, bye")
    await line.close()
    assert call.decisions["maria-1"].kind is DecisionKind.UNDECIDED
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.CANCELLED


async def test_without_a_free_time_the_desk_calls(house: Rehearsal) -> None:
    closed = house.practice.holidays.model_copy(
        update={"also": tuple((NOW + timedelta(days=ahead)).date() for ahead in range(62))}
    )
    call = await house.with_practice(holidays=closed).call("Yes", "Another day", "No, bye")
    assert "asked the desk" in all_said(call)
    assert call.tasks
    assert (await house.book.appointment("maria-1")).status is AppointmentStatus.SCHEDULED


@pytest.mark.parametrize("lines", WRITES.values(), ids=WRITES.keys())
async def test_a_database_that_goes_away_is_admitted(house: Rehearsal, lines: list[str]) -> None:
    call, line = await house.begin()
    for said in lines[:-1]:
        await line.says(said)
    async with house.database.writing() as session:
        await session.execute(text("ALTER TABLE appointments RENAME TO elsewhere"))
        await session.execute(text("ALTER TABLE staff_tasks RENAME TO elsewhere_too"))
    with pytest.raises(DatabaseUnavailable):
        await line.says(lines[-1])
        await line.close()
    assert claims(all_said(call)) == []
    assert "couldn't note that" in call.turns[-1].text


async def test_two_calls_about_one_slot_have_one_winner(house: Rehearsal) -> None:
    james = maria(
        id="james-1",
        starts_at=datetime(2026, 11, 24, 9, tzinfo=CHICAGO).astimezone(UTC),
        recipient=maria().recipient.model_copy(update={"phone": "+12175550143"}),
    )
    first, one = await house.begin(maria())
    second, two = await house.begin(james)
    for line in (one, two):
        await line.says("Yes")
        await line.says("Could we do Wednesday?")
    assert first.offered[0].starts_at == second.offered[0].starts_at
    await asyncio.gather(one.says("The first one"), two.says("The first one"))
    for line in (one, two):
        await line.hangs_up()
    kinds = sorted(call.outcome.kind for call in (first, second))
    assert kinds == [OutcomeKind.HUNG_UP, OutcomeKind.RESCHEDULED]


async def test_a_write_that_is_repeated_is_done_once(house: Rehearsal) -> None:
    call = await house.call("Yes", "Yes")
    receipt = call.decisions["maria-1"].evidence
    assert isinstance(receipt, Receipt)
    again = await house.book.confirm(maria(), receipt.key)
    assert again.appointment == receipt.appointment


class SlowBook(SqlBook):
    """The real book, a while later."""

    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        await asyncio.sleep(0.5)
        return await super().confirm(appointment, key)


@pytest.mark.parametrize(("book", "fillers"), [(SlowBook, 1), (SqlBook, 0)])
async def test_a_slow_book_is_covered_by_a_word(
    house: Rehearsal, book: type[SqlBook], fillers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if book is SlowBook:
        monkeypatch.setattr(answer, "WONDER_SECONDS", 0.05)
    kept = book(house.database, house.practice, clock=lambda: NOW)
    call = await house.call("Yes", "Yes", "No, bye", book=kept)
    # A real book may be slow as well, where the greeter looks into it.
    confirming = [turn for turn in spoken(call) if turn.agent is Stage.CONFIRMATION]
    used = [use for turn in confirming for use in turn.used]
    assert sum(use.startswith("filler#") for use in used) == fillers, confirming
    assert call.outcome.kind is OutcomeKind.CONFIRMED
