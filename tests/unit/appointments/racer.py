"""A process of its own that tries to move one appointment to one time; see test_races.

Prints ``ready``, waits for a line, then prints ``won`` or ``lost``.
"""

import asyncio
import sys
from datetime import datetime

from reception.appointments.book import SlotTaken
from reception.appointments.models import Wish
from reception.appointments.sql_book import SqlBook
from reception.database import open_database
from tests.unit.appointments.given import NOW, a_key, a_practice


async def main(url: str, appointment_id: str, starts_at: str) -> None:
    database = await open_database(url)
    book = SqlBook(database, a_practice(), clock=lambda: NOW)
    appointment = await book.appointment(appointment_id)
    start = datetime.fromisoformat(starts_at)
    day, clock = start.date(), start.time()
    wish = Wish(on_or_after=day, on_or_before=day, from_time=clock, to_time=clock)
    (slot,) = await book.find_slots(appointment, wish, 1)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        await book.reschedule(appointment, slot, a_key(call_id=appointment_id))
        sys.stdout.write("won\n")
    except SlotTaken:
        sys.stdout.write("lost\n")
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
