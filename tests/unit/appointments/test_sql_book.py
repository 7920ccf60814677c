"""The built-in calendar: it writes once, and only what it read back has happened."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reception.appointments.book import (
    AppointmentBook,
    AppointmentNotFound,
    BookUnavailable,
    ReadBackFailed,
    SlotTaken,
    VersionConflict,
    Writes,
)
from reception.appointments.models import (
    Appointment,
    AppointmentStatus,
    Change,
    Receipt,
    Slot,
    Wish,
    WriteKey,
)
from reception.appointments.sql_book import SqlBook
from reception.appointments.tables import AppointmentRow, CellRow, WriteRow
from reception.database import Database
from reception.practice import Practice
from tests.pressure.another_program import execute, locked
from tests.unit.appointments.given import (
    NOW,
    a_key,
    a_practice,
    an_appointment,
    at,
    import_all,
)

Write = Callable[[SqlBook, Appointment, WriteKey], Awaitable[Receipt]]


async def a_slot(book: SqlBook, appointment: Appointment, day: int = 4, hour: int = 9) -> Slot:
    start = at(day, hour)
    wish = Wish(
        on_or_after=start.date(),
        on_or_before=start.date(),
        from_time=start.time(),
        to_time=start.time(),
    )
    (slot,) = await book.find_slots(appointment, wish, 1)
    return slot


async def held(database: Database, appointment_id: str) -> list[str]:
    """The clock times, in UTC, of the cells that an appointment holds."""
    async with database.reading() as session:
        cells = await session.scalars(
            select(CellRow.starts_at)
            .where(CellRow.appointment_id == appointment_id)
            .order_by(CellRow.starts_at)
        )
        return [f"{cell:%d %H:%M}" for cell in cells]


async def _confirm(book: SqlBook, appointment: Appointment, key: WriteKey) -> Receipt:
    return await book.confirm(appointment, key)


async def _cancel(book: SqlBook, appointment: Appointment, key: WriteKey) -> Receipt:
    return await book.cancel(appointment, key)


async def _reschedule(book: SqlBook, appointment: Appointment, key: WriteKey) -> Receipt:
    return await book.reschedule(appointment, await a_slot(book, appointment), key)


every_write = pytest.mark.parametrize("write", [_confirm, _cancel, _reschedule])


@pytest.fixture
async def maria(database: Database, book: SqlBook) -> Appointment:
    await import_all(database, an_appointment())
    return await book.appointment("a-1")


def test_it_is_an_appointment_book(book: SqlBook) -> None:
    protocol: AppointmentBook = book
    assert protocol.now() == NOW


@pytest.mark.parametrize("kind", Writes)
def test_the_practice_says_what_its_writes_are(database: Database, kind: Writes) -> None:
    assert SqlBook(database, a_practice(calendar_writes=kind.value)).writes is kind


async def test_an_appointment_reads_as_it_was_imported(maria: Appointment) -> None:
    assert maria == an_appointment()


async def test_an_unknown_appointment_is_not_found(book: SqlBook) -> None:
    with pytest.raises(AppointmentNotFound):
        await book.appointment("nobody")


async def test_upcoming_are_those_ahead_and_not_cancelled_soonest_first(
    database: Database, book: SqlBook
) -> None:
    other = an_appointment().recipient.model_copy(update={"phone": "+12175550199"})
    await import_all(
        database,
        an_appointment("later", starts_at=at(4, 10)),
        an_appointment("begun", starts_at=NOW - timedelta(minutes=5)),
        an_appointment("now", starts_at=NOW),
        an_appointment("soon", starts_at=at(3, 10)),
        an_appointment("last", starts_at=at(4, 14)),
        an_appointment("too late", starts_at=at(4, 14, 1)),
        an_appointment("cancelled", starts_at=at(3, 14)),
        an_appointment("other", starts_at=at(3, 15), recipient=other),
    )
    await book.cancel(await book.appointment("cancelled"), a_key())
    found = await book.upcoming("+12175550142", at(4, 14))
    assert [one.id for one in found] == ["soon", "later", "last"]


async def test_confirming_is_proven_by_what_was_read_back(
    book: SqlBook, maria: Appointment
) -> None:
    receipt = await book.confirm(maria, a_key())
    assert receipt == Receipt(
        change=Change.CONFIRMED,
        appointment=maria.model_copy(update={"status": AppointmentStatus.CONFIRMED, "version": 2}),
        key=a_key(),
        read_back_at=NOW,
    )
    assert await book.appointment("a-1") == receipt.appointment


async def test_confirming_again_changes_nothing(book: SqlBook, maria: Appointment) -> None:
    first = await book.confirm(maria, a_key("tool-1"))
    second = await book.confirm(first.appointment, a_key("tool-2"))
    assert second.appointment == first.appointment


async def test_cancelling_lets_go_of_the_time(
    database: Database, book: SqlBook, maria: Appointment
) -> None:
    receipt = await book.cancel(maria, a_key())
    assert receipt.appointment.status is AppointmentStatus.CANCELLED
    assert await held(database, "a-1") == []


async def test_rescheduling_takes_the_new_time_and_lets_go_of_the_old(
    database: Database, book: SqlBook, maria: Appointment
) -> None:
    confirmed = (await book.confirm(maria, a_key("tool-1"))).appointment
    slot = await a_slot(book, confirmed, day=4, hour=9)
    receipt = await book.reschedule(confirmed, slot, a_key("tool-2"))
    assert receipt.change is Change.RESCHEDULED
    assert receipt.appointment.starts_at == at(4, 9)
    assert receipt.appointment.version == 3
    # The confirmation was for the old time.
    assert receipt.appointment.status is AppointmentStatus.SCHEDULED
    # Nine in Chicago is three in the afternoon in UTC.
    assert await held(database, "a-1") == [f"04 15:{minute:02}" for minute in range(0, 30, 5)]


async def test_an_appointment_may_move_onto_part_of_its_own_time(
    database: Database, book: SqlBook, maria: Appointment
) -> None:
    wish = Wish(on_or_after=date(2026, 3, 3), from_time=at(3, 10, 15).time())
    slot = (await book.find_slots(maria, wish, 1))[0]
    receipt = await book.reschedule(maria, slot, a_key())
    assert receipt.appointment.starts_at == at(3, 10, 15)
    assert await held(database, "a-1") == [f"03 16:{minute:02}" for minute in range(15, 45, 5)]


@every_write
async def test_one_key_is_carried_out_once(
    database: Database, book: SqlBook, maria: Appointment, write: Write
) -> None:
    first = await write(book, maria, a_key())
    assert await write(book, maria, a_key()) == first
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(WriteRow)) == 1
    assert (await book.appointment("a-1")).version == 2


async def test_a_key_gives_no_receipt_for_another_write(book: SqlBook, maria: Appointment) -> None:
    await book.confirm(maria, a_key())
    with pytest.raises(ReadBackFailed):
        await book.cancel(maria, a_key())
    assert (await book.appointment("a-1")).status is AppointmentStatus.CONFIRMED


async def test_a_key_gives_no_receipt_for_another_appointment(
    database: Database, book: SqlBook, maria: Appointment
) -> None:
    await import_all(database, an_appointment("a-2", starts_at=at(4, 9)))
    await book.confirm(maria, a_key("tool-1"))
    other = await book.confirm(await book.appointment("a-2"), a_key("tool-2"))
    with pytest.raises(ReadBackFailed):
        await book.confirm(other.appointment, a_key("tool-1"))


async def test_a_key_gives_no_receipt_for_what_is_no_longer_so(
    book: SqlBook, maria: Appointment
) -> None:
    confirmed = await book.confirm(maria, a_key("tool-1"))
    await book.cancel(confirmed.appointment, a_key("tool-2"))
    with pytest.raises(ReadBackFailed):
        await book.confirm(maria, a_key("tool-1"))


@every_write
async def test_a_write_to_an_older_version_is_refused(
    database: Database, book: SqlBook, maria: Appointment, write: Write
) -> None:
    await import_all(database, an_appointment(starts_at=at(3, 14)))
    with pytest.raises(VersionConflict) as refused:
        await write(book, maria, a_key())
    assert refused.value.current == await book.appointment("a-1")
    assert refused.value.current.version == 2
    assert refused.value.current.status is AppointmentStatus.SCHEDULED


@pytest.mark.parametrize("write", [_confirm, _reschedule])
async def test_what_is_cancelled_stays_cancelled(
    book: SqlBook, maria: Appointment, write: Write
) -> None:
    cancelled = (await book.cancel(maria, a_key("tool-1"))).appointment
    with pytest.raises(VersionConflict) as refused:
        await write(book, cancelled, a_key("tool-2"))
    assert refused.value.current == cancelled


@every_write
async def test_a_missing_appointment_cannot_be_written(
    database: Database, book: SqlBook, maria: Appointment, write: Write
) -> None:
    async with database.writing() as session:
        await session.execute(delete(AppointmentRow))
    with pytest.raises(AppointmentNotFound):
        await write(book, maria, a_key())


class TestASlotThatIsGone:
    async def test_because_somebody_was_quicker(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        slot = await a_slot(book, maria)
        await import_all(database, an_appointment("a-2", starts_at=slot.starts_at))
        with pytest.raises(SlotTaken):
            await book.reschedule(maria, slot, a_key())
        assert await book.appointment("a-1") == maria
        assert len(await held(database, "a-1")) == 6

    async def test_because_an_overbooked_appointment_is_there_without_cells(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        slot = await a_slot(book, maria)
        await import_all(database, an_appointment("a-2", starts_at=slot.starts_at))
        await import_all(database, an_appointment("a-3", starts_at=slot.starts_at))
        await book.cancel(await book.appointment("a-2"), a_key("tool-1"))
        assert await held(database, "a-3") == []
        with pytest.raises(SlotTaken):
            await book.reschedule(maria, slot, a_key("tool-2"))

    async def test_because_the_key_of_the_cells_says_so(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        slot = await a_slot(book, maria)
        await import_all(database, an_appointment("a-2", starts_at=at(6, 9)))
        async with database.writing() as session:
            last = slot.starts_at + timedelta(minutes=25)
            session.add(CellRow(provider="chen", starts_at=last, appointment_id="a-2"))
        with pytest.raises(SlotTaken):
            await book.reschedule(maria, slot, a_key())
        assert await book.appointment("a-1") == maria
        assert len(await held(database, "a-1")) == 6

    async def test_because_its_notice_has_become_too_short(
        self, database: Database, practice: Practice, book: SqlBook, maria: Appointment
    ) -> None:
        slot = await a_slot(book, maria)
        late = SqlBook(database, practice, lambda: slot.starts_at - timedelta(minutes=119))
        with pytest.raises(SlotTaken):
            await late.reschedule(maria, slot, a_key())

    @pytest.mark.parametrize(
        "changed",
        [
            {"holidays": {"also": ["2026-03-04"]}},
            {"booking_horizon_days": 1},
            {
                "providers": {
                    "chen": {"name": "Chen", "services": ["cleaning"], "locations": ["main"]}
                }
            },
        ],
    )
    async def test_because_the_practice_has_changed(
        self, database: Database, book: SqlBook, maria: Appointment, changed: dict[str, object]
    ) -> None:
        slot = await a_slot(book, maria)
        now = SqlBook(database, a_practice(**changed), clock=lambda: NOW)
        with pytest.raises(SlotTaken):
            await now.reschedule(maria, slot, a_key())

    async def test_because_it_was_found_for_another(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        long = an_appointment("a-2", starts_at=at(4, 14), duration=timedelta(hours=1))
        await import_all(database, long)
        slot = await a_slot(book, long, day=4, hour=9)
        with pytest.raises(SlotTaken):
            await book.reschedule(maria, slot, a_key())


class Meddling(Database):
    """A database in which another changes things between a write and its reading back."""

    def __init__(
        self, database: Database, meddle: Callable[[AsyncSession], Awaitable[object]]
    ) -> None:
        super().__init__(database._engine)
        self._meddle = meddle

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self.writing() as session:
            await self._meddle(session)
        async with super().reading() as session:
            yield session


@every_write
@pytest.mark.parametrize(
    "statement",
    [
        delete(AppointmentRow),
        update(AppointmentRow).values(starts_at=at(6, 9), ends_at=at(6, 10)),
        update(AppointmentRow).values(provider="patel"),
    ],
    ids=["missing", "another time", "another provider"],
)
async def test_no_receipt_without_reading_back_what_was_asked(
    database: Database, practice: Practice, maria: Appointment, write: Write, statement: object
) -> None:
    book = SqlBook(database, practice, clock=lambda: NOW)
    slot = await a_slot(book, maria)

    class Prepared(SqlBook):
        async def find_slots(
            self, appointment: Appointment, wish: Wish, limit: int
        ) -> tuple[Slot, ...]:
            return (slot,)

    meddling = Meddling(database, lambda session: session.execute(statement))  # type: ignore[call-overload]
    with pytest.raises(ReadBackFailed):
        await write(Prepared(meddling, practice, clock=lambda: NOW), maria, a_key())


async def test_a_write_that_cannot_be_read_back_is_not_claimed(
    database: Database, practice: Practice, maria: Appointment
) -> None:
    async def forever(_session: AsyncSession) -> None:
        await asyncio.sleep(60)

    impatient = practice.model_copy(
        update={"limits": practice.limits.model_copy(update={"book_seconds": 0.2})}
    )
    book = SqlBook(Meddling(database, forever), impatient, clock=lambda: NOW)
    with pytest.raises(ReadBackFailed):
        await book.confirm(maria, a_key())


async def test_a_locked_book_is_unavailable_in_time_and_works_again_after(
    database: Database, database_url: str, practice: Practice, maria: Appointment
) -> None:
    impatient = practice.model_copy(
        update={"limits": practice.limits.model_copy(update={"book_seconds": 0.2})}
    )
    book = SqlBook(database, impatient, clock=lambda: NOW)
    async with locked(database_url, "appointments"):
        # SQLite's own patience, two seconds, has to run out before the connection can be closed.
        async with asyncio.timeout(3):
            with pytest.raises(BookUnavailable):
                await book.confirm(maria, a_key())
        assert await book.appointment("a-1") == maria
    patient = SqlBook(database, practice, clock=lambda: NOW)
    receipt = await patient.confirm(maria, a_key())
    assert receipt.appointment.status is AppointmentStatus.CONFIRMED


async def test_a_book_without_its_tables_is_unavailable(database_url: str, book: SqlBook) -> None:
    await execute(database_url, "ALTER TABLE appointments RENAME TO elsewhere")
    with pytest.raises(BookUnavailable):
        await book.appointment("a-1")
