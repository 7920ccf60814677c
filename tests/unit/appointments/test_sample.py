"""The sample: a first call needs no data."""

from datetime import timedelta

from reception.appointments.models import Consent, Relation
from reception.appointments.sample import is_empty, write_sample
from reception.appointments.sql_book import SqlBook
from reception.database import Database
from tests.unit.appointments.given import NOW, a_practice, at

SAMPLE = {
    "id": "sample-1",
    "days_ahead": 1,
    "at": "14:30",
    "service": "cleaning",
    "provider": "chen",
    "location": "main",
    "customer_id": "sample-maria",
    "customer_name": "Maria Santos",
    "phone": "+12175550142",
}
LEO = SAMPLE | {
    "id": "sample-2",
    "customer_name": "Leo Nowak",
    "customer_id": "sample-leo",
    "recipient_name": "Anna Nowak",
    "recipient_relation": "parent",
    # Three days from Monday is Thursday, a holiday.
    "days_ahead": 3,
}
PRACTICE = a_practice(sample_appointments=[SAMPLE, LEO])


async def test_the_sample_is_dated_from_now(database: Database) -> None:
    book = SqlBook(database, PRACTICE, clock=lambda: NOW)
    assert await is_empty(database)
    await write_sample(database, PRACTICE, NOW)
    assert not await is_empty(database)
    maria = await book.appointment("sample-1")
    assert maria.starts_at == at(3, 14, 30)
    assert maria.duration == timedelta(minutes=60)
    assert maria.recipient.name == "Maria Santos"
    assert maria.recipient.consent is Consent.GIVEN
    assert maria.recipient.time_zone == "America/Chicago"


async def test_a_closed_day_moves_on_to_the_next_open_one(database: Database) -> None:
    book = SqlBook(database, PRACTICE, clock=lambda: NOW)
    await write_sample(database, PRACTICE, NOW)
    leo = await book.appointment("sample-2")
    assert leo.starts_at == at(6, 14, 30)
    assert (leo.recipient.name, leo.recipient.relation) == ("Anna Nowak", Relation.PARENT)


async def test_days_are_counted_at_the_location(database: Database) -> None:
    # In UTC it is Tuesday already.
    await write_sample(database, PRACTICE, at(2, 23))
    book = SqlBook(database, PRACTICE, clock=lambda: NOW)
    assert (await book.appointment("sample-1")).starts_at == at(3, 14, 30)
