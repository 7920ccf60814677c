"""Holding a provider's time, and letting go of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from reception.appointments.cells import cells
from reception.appointments.models import Appointment, AppointmentStatus
from reception.appointments.tables import AppointmentRow, CellRow


async def take(session: AsyncSession, appointment: Appointment) -> bool:
    """Hold all of the appointment's time, besides what it holds already. False when it is taken."""
    if await _overlaps(session, appointment):
        return False
    own = select(CellRow.starts_at).where(
        CellRow.appointment_id == appointment.id, CellRow.provider == appointment.provider
    )
    held = set(await session.scalars(own))
    wanted = [cell for cell in _cells(appointment) if cell["starts_at"] not in held]
    try:
        # The key of the cells decides, not the look before: another may have come in between.
        if wanted:
            await session.execute(insert(CellRow), wanted)
    except IntegrityError:
        return False
    return True


async def take_what_is_free(session: AsyncSession, appointments: Iterable[Appointment]) -> None:
    """Hold what is free of each appointment's time; a practice may overbook its providers."""
    # Everybody takes cells in one order, so that two who want the same never wait for each other.
    wanted = sorted(
        (cell for appointment in appointments for cell in _cells(appointment)),
        key=lambda cell: (cell["provider"], cell["starts_at"]),
    )
    if not wanted:
        return
    match session.get_bind().dialect.name:
        case "postgresql":
            await session.execute(postgresql.insert(CellRow).on_conflict_do_nothing(), wanted)
        case _:
            await session.execute(sqlite.insert(CellRow).on_conflict_do_nothing(), wanted)


async def release(session: AsyncSession, appointment: Appointment) -> None:
    """Let go of the time that the appointment does not need any more; all of it when cancelled."""
    held = select(CellRow).where(CellRow.appointment_id == appointment.id)
    needed = {(cell["provider"], cell["starts_at"]) for cell in _cells(appointment)}
    for row in await session.scalars(held):
        if (row.provider, row.starts_at) not in needed:
            await session.delete(row)
    await session.flush()


async def release_all(session: AsyncSession, appointment_ids: Iterable[str]) -> None:
    """Let go of all the time of these appointments."""
    await session.execute(delete(CellRow).where(CellRow.appointment_id.in_(list(appointment_ids))))


async def _overlaps(session: AsyncSession, appointment: Appointment) -> bool:
    """Whether another is booked then. An overbooked one may hold none of its cells."""
    other = (
        select(AppointmentRow.id)
        .where(
            AppointmentRow.provider == appointment.provider,
            AppointmentRow.id != appointment.id,
            AppointmentRow.status != AppointmentStatus.CANCELLED,
            AppointmentRow.starts_at < appointment.ends_at,
            AppointmentRow.ends_at > appointment.starts_at,
        )
        .limit(1)
    )
    return await session.scalar(other) is not None


def _cells(appointment: Appointment) -> list[dict[str, Any]]:
    if appointment.status is AppointmentStatus.CANCELLED:
        return []
    starts: tuple[datetime, ...] = cells(appointment.starts_at, appointment.ends_at)
    return [
        {
            "provider": appointment.provider,
            "starts_at": start,
            "appointment_id": appointment.id,
        }
        for start in starts
    ]
