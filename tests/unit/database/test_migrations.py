"""The migrations add up to the tables in the code."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from reception.database import Base
from reception.database.address import address
from reception.database.migrate import config, migrate
from reception.database.migrations.__main__ import TABLES


@pytest.mark.parametrize("module", TABLES)
def test_every_module_of_tables_is_there(module: str) -> None:
    import_module(module)


def test_the_migrated_database_is_what_the_tables_say(tmp_path: Path) -> None:
    for module in TABLES:
        import_module(module)
    migrate(address(f"sqlite:///{tmp_path}/new.db"))
    engine = create_engine(f"sqlite:///{tmp_path}/new.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_every_migration_can_be_undone(tmp_path: Path) -> None:
    migrate(address(f"sqlite:///{tmp_path}/new.db"))
    engine = create_engine(f"sqlite:///{tmp_path}/new.db")
    with engine.begin() as connection:
        command.downgrade(config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
