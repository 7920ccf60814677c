"""A practice with a calendar in a temporary SQLite file, and confirming calls in it."""

import itertools
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from livekit.agents import llm

from agents.text_call import pick_up
from reception.appointments.importing import Filed, Reading, import_reading
from reception.appointments.models import Appointment, Customer, Recipient
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.ledger import Ledger
from reception.calls.outcome import OutcomeKind
from reception.database import Database, open_database
from reception.line.text_line import TextLine
from reception.practice import Practice, load_practice
from reception.settings import PROJECT
from reception.voice.policy_llm import PolicyLLM

APPOINTMENTS = 1000
"""In the calendar, each for one call; a practice has about so many ahead."""

VERIFIES = "Yes, this is Maria."
CONFIRMS = "Yes, I will be there."
GOODBYE = "No, thanks. Bye!"

Mind = Callable[[Call], llm.LLM[Any]]


class WrongCallError(Exception):
    """The call did not go as it was to; its duration would say nothing."""


class House:
    """Holds calls about one appointment each, with the practice that we ship."""

    def __init__(self, database: Database, practice: Practice, first: int = 0) -> None:
        self._practice = practice
        self.book = SqlBook(database, practice)
        self._ledger = Ledger(database, self.book.now)
        self._numbers = itertools.count(first)

    async def pick_up(self, mind: Mind = PolicyLLM) -> tuple[Call, TextLine]:
        """Call about the next appointment that no call was about."""
        appointment = await self.book.appointment(f"bench-{next(self._numbers)}")
        return await pick_up(
            f"call-{appointment.id}",
            [appointment],
            practice=self._practice,
            book=self.book,
            ledger=self._ledger,
            mind=mind,
        )

    async def whole_call(self) -> None:
        """A call from its first to its last word: verified, confirmed, goodbye, settled.

        Raises ``WrongCallError`` and ``DatabaseError``.
        """
        call, line = await self.pick_up()
        for text in (VERIFIES, CONFIRMS, GOODBYE):
            if not line.ended:
                await line.says(text)
        await self.over(call, line)

    async def over(self, call: Call, line: TextLine) -> None:
        """The end of a call in which everything was said. Raises ``WrongCallError``."""
        await (line.close() if line.ended else line.hangs_up())
        settled = await self._ledger.settled(call.id)
        if settled is None or settled.kind != OutcomeKind.CONFIRMED:
            raise WrongCallError(f"{call.id} was not confirmed: {settled}")


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """A house with all its appointments in a file of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        url = f"sqlite:///{Path(folder) / 'reception.db'}"
        await furnish(url)
        async with house_at(url) as practice:
            yield practice


@asynccontextmanager
async def house_at(url: str, first: int = 0) -> AsyncIterator[House]:
    """A house whose database is furnished; its calls begin with appointment number ``first``."""
    database = await open_database(url)
    try:
        yield House(database, load_practice(PROJECT / "practice.yaml"), first)
    finally:
        await database.close()


async def furnish(url: str) -> None:
    """Write all the appointments into an empty database."""
    database = await open_database(url)
    filed = (Filed(number, _appointment(number)) for number in range(APPOINTMENTS))
    await import_reading(database, Reading(tuple(filed)))
    await database.close()


def _appointment(number: int) -> Appointment:
    """One Maria's of many, with a number of her own; the practice's hours do not matter here."""
    tomorrow = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Appointment(
        id=f"bench-{number}",
        version=1,
        starts_at=tomorrow + timedelta(minutes=30 * number),
        duration=timedelta(minutes=30),
        service="checkup",
        provider="dr-chen",
        location="main-street",
        customer=Customer(id=f"maria-{number}", name="Maria Santos"),
        recipient=Recipient(
            name="Maria Santos", phone=f"+1217555{number:04}", time_zone="America/Chicago"
        ),
    )
