"""A small practice in Chicago, and appointments in it, for the tests to start from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_extra_types.timezone_name import TimeZoneName

from reception.appointments.importing import Filed, ImportReport, Reading, import_reading
from reception.appointments.models import Appointment, Consent, Customer, Recipient, WriteKey
from reception.database import Database
from reception.practice import Practice

CHICAGO = ZoneInfo("America/Chicago")

MONDAY = date(2026, 3, 2)
"""The day on which the tests begin; the clocks go forward on Sunday the 8th."""

NOW = datetime(2026, 3, 2, 9, 5, tzinfo=CHICAGO)


def a_practice(**changes: Any) -> Practice:
    hours = {
        "monday": "08:00-17:00",
        "tuesday": ["08:00-12:00", "13:00-17:00"],
        "wednesday": "08:00-17:00",
        "thursday": "08:00-19:00",
        "friday": "08:00-15:00",
    }
    return Practice.model_validate(
        {
            "name": "A practice",
            "persona": {"name": "Sarah"},
            "locations": {
                "main": {
                    "name": "Main Street",
                    "time_zone": "America/Chicago",
                    "callback_number": "+12175550100",
                    "opening_hours": hours,
                },
                "east": {
                    "name": "East Side",
                    "time_zone": "America/New_York",
                    "callback_number": "+12125550100",
                    "opening_hours": {"monday": "09:00-12:00"},
                },
            },
            "services": {
                "cleaning": {"name": "dental cleaning", "minutes": 60},
                "checkup": {"name": "check-up", "minutes": 30},
            },
            "providers": {
                "chen": {
                    "name": "Dr. Chen",
                    "services": ["cleaning", "checkup"],
                    "locations": ["main", "east"],
                },
                "patel": {
                    "name": "Dr. Patel",
                    "services": ["checkup"],
                    "locations": ["main"],
                    "hours": {"monday": "07:00-12:00", "wednesday": "10:00-18:00"},
                },
            },
            "holidays": {"also": ["2026-03-05"]},
            "minimum_notice_hours": 2,
            "booking_horizon_days": 30,
            **changes,
        }
    )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Chicago."""
    return datetime(2026, 3, day, hour, minute, tzinfo=CHICAGO)


def an_appointment(appointment_id: str = "a-1", **changes: Any) -> Appointment:
    """Maria's check-up with Dr. Chen, Tuesday at ten."""
    customer = Customer(id="maria", name="Maria Santos", date_of_birth=date(1985, 6, 12))
    recipient = Recipient(
        name="Maria Santos",
        phone="+12175550142",
        time_zone=TimeZoneName("America/Chicago"),
        consent=Consent.GIVEN,
    )
    fields: dict[str, Any] = {
        "id": appointment_id,
        "version": 1,
        "starts_at": at(3, 10).astimezone(UTC),
        "duration": timedelta(minutes=30),
        "service": "checkup",
        "provider": "chen",
        "location": "main",
        "customer": customer,
        "recipient": recipient,
    }
    return Appointment.model_validate(fields | changes)


def a_key(invocation: str = "tool-1", call_id: str = "call-1") -> WriteKey:
    return WriteKey(call_id=call_id, invocation=invocation)


async def import_all(database: Database, *appointments: Appointment) -> ImportReport:
    """What a file with these appointments, one a line, does to the book."""
    filed = (Filed(line, one) for line, one in enumerate(appointments, start=2))
    return await import_reading(database, Reading(tuple(filed)))
