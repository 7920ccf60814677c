import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reception.database import open_database
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.rehearsal import Rehearsal


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, made once and copied for each test."""
    file = tmp_path_factory.mktemp("database") / "empty.db"

    async def make() -> None:
        await (await open_database(f"sqlite:///{file}")).close()

    asyncio.run(make())
    return file


@pytest.fixture
async def house(empty_database: Path, tmp_path: Path) -> AsyncIterator[Rehearsal]:
    """The practice that we ship, with an empty book."""
    file = tmp_path / "reception.db"
    shutil.copy(empty_database, file)
    database = await open_database(f"sqlite:///{file}")
    yield Rehearsal(database, load_practice(PROJECT / "practice.yaml"))
    await database.close()
