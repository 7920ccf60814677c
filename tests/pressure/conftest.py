import pytest

from reception.database import Database
from reception.practice import Practice
from tests.conversations.rehearsal import Rehearsal


@pytest.fixture
def house(database: Database, shipped: Practice) -> Rehearsal:
    """The practice that we ship, with an empty book, on either kind of database in turn."""
    return Rehearsal(database, shipped)
