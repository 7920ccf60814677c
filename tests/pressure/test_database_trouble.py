"""The database locked, gone, full or altered under us: it is said so, and afterwards all works."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment, AppointmentStatus
from reception.appointments.sql_book import SqlBook
from reception.appointments.tables import CustomerRow
from reception.calls.ledger import Ledger
from reception.database import Database, DatabaseError, DatabaseUnavailable, open_database
from tests.postgres import Databases
from tests.pressure.another_program import execute, locked
from tests.unit.appointments.given import NOW, a_key, a_practice, an_appointment, import_all

PHONE = "+12175550142"


@pytest.fixture
def book(database: Database) -> SqlBook:
    return SqlBook(database, a_practice(), clock=lambda: NOW)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, lambda: NOW)


@pytest.fixture
async def maria(database: Database, book: SqlBook) -> Appointment:
    await import_all(database, an_appointment())
    return await book.appointment("a-1")


async def assert_it_works_again(book: SqlBook, ledger: Ledger, maria: Appointment) -> None:
    """Nothing was half written, so what failed can be done now."""
    assert await book.appointment("a-1") == maria
    await ledger.open_call("call-1", PHONE, ["a-1"])
    receipt = await book.confirm(maria, a_key())
    assert receipt.appointment.status is AppointmentStatus.CONFIRMED
    assert receipt.appointment.version == 2


async def test_locked_for_longer_than_our_patience(
    database_url: str, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    async with locked(database_url, "appointments", "calls"):
        with pytest.raises(BookUnavailable, match="cannot be reached or is too slow"):
            await book.confirm(maria, a_key())
        with pytest.raises(DatabaseUnavailable, match="is locked by another program; wait"):
            await ledger.open_call("call-1", PHONE, ["a-1"])
        assert await book.appointment("a-1") == maria, "looking is always allowed"
    await assert_it_works_again(book, ledger, maria)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_server_that_goes_away_and_comes_back(
    postgres: Databases, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    with postgres.server.away():
        with pytest.raises(BookUnavailable, match="cannot be reached or is too slow"):
            await book.confirm(maria, a_key())
        with pytest.raises(DatabaseUnavailable, match="start the server or change DATABASE_URL"):
            await ledger.open_call("call-1", PHONE, ["a-1"])
    await assert_it_works_again(book, ledger, maria)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_server_that_goes_away_in_the_middle_of_a_write(
    postgres: Databases, database: Database, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    async def cut_off() -> None:
        async with database.writing() as session:
            session.add(CustomerRow(id="half", name="Half written"))
            await session.flush()
            with postgres.server.away():
                await session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable, match="check that the server is up"):
        await cut_off()
    async with database.reading() as session:
        assert await session.get(CustomerRow, "half") is None
    await assert_it_works_again(book, ledger, maria)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_is_away_and_comes_back(
    database: Database, book: SqlBook, ledger: Ledger, maria: Appointment, tmp_path: Path
) -> None:
    file = tmp_path / "book.db"
    # With its last connection closed the file is whole; each use opens it anew.
    await database.close()
    file.rename(tmp_path / "away.db")
    file.mkdir()
    with pytest.raises(BookUnavailable, match="cannot be reached or is too slow"):
        await book.confirm(maria, a_key())
    with pytest.raises(DatabaseUnavailable, match="cannot be opened; check that its folder"):
        await ledger.open_call("call-1", PHONE, ["a-1"])
    with pytest.raises(DatabaseError, match="is a folder; name a file"):
        await open_database(f"sqlite:///{file}")
    file.rmdir()
    (tmp_path / "away.db").rename(file)
    await assert_it_works_again(book, ledger, maria)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk(
    database: Database, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    async def fill_up() -> None:
        async with database.writing() as session:
            # SQLite's own stand-in for a disk without room; a connection forgets it when closed.
            await session.execute(text("PRAGMA max_page_count = 1"))
            session.add_all(CustomerRow(id=f"{n}", name="Maria " * 1000) for n in range(100))

    with pytest.raises(DatabaseUnavailable, match="cannot grow: the disk is full; make room"):
        await fill_up()
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CustomerRow)) == 1
    await database.close()
    await assert_it_works_again(book, ledger, maria)


async def test_a_column_added_by_a_newer_version(
    database_url: str, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    await execute(database_url, "ALTER TABLE appointments ADD COLUMN room VARCHAR")
    await assert_it_works_again(book, ledger, maria)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_column_that_has_another_type_now(
    database_url: str, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    await execute(database_url, "ALTER TABLE appointments ALTER COLUMN service TYPE VARCHAR(99)")
    # The statement that the connection had prepared is refused once, then prepared again.
    with pytest.raises(BookUnavailable, match="cannot be reached or is too slow"):
        await book.appointment("a-1")
    await assert_it_works_again(book, ledger, maria)


async def test_a_table_renamed_and_put_back(
    database_url: str, book: SqlBook, ledger: Ledger, maria: Appointment
) -> None:
    await execute(database_url, "ALTER TABLE calls RENAME TO elsewhere")
    with pytest.raises(DatabaseUnavailable):
        await ledger.open_call("call-1", PHONE, ["a-1"])
    await execute(database_url, "ALTER TABLE elsewhere RENAME TO calls")
    await assert_it_works_again(book, ledger, maria)
