"""Taking appointments from a file into the book, whatever kind of file it was."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reception.appointments.models import Appointment, AppointmentStatus
from reception.appointments.people import People
from reception.appointments.tables import AppointmentRow
from reception.appointments.taking import release_all, take_what_is_free
from reception.database import Database, take_turn

BATCH = 500
"""Rows in one transaction: calls get their turn between two, and 10,000 rows take seconds."""


@dataclass(frozen=True)
class Filed:
    """One appointment as a file has it: scheduled, at version 1."""

    line: int
    appointment: Appointment

    @property
    def appointment_id(self) -> str:
        return self.appointment.id


@dataclass(frozen=True)
class Cancelled:
    """An appointment that a file calls cancelled. It need not say more: nobody will be called."""

    line: int
    appointment_id: str


@dataclass(frozen=True)
class RowError:
    """Why the row that begins at ``line`` (counted from 1) was not taken.

    ``name`` is what the file itself calls the row, where it does: an event's UID.
    """

    line: int
    field: str
    reason: str
    name: str = ""


@dataclass(frozen=True)
class Conflict:
    """A row that says something new about an appointment that a call has changed since."""

    line: int
    current: Appointment
    filed: Appointment | Cancelled


@dataclass(frozen=True)
class Reading:
    """What a file says, before anybody compared it with the book.

    ``notices`` are sentences about what was left out on purpose.
    """

    filed: tuple[Filed, ...]
    errors: tuple[RowError, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    cancelled: tuple[Cancelled, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows: each is counted or listed in one place.

    What a file cancels is among the updated, or the unchanged when the book never had it.
    """

    added: int
    updated: int
    unchanged: int
    conflicts: tuple[Conflict, ...]
    errors: tuple[RowError, ...]
    ignored_columns: tuple[str, ...]
    notices: tuple[str, ...] = ()


class ImportFileError(Exception):
    """Nothing of the file can be used; the text says why and what to do."""


_Said = Filed | Cancelled

_CANCELLED = "cancelled"
"""Stands in place of the time's fingerprint when the last import called it cancelled."""


class _Taken(Enum):
    ADDED = auto()
    UPDATED = auto()
    UNCHANGED = auto()
    CONFLICT = auto()


