"""Write the next migration: ``python -m reception.database.migrations "what it does"``.

It compares the tables in the code with what the migrations so far add up to.
"""

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from reception.database.address import address
from reception.database.engine import migrating_engine
from reception.database.migrate import config, migrate

TABLES = ("reception.appointments.tables", "reception.calls.tables")
"""The modules whose tables make up the database."""


def _revise(connection: Connection, what: str) -> None:
    settings = config(connection)
    number = len(list(ScriptDirectory.from_config(settings).walk_revisions())) + 1
    command.revision(settings, message=what, autogenerate=True, rev_id=f"{number:04}")


async def _compare(folder: Path, what: str) -> None:
    engine = migrating_engine(address(f"sqlite:///{folder}/empty.db"))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_revise, what)
    finally:
        await engine.dispose()


def main(what: str) -> None:
    for module in TABLES:
        import_module(module)
    with TemporaryDirectory() as folder:
        migrate(address(f"sqlite:///{folder}/empty.db"))
        asyncio.run(_compare(Path(folder), what))


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
