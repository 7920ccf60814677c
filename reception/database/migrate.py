"""Bringing a database up to date, however many open it at the same moment."""

import asyncio
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, text

from reception.database import address
from reception.database.engine import migrating_engine, writing
from reception.database.errors import DatabaseError, connection_trouble, driver_trouble

MIGRATIONS = Path(__file__).parent / "migrations"

# Alembic keeps the migration it is at in a global variable.
_one_at_a_time = threading.Lock()


def migrate(url: URL) -> None:
    """Bring the database to the latest revision; for a thread of its own, it blocks.

    Raises ``DatabaseError``.
    """
    name = address.name(url)
    try:
        with _one_at_a_time, driver_trouble(name), connection_trouble(name):
            asyncio.run(_migrate(url))
    except CommandError as error:
        raise DatabaseError(
            f"{name} was made by another version of this program ({error}); update the program."
        ) from error


def config(connection: Connection) -> Config:
    """Alembic's settings for working on ``connection``."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    return settings


async def _migrate(url: URL) -> None:
    engine = migrating_engine(url)
    try:
        # Look without the write lock first: a call must not wait because an import is writing.
        async with engine.connect() as connection:
            if await connection.run_sync(_is_up_to_date):
                return
        async with writing(engine).begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _is_up_to_date(connection: Connection) -> bool:
    latest = ScriptDirectory.from_config(config(connection)).get_heads()
    return MigrationContext.configure(connection).get_current_heads() == tuple(latest)


def _upgrade(connection: Connection) -> None:
    # SQLite's transaction holds the write lock already: whoever comes second waited for it, and
    # finds nothing left to do. PostgreSQL needs a lock of its own for that.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrate'))"))
    command.upgrade(config(connection), "head")
