from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reception.appointments.sql_book import SqlBook
from reception.database import Database, open_database
from reception.practice import Practice
from tests.unit.appointments.given import NOW, a_practice


@pytest.fixture
def practice() -> Practice:
    return a_practice()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/book.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url)
    yield database
    await database.close()


@pytest.fixture
def book(database: Database, practice: Practice) -> SqlBook:
    return SqlBook(database, practice, clock=lambda: NOW)