async def import_reading(
    database: Database,
    reading: Reading,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Bring the book to what a file says, but for what a call has changed in the meantime.

    ``progress`` is told rows done and rows in all. Raises ``DatabaseUnavailable``; what was done
    until then is kept, and importing the file again does the rest.
    """
    said, twice = _once_each((*reading.filed, *reading.cancelled))
    taken: list[_Taken] = []
    conflicts: list[Conflict] = []
    for start in range(0, len(said), BATCH):
        batch = said[start : start + BATCH]
        async with database.writing() as session:
            results = await _take_batch(session, batch)
        taken += (result for result, _ in results)
        conflicts += (conflict for _, conflict in results if conflict is not None)
        progress(len(taken), len(said))
    return ImportReport(
        added=taken.count(_Taken.ADDED),
        updated=taken.count(_Taken.UPDATED),
        unchanged=taken.count(_Taken.UNCHANGED),
        conflicts=tuple(conflicts),
        errors=tuple(sorted((*reading.errors, *twice), key=lambda error: error.line)),
        ignored_columns=reading.ignored_columns,
        notices=reading.notices,
    )


def _once_each(said: Iterable[_Said]) -> tuple[list[_Said], list[RowError]]:
    first: dict[str, _Said] = {}
    twice: list[RowError] = []
    for one in said:
        earlier = first.setdefault(one.appointment_id, one)
        if earlier is not one:
            reason = f"{one.appointment_id} stands in line {earlier.line} already"
            twice.append(RowError(one.line, "appointment_id", reason))
    return list(first.values()), twice


async def _take_batch(
    session: AsyncSession, batch: Sequence[_Said]
) -> list[tuple[_Taken, Conflict | None]]:
    await take_turn(session, "import")
    # In one order, so that a call that writes to one of them can wait for us but we not for it.
    known = await session.scalars(
        select(AppointmentRow)
        .where(AppointmentRow.id.in_([one.appointment_id for one in batch]))
        .order_by(AppointmentRow.id)
        .with_for_update(of=AppointmentRow)
    )
    rows = {row.id: row for row in known}
    filed = [one.appointment for one in batch if isinstance(one, Filed)]
    people = await People.of(session, filed)
    results: list[tuple[_Taken, Conflict | None]] = []
    moved: list[Appointment] = []
    for one in batch:
        row = rows.get(one.appointment_id)
        if row is not None:
            before = _held(row)
            results.append(
                _compare(row, one, people) if isinstance(one, Filed) else _cancel(row, one)
            )
            if before != _held(row):
                moved.append(row.as_appointment())
        elif isinstance(one, Filed):
            session.add(_new_row(one.appointment, people))
            moved.append(one.appointment)
            results.append((_Taken.ADDED, None))
        else:
            results.append((_Taken.UNCHANGED, None))
    await session.flush()
    await release_all(session, [appointment.id for appointment in moved])
    await take_what_is_free(session, moved)
    return results


def _held(row: AppointmentRow) -> tuple[object, ...]:
    """What decides which time an appointment holds."""
    return row.status, row.starts_at, row.ends_at, row.provider


def _compare(row: AppointmentRow, one: Filed, people: People) -> tuple[_Taken, Conflict | None]:
    """Bring one row to what the file says, where no call has spoken since."""
    filed = one.appointment
    updated = row.imported_people != _people_fingerprint(filed)
    if updated:
        # About people the file always has the say, above all about consent: no call changes them.
        _write_people(row, filed, people)
    result = _Taken.UPDATED if updated else _Taken.UNCHANGED
    conflict = None
    if row.imported_time != _time_fingerprint(filed):
        current = row.as_appointment()
        if not row.changed_by_call:
            _write_time(row, filed)
            result, updated = _Taken.UPDATED, True
        elif _time(filed) == _time(current) and row.status is not AppointmentStatus.CANCELLED:
            # The desk carried out what the call had written; file and book agree again.
            row.imported_time = _time_fingerprint(filed)
            row.changed_by_call = row.status is AppointmentStatus.CONFIRMED
        else:
            result, conflict = _Taken.CONFLICT, Conflict(one.line, current, filed)
    if updated:
        row.version += 1
    return result, conflict


def _cancel(row: AppointmentRow, one: Cancelled) -> tuple[_Taken, Conflict | None]:
    """Cancel what the file calls cancelled, where no call has spoken since."""
    if row.imported_time == _CANCELLED:
        return _Taken.UNCHANGED, None
    if row.status is AppointmentStatus.CANCELLED:
        # The desk carried out what a call had asked for; file and book agree again.
        row.imported_time, row.changed_by_call = _CANCELLED, False
        return _Taken.UNCHANGED, None
    if row.changed_by_call:
        return _Taken.CONFLICT, Conflict(one.line, row.as_appointment(), one)
    row.imported_time = _CANCELLED
    row.status = AppointmentStatus.CANCELLED
    row.version += 1
    return _Taken.UPDATED, None


def _new_row(filed: Appointment, people: People) -> AppointmentRow:
    row = AppointmentRow(id=filed.id, version=filed.version, changed_by_call=False)
    _write_time(row, filed)
    _write_people(row, filed, people)
    return row


def _write_time(row: AppointmentRow, filed: Appointment) -> None:
    # Also brings back what an earlier import had cancelled.
    row.status = filed.status
    row.starts_at, row.ends_at = filed.starts_at, filed.ends_at
    row.service, row.provider, row.location = filed.service, filed.provider, filed.location
    row.imported_time = _time_fingerprint(filed)


def _write_people(row: AppointmentRow, filed: Appointment, people: People) -> None:
    row.customer = people.customer(filed.customer)
    row.recipient = people.recipient(filed.customer, filed.recipient)
    row.imported_people = _people_fingerprint(filed)


def _time(appointment: Appointment) -> tuple[str, ...]:
    return (
        appointment.starts_at.astimezone(UTC).isoformat(),
        appointment.ends_at.astimezone(UTC).isoformat(),
        appointment.service,
        appointment.provider,
        appointment.location,
    )


def _time_fingerprint(appointment: Appointment) -> str:
    return _fingerprint(repr(_time(appointment)))


def _people_fingerprint(appointment: Appointment) -> str:
    return _fingerprint(
        appointment.customer.model_dump_json() + appointment.recipient.model_dump_json()
    )


def _fingerprint(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:32]
