import pytest

from reception.appointments.sql_book import SqlBook
from reception.database import Database
from reception.practice import Practice
from tests.unit.appointments.given import NOW, a_practice


@pytest.fixture
def practice() -> Practice:
    return a_practice()


@pytest.fixture
def book(database: Database, practice: Practice) -> SqlBook:
    return SqlBook(database, practice, clock=lambda: NOW)
