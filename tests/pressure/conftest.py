import pytest

from reception.database import Database
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.rehearsal import Rehearsal


@pytest.fixture
def house(database: Database) -> Rehearsal:
    """The practice that we ship, with an empty book, on either kind of database in turn."""
    return Rehearsal(database, load_practice(PROJECT / "practice.yaml"))
