"""Opening the database, and transactions on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from reception.database import address
from reception.database.engine import reading, working_engine, writing
from reception.database.errors import connection_trouble, driver_trouble
from reception.database.migrate import migrate


class Database:
    """The program's database, open. Close it when done."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading_engine = reading(engine)
        self._writing_engine = writing(engine)
        self._name = address.name(engine.url)
        # SQLite's own waiting for the write lock is unfair: of many calls in one process some
        # would wait past their patience. In line they all get their turn.
        in_line = engine.dialect.name == "sqlite"
        self._turn = asyncio.Lock() if in_line else nullcontext()

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that only looks, at one moment; what is written in it is not kept.

        Raises ``DatabaseUnavailable``.
        """
        return self._session(self._reading_engine)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that is kept when its block ends, and undone when the block raises.

        On SQLite there is one at a time. Raises ``DatabaseUnavailable``, also when keeping fails.
        """
        async with self._turn, self._session(self._writing_engine) as session:
            yield session
            await session.commit()

    async def close(self) -> None:
        """Close every connection. A file that was only this program's is then one file again."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        with driver_trouble(self._name):
            async with AsyncSession(engine, expire_on_commit=False) as session:
                with connection_trouble(self._name):
                    await session.connection()
                yield session


async def open_database(url: str) -> Database:
    """Open the database at ``sqlite:///FILE`` or ``postgresql://…``, brought up to date.

    A file that does not exist is made. Several processes may open the same one at once. Raises
    ``DatabaseError`` when the address, the file or the server cannot be used.
    """
    at = address.address(url)
    await asyncio.to_thread(migrate, at)
    return Database(working_engine(at))


async def take_turn(session: AsyncSession, what: str) -> None:
    """Until the end of this writing transaction, keep out others that take a turn at ``what``.

    SQLite lets nobody else write anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": what})
