import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path

import pytest

from reception.database import Database, open_database
from reception.practice import Practice, load_practice
from reception.settings import PROJECT
from reception.telemetry.logs import begin_logging
from tests.conversations.rehearsal import Rehearsal
from tests.postgres import REQUIRED, Databases, NoPostgres, Server
from tests.recorded_spans import RecordedSpans, recorded_spans
from tools import answer

PATIENCE_SECONDS = 30.0
"""No bound of the product's: what no busy machine takes."""


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, made once and copied for each test."""
    file = tmp_path_factory.mktemp("database") / "empty.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """A PostgreSQL server of this test process's own."""
    try:
        server = Server()
    except NoPostgres as missing:
        if REQUIRED:
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    try:
        server.create()
        server.execute(f"CREATE DATABASE {Databases.TEMPLATE}")
        _migrate(server.url(Databases.TEMPLATE))
        yield Databases(server)
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path
) -> Iterator[str]:
    """A database with its tables and nothing in them, of either kind in turn."""
    match request.param:
        case "sqlite":
            shutil.copy(empty_database, tmp_path / "book.db")
            yield f"sqlite:///{tmp_path}/book.db"
        case "postgres":
            databases: Databases = request.getfixturevalue("postgres")
            with databases.new() as url:
                yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def shipped() -> Practice:
    """The practice that we ship."""
    return load_practice(PROJECT / "practice.yaml")


@pytest.fixture
async def house(
    empty_database: Path, tmp_path: Path, shipped: Practice, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rehearsal]:
    """The practice that we ship, with an empty book. A disk that stands still is waited for."""
    monkeypatch.setattr(answer, "WONDER_SECONDS", PATIENCE_SECONDS)
    limits = shipped.limits.model_copy(update={"book_seconds": PATIENCE_SECONDS})
    file = tmp_path / "reception.db"
    shutil.copy(empty_database, file)
    database = await open_database(f"sqlite:///{file}")
    yield Rehearsal(database, shipped).with_practice(limits=limits)
    await database.close()


@pytest.fixture
def spans() -> Iterator[RecordedSpans]:
    """What this test's calls leave in a trace."""
    yield from recorded_spans()


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """All that is logged in this process, as its one handler writes it."""
    root, written = logging.getLogger(), StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(written)]
    begin_logging("DEBUG")
    yield written
    root.handlers[:], root.level = before, level


def _migrate(url: str) -> None:
    async def make() -> None:
        await (await open_database(url)).close()

    asyncio.run(make())
