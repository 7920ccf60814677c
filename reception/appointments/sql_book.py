"""The built-in calendar: the book in the program's database."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reception.appointments.book import (
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
from reception.appointments.slots import Busy, Search, free_slots, is_offered
from reception.appointments.tables import AppointmentRow, RecipientRow, WriteRow
from reception.appointments.taking import release, take
from reception.database import Database, DatabaseUnavailable
from reception.practice import CalendarWrites, Practice
from reception.telemetry.attributes import CHANGE
from reception.telemetry.tracing import span


@dataclass(frozen=True)
class _Asked:
    """One write: the appointment as it was read, and as it is to read afterwards."""

    change: Change
    before: Appointment
    after: Appointment
    key: WriteKey

    def agrees(self, found: Appointment) -> bool:
        names = ("status", "starts_at", "duration", "service", "provider", "location")
        return all(getattr(found, name) == getattr(self.after, name) for name in names)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlBook:
    """An ``AppointmentBook`` in a ``Database``.

    Every operation takes at most ``practice.limits.book_seconds``, then raises
    ``BookUnavailable``; a write that may have gone through by then raises ``ReadBackFailed``.
    (Letting go of a locked SQLite file takes up to ``database.engine.BUSY_SECONDS`` more.)
    """

    def __init__(
        self, database: Database, practice: Practice, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self._database = database
        self._practice = practice
        self._clock = clock

    @property
    def writes(self) -> Writes:
        match self._practice.calendar_writes:
            case CalendarWrites.FINAL:
                return Writes.FINAL
            case CalendarWrites.REQUEST:
                return Writes.REQUEST

    def now(self) -> datetime:
        return self._clock()

    async def appointment(self, appointment_id: str) -> Appointment:
        async with self._looking() as session:
            row = await session.get(AppointmentRow, appointment_id)
            if row is None:
                raise AppointmentNotFound(f"the book holds no appointment {appointment_id}")
            return row.as_appointment()

    async def upcoming(self, phone: str, until: datetime) -> tuple[Appointment, ...]:
        due = (
            select(AppointmentRow)
            .join(AppointmentRow.recipient)
            .where(
                RecipientRow.phone == phone,
                AppointmentRow.status != AppointmentStatus.CANCELLED,
                AppointmentRow.starts_at > self.now(),
                AppointmentRow.starts_at <= until,
            )
            .order_by(AppointmentRow.starts_at, AppointmentRow.id)
        )
        async with self._looking() as session:
            return tuple(row.as_appointment() for row in await session.scalars(due))

    async def find_slots(
        self, appointment: Appointment, wish: Wish, limit: int
    ) -> tuple[Slot, ...]:
        now = self.now()
        # A day longer than the horizon, because that one is counted in the location's days.
        until = now + timedelta(days=self._practice.booking_horizon_days + 1)
        taken = select(
            AppointmentRow.provider, AppointmentRow.starts_at, AppointmentRow.ends_at
        ).where(
            AppointmentRow.status != AppointmentStatus.CANCELLED,
            AppointmentRow.id != appointment.id,
            AppointmentRow.ends_at > now,
            AppointmentRow.starts_at < until,
        )
        busy: defaultdict[str, list[Busy]] = defaultdict(list)
        async with self._looking() as session:
            for provider, starts_at, ends_at in await session.execute(taken):
                busy[provider].append(Busy(starts_at, ends_at))
        return free_slots(Search(self._practice, appointment, wish, busy, now), limit)

    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        after = appointment.model_copy(update={"status": AppointmentStatus.CONFIRMED})
        return await self._write(_Asked(Change.CONFIRMED, appointment, after, key))

    async def cancel(self, appointment: Appointment, key: WriteKey) -> Receipt:
        after = appointment.model_copy(update={"status": AppointmentStatus.CANCELLED})
        return await self._write(_Asked(Change.CANCELLED, appointment, after, key))

    async def reschedule(self, appointment: Appointment, slot: Slot, key: WriteKey) -> Receipt:
        if (slot.service, slot.location, slot.duration) != (
            appointment.service,
            appointment.location,
            appointment.duration,
        ):
            raise SlotTaken(f"{slot.id} was not found for appointment {appointment.id}")
        after = appointment.model_copy(
            update={
                # A confirmation belonged to the old time.
                "status": AppointmentStatus.SCHEDULED,
                "starts_at": slot.starts_at,
                "provider": slot.provider,
            }
        )
        return await self._write(_Asked(Change.RESCHEDULED, appointment, after, key))

    async def receipts(self, call_id: str) -> tuple[Receipt, ...]:
        written = (
            select(WriteRow, AppointmentRow)
            .join(AppointmentRow, AppointmentRow.id == WriteRow.appointment_id)
            .where(WriteRow.call_id == call_id, WriteRow.version == AppointmentRow.version)
            .order_by(WriteRow.written_at, WriteRow.invocation)
        )
        latest: dict[str, Receipt] = {}
        async with self._looking() as session:
            for write, row in await session.execute(written):
                latest[row.id] = Receipt(
                    change=write.change,
                    appointment=row.as_appointment(),
                    key=WriteKey(call_id=write.call_id, invocation=write.invocation),
                    read_back_at=self.now(),
                )
        return tuple(latest.values())

    async def _write(self, asked: _Asked) -> Receipt:
        sent = False
        try:
            async with asyncio.timeout(self._practice.limits.book_seconds):
                with span("write", {CHANGE: asked.change}):
                    async with self._database.writing() as session:
                        await self._carry_out(session, asked)
                        sent = True
                with span("read_back", {CHANGE: asked.change}):
                    return await self._read_back(asked)
        except (DatabaseUnavailable, TimeoutError) as error:
            if sent:
                raise ReadBackFailed(
                    f"the write to {asked.before.id} was sent, but could not be read back"
                ) from error
            raise BookUnavailable("the book cannot be reached or is too slow") from error

    async def _carry_out(self, session: AsyncSession, asked: _Asked) -> None:
        """Write once: nothing when this key was carried out before."""
        row = await session.get(
            AppointmentRow, asked.before.id, with_for_update={"of": AppointmentRow}
        )
        if row is None:
            raise AppointmentNotFound(f"the book holds no appointment {asked.before.id}")
        done = await session.get(WriteRow, (asked.key.call_id, asked.key.invocation))
        if done is not None:
            if (done.appointment_id, done.change) != (asked.before.id, asked.change):
                raise ReadBackFailed(f"{asked.key} named another write: {done.change}")
            return
        current = row.as_appointment()
        is_over = current.status is AppointmentStatus.CANCELLED
        if current.version != asked.before.version or (
            is_over and asked.change is not Change.CANCELLED
        ):
            raise VersionConflict(current)
        if not asked.agrees(current):
            await self._change(session, row, asked)
        session.add(
            WriteRow(
                call_id=asked.key.call_id,
                invocation=asked.key.invocation,
                appointment_id=row.id,
                change=asked.change,
                version=row.version,
                written_at=self.now(),
            )
        )

    async def _change(self, session: AsyncSession, row: AppointmentRow, asked: _Asked) -> None:
        """Reserve, book, then release, so that nothing is given up before its successor is held."""
        after = asked.after
        if asked.change is Change.RESCHEDULED:
            if not is_offered(self._practice, after, self.now()):
                raise SlotTaken(f"{after.starts_at} is not offered any more")
            if not await take(session, after):
                raise SlotTaken(f"{after.starts_at} with {after.provider} is taken")
        row.version += 1
        row.changed_by_call = True
        row.status = after.status
        row.starts_at, row.ends_at = after.starts_at, after.ends_at
        row.provider = after.provider
        await session.flush()
        await release(session, after)

    async def _read_back(self, asked: _Asked) -> Receipt:
        async with self._database.reading() as session:
            row = await session.get(AppointmentRow, asked.before.id)
            found = None if row is None else row.as_appointment()
        if found is None or not asked.agrees(found):
            raise ReadBackFailed(f"what was read back of {asked.before.id} is not what was asked")
        return Receipt(
            change=asked.change, appointment=found, key=asked.key, read_back_at=self.now()
        )

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[AsyncSession]:
        try:
            async with (
                asyncio.timeout(self._practice.limits.book_seconds),
                self._database.reading() as session,
            ):
                yield session
        except (DatabaseUnavailable, TimeoutError) as error:
            raise BookUnavailable("the book cannot be reached or is too slow") from error
