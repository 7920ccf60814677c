"""Two want one free time: one gets it, the other keeps what they had."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from reception.appointments.book import SlotTaken
from reception.appointments.models import Appointment, Receipt, Wish
from reception.appointments.sql_book import SqlBook
from reception.appointments.tables import AppointmentRow, CellRow
from reception.database import Database, open_database
from reception.practice import Practice
from tests.unit.appointments.given import NOW, a_key, an_appointment, at, import_all


async def assert_one_has_it(database: Database, wanted: datetime, kept: set[datetime]) -> None:
    """One of the two stands at ``wanted``, the other where it was, each with its own cells."""
    async with database.reading() as session:
        rows = (await session.scalars(select(AppointmentRow))).unique().all()
        starts = {row.starts_at for row in rows}
        assert wanted in starts
        assert len(starts & kept) == 1
        for row in rows:
            cells = await session.scalars(
                select(CellRow.starts_at).where(CellRow.appointment_id == row.id)
            )
            assert sorted(cells) == [row.starts_at + timedelta(minutes=5 * n) for n in range(6)]


async def two_in_the_afternoon(database: Database, day: int) -> list[Appointment]:
    """The book with nothing but two appointments, at one and at two."""
    pair = [an_appointment(f"a-{n}", starts_at=at(day, 13 + n)) for n in (0, 1)]
    async with database.writing() as session:
        await session.execute(delete(AppointmentRow))
    await import_all(database, *pair)
    return pair


async def test_two_tasks_with_a_book_each(
    database: Database, database_url: str, practice: Practice
) -> None:
    other = await open_database(database_url)
    books = [SqlBook(database, practice, lambda: NOW), SqlBook(other, practice, lambda: NOW)]
    for day in (4, 6, 9, 10, 11):
        pair = await two_in_the_afternoon(database, day)
        ten = at(day, 10).time()
        wish = Wish(on_or_after=date(2026, 3, day), from_time=ten, to_time=ten)
        writes = []
        for book, one in zip(books, pair, strict=True):
            (slot,) = await book.find_slots(one, wish, 1)
            writes.append(book.reschedule(one, slot, a_key(call_id=one.id)))
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(result) for result in results} == {Receipt, SlotTaken}
        await assert_one_has_it(database, at(day, 10), {one.starts_at for one in pair})
    await other.close()


async def test_two_processes(database: Database, database_url: str) -> None:
    for day in (4, 6, 9):
        pair = await two_in_the_afternoon(database, day)
        ten = at(day, 10)
        racers = [await start_racer(database_url, one.id, ten) for one in pair]
        for racer in racers:
            assert racer.stdout is not None
            assert await racer.stdout.readline() == b"ready\n"
        ended = await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
        assert sorted(out for out, _ in ended) == [b"lost\n", b"won\n"]
        await assert_one_has_it(database, ten, {one.starts_at for one in pair})


async def start_racer(url: str, appointment_id: str, wanted: datetime) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("racer.py")),
        url,
        appointment_id,
        wanted.isoformat(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
