"""Whom to call next: the appointments that nobody has confirmed yet."""

from datetime import datetime

from sqlalchemy import select

from reception.appointments.models import Appointment, AppointmentStatus
from reception.appointments.tables import AppointmentRow
from reception.database import Database


async def next_unconfirmed(database: Database, now: datetime) -> Appointment | None:
    """The soonest appointment ahead that still waits for an answer.

    Raises ``DatabaseUnavailable``.
    """
    waiting = (
        select(AppointmentRow)
        .where(
            AppointmentRow.status == AppointmentStatus.SCHEDULED,
            AppointmentRow.starts_at > now,
        )
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
        .limit(1)
    )
    async with database.reading() as session:
        row = await session.scalar(waiting)
        return None if row is None else row.as_appointment()
