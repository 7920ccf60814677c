"""Another program at our database, which gets in our way."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url


def file_of(url: str) -> Path | None:
    """The database's file; None when it is on a server."""
    parsed = make_url(url)
    return Path(str(parsed.database)) if parsed.drivername == "sqlite" else None


@asynccontextmanager
async def locked(url: str, *tables: str) -> AsyncIterator[None]:
    """While the block runs, another holds the tables: they may be read, but not written.

    On SQLite that is always the whole file.
    """
    file = file_of(url)
    if file is not None:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.rollback()
        return
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
            yield
    finally:
        await other.close()


async def execute(url: str, statement: str) -> None:
    """Carry out one statement, as a desk's own tool or a newer version of ours does."""
    file = file_of(url)
    if file is not None:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute(statement)
        return
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
