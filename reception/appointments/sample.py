"""The practice's sample appointments, dated from the present moment."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import exists, select

from reception.appointments.importing import Filed, ImportReport, Reading, import_reading
from reception.appointments.models import (
    Appointment,
    Authority,
    Consent,
    Customer,
    Recipient,
    Relation,
)
from reception.appointments.tables import AppointmentRow
from reception.database import Database
from reception.practice import Practice, SampleAppointment


async def is_empty(database: Database) -> bool:
    """Whether the book holds no appointment at all. Raises ``DatabaseUnavailable``."""
    async with database.reading() as session:
        return not await session.scalar(select(exists(select(AppointmentRow.id))))


async def write_sample(database: Database, practice: Practice, now: datetime) -> ImportReport:
    """Write the practice's sample into the book, as an import would.

    ``days_ahead`` counts in days of the location; a day on which it is closed moves on to the
    next open one. Raises ``DatabaseUnavailable``.
    """
    filed = (
        Filed(number, _appointment(practice, sample, now))
        for number, sample in enumerate(practice.sample_appointments, start=1)
    )
    return await import_reading(database, Reading(tuple(filed)))


def _appointment(practice: Practice, sample: SampleAppointment, now: datetime) -> Appointment:
    place = practice.locations[sample.location]
    wanted = now.astimezone(place.zone).date() + timedelta(days=sample.days_ahead)
    day = _open_day(practice, sample.location, wanted)
    return Appointment(
        id=sample.id,
        version=1,
        starts_at=datetime.combine(day, sample.at, place.zone).astimezone(UTC),
        duration=practice.services[sample.service].duration,
        service=sample.service,
        provider=sample.provider,
        location=sample.location,
        customer=Customer(
            id=sample.customer_id,
            name=sample.customer_name,
            date_of_birth=sample.date_of_birth,
        ),
        recipient=Recipient(
            name=sample.recipient_name or sample.customer_name,
            relation=Relation(sample.recipient_relation),
            authority=Authority(sample.recipient_authority),
            phone=sample.phone,
            language=practice.languages[0],
            time_zone=place.time_zone,
            consent=Consent.GIVEN,
        ),
    )


def _open_day(practice: Practice, location: str, wanted: date) -> date:
    """The first open day from ``wanted`` on; ``wanted`` itself where no day of a year is open."""
    days = (wanted + timedelta(days=number) for number in range(366))
    return next((day for day in days if practice.is_open(location, day)), wanted)
