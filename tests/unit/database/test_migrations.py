"""The migrations add up to the tables in the code."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from reception.database import Base
from reception.database.address import address
from reception.database.engine import migrating_engine
from reception.database.migrate import config, migrate
from reception.database.migrations.__main__ import TABLES
from tests.postgres import Databases


@pytest.mark.parametrize("module", TABLES)
def test_every_module_of_tables_is_there(module: str) -> None:
    import_module(module)


@pytest.fixture(params=["sqlite", "postgres"])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database without a table, of either kind in turn."""
    match request.param:
        case "sqlite":
            yield address(f"sqlite:///{tmp_path}/new.db")
        case "postgres":
            databases: Databases = request.getfixturevalue("postgres")
            with databases.empty() as url:
                yield address(url)


@pytest.fixture
async def migrated(new: URL) -> AsyncIterator[AsyncConnection]:
    """A connection to that database, brought up to date."""
    await asyncio.to_thread(migrate, new)
    engine = migrating_engine(new)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def test_the_migrated_database_is_what_the_tables_say(migrated: AsyncConnection) -> None:
    for module in TABLES:
        import_module(module)

    def differences(connection: Connection) -> list[Any]:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        return found

    assert await migrated.run_sync(differences) == []


async def test_every_migration_can_be_undone(migrated: AsyncConnection) -> None:
    def undo(connection: Connection) -> list[str]:
        command.downgrade(config(connection), "base")
        return inspect(connection).get_table_names()

    assert await migrated.run_sync(undo) == ["alembic_version"]
