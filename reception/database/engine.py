"""Connections: SQLite with transactions of its own, or PostgreSQL."""

from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

BUSY_SECONDS = 2.0
"""How long we wait for another writer before we say that the database is locked."""

CONNECT_SECONDS = 5.0
"""How long a PostgreSQL server may take to answer the door."""

BEGIN = "begin_with"
"""Execution option: the statement that begins a transaction on SQLite."""


def working_engine(url: URL) -> AsyncEngine:
    """The engine that the program works with."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, "PRAGMA foreign_keys=ON", {})
    # A server that was restarted leaves dead connections behind; ask before each use. Of itself it
    # waits for a lock for ever, and a call with it.
    patience = {"lock_timeout": f"{BUSY_SECONDS * 1000:.0f}"}
    return create_async_engine(
        url,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_SECONDS, "server_settings": patience},
    )


def migrating_engine(url: URL) -> AsyncEngine:
    """An engine for one migration."""
    if url.get_backend_name() == "sqlite":
        # Alembic rebuilds a table to alter it; with foreign keys on, dropping the old one would
        # delete the rows that point to it. Write-ahead mode stays with the file once it is set.
        return _sqlite(url, "PRAGMA journal_mode=WAL", {"poolclass": NullPool})
    return create_async_engine(url, poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS})


def writing(engine: AsyncEngine) -> AsyncEngine:
    """The same engine, whose transactions take SQLite's write lock before they look.

    A transaction that reads first and writes later fails at once when another wrote in between;
    no waiting helps it. PostgreSQL knows no such thing.
    """
    return engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})


def reading(engine: AsyncEngine) -> AsyncEngine:
    """The same engine, whose transactions see one moment: SQLite's do of themselves."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _sqlite(url: URL, pragma: str, options: dict[str, Any]) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, **options)

    # SQLAlchemy's recipe for real transactions: docs, dialects, SQLite, "Using SQLAlchemy to emit
    # BEGIN in lieu of SQLite's transaction control". The driver's own would not cover reads or DDL.
    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))

    return engine
