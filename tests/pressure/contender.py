"""A process of its own that tries, round after round, to move an appointment; see test_one_slot.

Of each round it reads ``APPOINTMENT TIME`` and answers ``ready``, reads ``go`` and answers
``won VERSION`` or ``taken OTHERS``: how many other slots it found afterwards.
"""

import asyncio
import sys
from datetime import datetime

from reception.appointments.book import SlotTaken
from reception.appointments.models import Appointment, Slot, Wish
from reception.appointments.sql_book import SqlBook
from reception.database import open_database
from tests.unit.appointments.given import NOW, a_key, a_practice


def answer(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def look(book: SqlBook, appointment: Appointment, wanted: datetime) -> Slot:
    day, clock = wanted.date(), wanted.time()
    wish = Wish(on_or_after=day, on_or_before=day, from_time=clock, to_time=clock)
    (slot,) = await book.find_slots(appointment, wish, 1)
    return slot


async def take(book: SqlBook, appointment: Appointment, slot: Slot, key: str) -> str:
    try:
        receipt = await book.reschedule(appointment, slot, a_key(call_id=key))
    except SlotTaken:
        others = await book.find_slots(appointment, Wish(on_or_after=slot.starts_at.date()), 3)
        return f"taken {len([other for other in others if other.id != slot.id])}"
    return f"won {receipt.appointment.version}"


async def main(url: str) -> None:
    database = await open_database(url)
    book = SqlBook(database, a_practice(), clock=lambda: NOW)
    for number, line in enumerate(iter(sys.stdin.readline, "")):
        appointment_id, wanted = line.split()
        appointment = await book.appointment(appointment_id)
        slot = await look(book, appointment, datetime.fromisoformat(wanted))
        answer("ready")
        sys.stdin.readline()
        answer(await take(book, appointment, slot, f"{appointment_id}-{number}"))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
