"""Whose call it is: the appointment that was named or is next, and the others of its recipient."""

from datetime import timedelta

from reception.appointments.book import AppointmentNotFound
from reception.appointments.due import next_unconfirmed
from reception.appointments.models import Appointment, AppointmentStatus
from reception.appointments.sql_book import SqlBook
from reception.commands.errors import UserError
from reception.database import Database
from reception.practice import Practice


async def whose_call(
    book: SqlBook, database: Database, practice: Practice, appointment_id: str | None
) -> tuple[Appointment, ...]:
    """The appointment to call about, and the others of this recipient in the same window.

    Raises ``UserError`` where there is nothing to ask, ``BookError`` and ``DatabaseError``.
    """
    if appointment_id is None:
        first = await next_unconfirmed(database, book.now())
        if first is None:
            raise UserError(
                "No appointment ahead waits for an answer. Take new ones in with "
                "`reception import FILE.csv`, or name one with --appointment."
            )
    else:
        try:
            first = await book.appointment(appointment_id)
        except AppointmentNotFound as error:
            raise UserError(f"{error}; `reception import` takes appointments in.") from error
        if first.status is AppointmentStatus.CANCELLED or first.starts_at <= book.now():
            raise UserError(f"{appointment_id} is cancelled or past; there is nothing to ask.")
    until = book.now() + timedelta(hours=practice.call_window_hours)
    nearby = await book.upcoming(first.recipient.phone, until)
    others = (a for a in nearby if a.id != first.id and a.recipient == first.recipient)
    return (first, *others)
