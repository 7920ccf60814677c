"""Calls held in text with the practice that we ship, on a Monday morning in November."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from livekit.agents import llm

from agents.text_call import pick_up
from reception.appointments.book import AppointmentBook
from reception.appointments.importing import Filed, Reading, import_reading
from reception.appointments.models import Appointment, Consent, Customer, Recipient
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.ledger import Ledger
from reception.calls.turn import Speaker, Turn
from reception.database import Database
from reception.line.text_line import TextLine
from reception.practice import Practice
from reception.voice.policy_llm import PolicyLLM

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 10, tzinfo=CHICAGO)
"""A Monday; the clock of a rehearsal stands still, at it if nothing else is said."""


def maria(**changes: Any) -> Appointment:
    """Maria Santos comes for a cleaning with Dr. Chen tomorrow, Tuesday the 24th, at 14:30."""
    fields: dict[str, Any] = {
        "id": "maria-1",
        "version": 1,
        "starts_at": datetime(2026, 11, 24, 14, 30, tzinfo=CHICAGO).astimezone(UTC),
        "duration": timedelta(hours=1),
        "service": "cleaning",
        "provider": "dr-chen",
        "location": "main-street",
        "customer": Customer(id="maria", name="Maria Santos", date_of_birth=date(1985, 6, 12)),
        "recipient": recipient(),
    }
    return Appointment.model_validate(fields | changes)


def recipient(**changes: Any) -> Recipient:
    fields: dict[str, Any] = {
        "name": "Maria Santos",
        "phone": "+12175550142",
        "time_zone": "America/Chicago",
        "consent": Consent.GIVEN,
    }
    return Recipient.model_validate(fields | changes)


@dataclass
class Rehearsal:
    """One practice with its database, in which calls are held one after the other."""

    database: Database
    practice: Practice
    calls: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    now: datetime = NOW

    @property
    def book(self) -> SqlBook:
        return SqlBook(self.database, self.practice, clock=lambda: self.now)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.database, lambda: self.now)

    def with_practice(self, **changes: Any) -> "Rehearsal":
        """The same house under other rules of the practice."""
        return replace(self, practice=self.practice.model_copy(update=changes))

    def at(self, now: datetime) -> "Rehearsal":
        """The same house at another time."""
        return replace(self, now=now)

    async def file(self, *appointments: Appointment) -> None:
        """Bring the book to these, as an import of the practice's own system does."""
        filed = (Filed(line, one) for line, one in enumerate(appointments, start=1))
        await import_reading(self.database, Reading(tuple(filed)))

    async def begin(
        self,
        *appointments: Appointment,
        book: AppointmentBook | None = None,
        mind: Callable[[Call], llm.LLM[Any]] = PolicyLLM,
    ) -> tuple[Call, TextLine]:
        """Write the appointments (Maria's, if none) into the book, and have somebody pick up."""
        about = appointments or (maria(),)
        await self.file(*about)
        return await pick_up(
            f"call-{next(self.calls)}",
            about,
            practice=self.practice,
            book=book or self.book,
            ledger=self.ledger,
            mind=mind,
        )

    async def call(self, *lines: str, about: tuple[Appointment, ...] = (), **how: Any) -> Call:
        """Hold a whole call: the customer says these lines, one a turn, then hangs up."""
        call, line = await self.begin(*about, **how)
        for text in lines:
            if line.ended:
                break
            await line.says(text)
        if not line.ended:
            await line.hangs_up()
        await line.close()
        return call


def spoken(call: Call) -> list[Turn]:
    """The agent's turns."""
    return [turn for turn in call.turns if turn.speaker is Speaker.AGENT]


def all_said(call: Call) -> str:
    return " ".join(turn.text for turn in spoken(call))
