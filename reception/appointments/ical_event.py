"""One event of a calendar file, said in the columns of a CSV row and checked like one.

What an event says, the first that is there counts:

- any column, as a line ``Phone: 217 555 0142`` of DESCRIPTION, or as a property ``X-PHONE``
- ``service``: a CATEGORIES entry that names one, else the one service that SUMMARY names
- ``provider``: a RESOURCES entry that names one, else the name (CN) of ORGANIZER
- ``location``: the one that LOCATION names or whose address it holds; a practice's only one
- ``customer_name``, ``phone``: the name (CN) and the ``tel:`` of who attends
- ``starts_at``: DTSTART in its zone, in UTC, or, without one, in the location's
- ``duration_minutes``: up to DTEND or for DURATION, else as long as the service takes
- ``customer_id``: made from name and phone
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from icalendar import Event, vCalAddress

from reception.appointments.csv_row import CsvRow, RowReader
from reception.appointments.ical_property import (
    broken_times,
    in_utc,
    length,
    listed,
    text,
    texts,
    when,
)
from reception.appointments.importing import Filed, RowError
from reception.appointments.models import Appointment
from reception.practice import Practice

_CUSTOMERS = uuid.UUID("0e0b7c52-2a3e-4d38-8a3c-9e1f6a0f7b11")

_SAYABLE = frozenset(CsvRow.model_fields) - {"appointment_id", "starts_at", "duration_minutes"}
"""The columns that a line of the description may give; the others are the event's own."""

_WRITE = {
    "service": "name one in CATEGORIES or SUMMARY, or in the description, as `service: ...`",
    "provider": "name one in RESOURCES or ORGANIZER, or in the description, as `provider: ...`",
    "location": "name one in LOCATION, or in the description, as `location: ...`",
    "customer_name": "name exactly one ATTENDEE, or write it in the description, as "
    "`customer name: ...`",
    "phone": "write it in the description, as `phone: ...`, or give one ATTENDEE a tel:",
}
"""What to do about a column that an event does not tell."""


