"""Two processes want one slot, again and again: one gets it, the other is told and looks on."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from reception.appointments.tables import AppointmentRow, CellRow, WriteRow
from reception.database import Database
from tests.unit.appointments.given import an_appointment, at, import_all

DAYS = (4, 6, 9, 10, 11)
PAIR = ("a-0", "a-1")


@pytest.mark.parametrize("rounds", [20, pytest.param(100, marks=pytest.mark.long)])
async def test_one_of_two_processes_wins_each_round(
    database: Database, database_url: str, rounds: int
) -> None:
    async with contender(database_url) as one, contender(database_url) as other:
        for number in range(rounds):
            day = DAYS[number % len(DAYS)]
            wanted = at(day, 10)
            await two_in_the_afternoon(database, day)
            told = await a_round(one, other, wanted)
            (won,) = [text for text in told if text.startswith("won")]
            (taken,) = [text for text in told if text.startswith("taken")]
            # The winner's write made the second version; the loser still finds three others.
            assert (won, taken) == ("won 2", "taken 3"), f"round {number}"
            await assert_one_moved(database, PAIR[told.index(won)], wanted)


async def a_round(one: Process, other: Process, wanted: datetime) -> list[str]:
    """Both look, and when both have found the slot, both take it."""
    both = (one, other)
    for process, appointment_id in zip(both, PAIR, strict=True):
        tell(process, f"{appointment_id} {wanted.isoformat()}")
    assert [await answer(process) for process in both] == ["ready", "ready"]
    for process in both:
        tell(process, "go")
    return [await answer(process) for process in both]


async def assert_one_moved(database: Database, winner: str, wanted: datetime) -> None:
    """The winner stands at ``wanted``, the other where it was; each holds its own cells alone."""
    async with database.reading() as session:
        rows = {row.id: row for row in await session.scalars(select(AppointmentRow))}
        cells = (await session.scalars(select(CellRow))).all()
        writes = (await session.scalars(select(WriteRow))).all()
    assert rows[winner].starts_at == wanted
    assert {row.id: row.version for row in rows.values()} == {
        one: 2 if one == winner else 1 for one in PAIR
    }
    assert [(write.appointment_id, write.version) for write in writes] == [(winner, 2)]
    half_an_hour = [timedelta(minutes=5 * n) for n in range(6)]
    assert {(cell.appointment_id, cell.starts_at) for cell in cells} == {
        (row.id, row.starts_at + later) for row in rows.values() for later in half_an_hour
    }


async def two_in_the_afternoon(database: Database, day: int) -> None:
    """The book with nothing but the two, at one and at two o'clock."""
    async with database.writing() as session:
        await session.execute(delete(AppointmentRow))
    pair = [an_appointment(one, starts_at=at(day, 13 + n)) for n, one in enumerate(PAIR)]
    await import_all(database, *pair)


@asynccontextmanager
async def contender(url: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("contender.py")),
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield process
    finally:
        # The end of its input is its end; that also lets go of its connections.
        await process.communicate(b"")


def tell(process: Process, text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{text}\n".encode())


async def answer(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()