class EventReader:
    """Reads events with one practice's keys, names and zones."""

    def __init__(self, practice: Practice) -> None:
        self._practice = practice
        self._rows = RowReader(practice)

    def read(self, line: int, event: Event, appointment_id: str) -> Filed | tuple[RowError, ...]:
        """The appointment in an event, or everything that is wrong with it."""
        uid = text(event, "UID")
        start = when(event, "DTSTART")
        wrong = broken_times(event)
        if not wrong and not isinstance(start, datetime):
            wrong = [("DTSTART", "is missing; an appointment begins sometime")]
        try:
            minutes = _minutes(event)
        except ValueError as error:
            wrong = wrong or [("DTEND", str(error))]
        if wrong or not isinstance(start, datetime):
            return tuple(RowError(line, name, reason, uid) for name, reason in wrong)
        said = _said(event)
        cells = {
            **dict.fromkeys(CsvRow.model_fields, ""),
            **self._told(event),
            "customer_id": "made below",
            **said,
            "appointment_id": appointment_id,
            "starts_at": in_utc(start).isoformat(),
            "duration_minutes": minutes,
        }
        read = self._rows.read(line, cells)
        if not isinstance(read, Filed):
            return tuple(_placed(error, uid, cells) for error in read)
        known = "customer_id" in said
        return read if known else Filed(line, _with_customer_id(read.appointment))

    def _told(self, event: Event) -> dict[str, str]:
        """The columns that an event's own properties tell."""
        names, phones = self._attending(event)
        places = tuple(self._practice.locations)
        told = {
            "service": self._key("service", [*texts(event, "CATEGORIES"), text(event, "SUMMARY")]),
            "provider": self._key(
                "provider", [*texts(event, "RESOURCES"), *map(_name, listed(event, "ORGANIZER"))]
            ),
            "location": self._key("location", [text(event, "LOCATION")]),
            # Of several none is guessed.
            "customer_name": names[0] if len(names) == 1 else "",
            "phone": phones[0] if len(phones) == 1 else "",
        }
        if not told["location"] and len(places) == 1:
            told["location"] = places[0]
        return told

    def _key(self, column: str, entries: Iterable[str]) -> str:
        """The key that the first entry to name exactly one names; else all that stands there."""
        there = [entry for entry in entries if entry]
        for entry in there:
            keys = self._named(column, entry)
            if len(keys) == 1:
                return keys.pop()
        return ", ".join(there)

    def _named(self, column: str, entry: str) -> set[str]:
        found = {
            match.group().lower(): key
            for pattern, key in self._spellings[column]
            if (match := pattern.search(entry))
        }
        # A filling is not meant where a large filling stands.
        return {
            key
            for spelling, key in found.items()
            if not any(spelling in other and spelling != other for other in found)
        }

    @cached_property
    def _spellings(self) -> Mapping[str, list[tuple[re.Pattern[str], str]]]:
        """By column: how each key may be written, as whole words."""
        addresses = {
            place.address.lower(): key
            for key, place in self._practice.locations.items()
            if place.address
        }
        known = {column: dict(keys) for column, keys in self._rows.keys.items()}
        known["location"] |= addresses
        return {
            column: [
                (re.compile(rf"(?<!\w){re.escape(spelling)}(?!\w)", re.IGNORECASE), key)
                for spelling, key in keys.items()
            ]
            for column, keys in known.items()
        }

    def _attending(self, event: Event) -> tuple[list[str], list[str]]:
        """Names and numbers of who attends, without rooms, the organizer and the providers."""
        organizers = {str(address).lower() for address in listed(event, "ORGANIZER")}
        names: dict[str, None] = {}
        phones: dict[str, None] = {}
        for address in listed(event, "ATTENDEE"):
            name = _name(address)
            kind = str(address.params.get("CUTYPE", "INDIVIDUAL")).upper()
            if kind != "INDIVIDUAL" or str(address).lower() in organizers:
                continue
            if self._named("provider", name):
                continue
            scheme, _, number = str(address).partition(":")
            if scheme.lower() == "tel":
                phones[number] = None
            # Calendars put the mail address there when they know no name.
            if name and "@" not in name:
                names[name] = None
        return list(names), list(phones)


def _minutes(event: Event) -> str:
    """Its length; empty when it has none, so that the service's length counts."""
    span = length(event)
    return str(round(span / timedelta(minutes=1))) if span else ""


def _said(event: Event) -> dict[str, str]:
    """What lines of the description say in so many words, or else properties of its own."""
    own = [(name[2:], text(event, name)) for name in event if name.upper().startswith("X-")]
    lines = [line.partition(":") for line in text(event, "DESCRIPTION").splitlines()]
    said: dict[str, str] = {}
    for key, value in (*own, *((key, value) for key, _, value in lines)):
        column = re.sub(r"[\s_-]+", "_", key.strip().lower())
        if column in _SAYABLE and value.strip():
            said[column] = value.strip()
    return said


def _placed(error: RowError, uid: str, cells: Mapping[str, str]) -> RowError:
    """The error with the event's name, and where to write what is missing."""
    is_missing = not cells[error.field] and error.field in _WRITE
    reason = f"is missing; {_WRITE[error.field]}" if is_missing else error.reason
    return replace(error, name=uid, reason=reason)


def _name(address: vCalAddress) -> str:
    return str(address.params.get("CN", ""))


def _with_customer_id(appointment: Appointment) -> Appointment:
    """A calendar knows no customers: name and phone make one, the same in every file."""
    name = " ".join(appointment.customer.name.casefold().split())
    made = uuid.uuid5(_CUSTOMERS, f"{name} {appointment.recipient.phone}").hex[:16]
    customer = appointment.customer.model_copy(update={"id": f"ical-{made}"})
    return appointment.model_copy(update={"customer": customer})
