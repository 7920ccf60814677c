"""The database: opened by many at once, with transactions that mean what they say."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Mapped, mapped_column

from reception.appointments.tables import CellRow, CustomerRow
from reception.database import (
    Base,
    Database,
    DatabaseError,
    DatabaseUnavailable,
    UtcDateTime,
    open_database,
)
from tests.postgres import Databases
from tests.pressure.another_program import locked


@pytest.fixture
async def in_a_file(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of SQLite, for what only SQLite does."""
    database = await open_database(f"sqlite:///{tmp_path}/book.db")
    yield database
    await database.close()


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        return [row[0] for row in await session.execute(text("SELECT name FROM customers"))]


class TestOpening:
    async def test_makes_a_file_and_finds_it_again(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/new.db"
        first = await open_database(url)
        async with first.writing() as session:
            session.add(CustomerRow(id="maria", name="Maria"))
        await first.close()
        second = await open_database(url)
        assert await names(second) == ["Maria"]
        await second.close()

    async def test_a_path_may_be_relative(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        await (await open_database("sqlite:///here.db")).close()
        assert (tmp_path / "here.db").exists()

    async def test_sqlite_is_set_up(self, in_a_file: Database) -> None:
        async with in_a_file.reading() as session:
            for pragma, value in {
                "journal_mode": "wal",
                "foreign_keys": 1,
                "busy_timeout": 2000,
            }.items():
                assert await session.scalar(text(f"PRAGMA {pragma}")) == value

    async def test_many_tasks_may_open_one_new_database(self, postgres: Databases) -> None:
        with postgres.empty() as url:
            for database in await asyncio.gather(*(open_database(url) for _ in range(4))):
                assert await names(database) == []
                await database.close()

    async def test_many_tasks_may_open_one_new_file(self, tmp_path: Path) -> None:
        urls = [f"sqlite:///{tmp_path}/{number % 2}.db" for number in range(8)]
        for database in await asyncio.gather(*map(open_database, urls)):
            assert await names(database) == []
            await database.close()

    async def test_many_processes_may_open_one_new_file(self, tmp_path: Path) -> None:
        program = (
            "import asyncio, sys\n"
            "from reception.database import open_database\n"
            "sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.readline()\n"
            "asyncio.run(open_database(sys.argv[1]))\n"
        )
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                program,
                f"sqlite:///{tmp_path}/new.db",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            await process.stdout.readline()
        ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        assert [process.returncode for process in processes] == [0] * 4, ended

    async def test_does_not_wait_for_a_writer_when_it_is_up_to_date(
        self, database_url: str
    ) -> None:
        async with locked(database_url, "appointments", "alembic_version"), asyncio.timeout(1):
            await (await open_database(database_url)).close()


class TestWhatCannotBeOpened:
    async def refusal(self, url: str) -> str:
        with pytest.raises(DatabaseError) as refused:
            await open_database(url)
        return str(refused.value)

    async def test_another_kind_of_database(self) -> None:
        refusal = await self.refusal("mysql://ann:secret@localhost/book")
        assert "allowed is sqlite:///FILE or postgresql://" in refusal
        assert "secret" not in refusal

    @pytest.mark.parametrize("url", ["", "book.db", "postgresql://host:port/book"])
    async def test_no_address(self, url: str) -> None:
        assert "allowed is sqlite:///FILE or postgresql://" in await self.refusal(url)

    async def test_an_address_with_an_unknown_setting(self) -> None:
        refusal = await self.refusal("postgresql://localhost/book?channel_binding=require")
        assert "says channel_binding; only sslmode is known" in refusal

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
    async def test_no_file(self, url: str) -> None:
        assert "names no file" in await self.refusal(url)

    async def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        refusal = await self.refusal(f"sqlite:///{tmp_path}/nowhere/book.db")
        assert f"create {tmp_path}/nowhere" in refusal

    async def test_a_folder(self, tmp_path: Path) -> None:
        assert "is a folder" in await self.refusal(f"sqlite:///{tmp_path}")

    async def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("not a database " * 100)
        assert "is not a database" in await self.refusal(f"sqlite:///{tmp_path}/notes.txt")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write every file")
    async def test_a_file_that_may_not_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "book.db").touch(mode=0)
        assert "may be read and written" in await self.refusal(f"sqlite:///{tmp_path}/book.db")

    async def test_a_database_of_a_newer_program(
        self, database: Database, database_url: str
    ) -> None:
        async with database.writing() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = 'future'"))
        assert "update the program" in await self.refusal(database_url)

    async def test_a_server_that_is_not_there(self) -> None:
        refusal = await self.refusal("postgresql://ann:secret@127.0.0.1:1/book")
        assert "book on 127.0.0.1:1 cannot be reached" in refusal
        assert "secret" not in refusal


class TestTransactions:
    async def test_are_kept_when_their_block_ends(self, database: Database) -> None:
        async with database.writing() as session:
            session.add(CustomerRow(id="maria", name="Maria"))
        assert await names(database) == ["Maria"]

    async def test_are_undone_when_their_block_raises(self, database: Database) -> None:
        async def give_up() -> None:
            async with database.writing() as session:
                session.add(CustomerRow(id="maria", name="Maria"))
                await session.flush()
                raise LookupError

        with pytest.raises(LookupError):
            await give_up()
        assert await names(database) == []

    async def test_for_reading_keep_nothing(self, database: Database) -> None:
        async with database.reading() as session:
            session.add(CustomerRow(id="maria", name="Maria"))
            await session.flush()
        assert await names(database) == []

    async def test_for_reading_see_one_moment(self, database: Database) -> None:
        async with database.reading() as session:
            count = text("SELECT count(*) FROM customers")
            assert await session.scalar(count) == 0
            async with database.writing() as other:
                other.add(CustomerRow(id="maria", name="Maria"))
            assert await session.scalar(count) == 0

    async def test_for_writing_take_turns(self, in_a_file: Database) -> None:
        async def count_up() -> None:
            async with in_a_file.writing() as session:
                known = await session.scalar(text("SELECT count(*) FROM customers"))
                await asyncio.sleep(0)
                session.add(CustomerRow(id=str(known), name="Maria"))

        await asyncio.gather(*(count_up() for _ in range(10)))
        assert len(await names(in_a_file)) == 10

    async def test_mind_foreign_keys(self, database: Database) -> None:
        async def point_nowhere() -> None:
            async with database.writing() as session:
                session.add(
                    CellRow(provider="chen", starts_at=datetime.now(UTC), appointment_id="nobody")
                )

        with pytest.raises(IntegrityError):
            await point_nowhere()

    async def test_are_unavailable_while_another_program_holds_the_tables(
        self, database: Database, database_url: str
    ) -> None:
        async with locked(database_url, "customers"):
            with pytest.raises(DatabaseUnavailable, match="is locked by another program"):
                async with database.writing() as session:
                    session.add(CustomerRow(id="maria", name="Maria"))
            assert await names(database) == []

    async def test_are_unavailable_when_the_disk_is_full(self, in_a_file: Database) -> None:
        async def fill_up() -> None:
            async with in_a_file.writing() as session:
                # SQLite's own stand-in for a disk that has no room for another page.
                await session.execute(text("PRAGMA max_page_count = 1"))
                for number in range(100):
                    session.add(CustomerRow(id=str(number), name="Maria " * 1000))

        with pytest.raises(DatabaseUnavailable, match="disk is full"):
            await fill_up()

    async def test_leave_other_errors_of_their_block_alone(self, database: Database) -> None:
        with pytest.raises(FileNotFoundError):
            async with database.reading():
                raise FileNotFoundError


class MomentRow(Base):
    __tablename__ = "test_moments"
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)


# Of this test alone; the migrations know nothing of it.
MOMENTS = MomentRow.__table__
Base.metadata.remove(MOMENTS)  # type: ignore[arg-type]


class TestMoments:
    @pytest.fixture(autouse=True)
    async def _table(self, database: Database) -> None:
        async with database.writing() as session:
            await session.run_sync(lambda sync: MOMENTS.create(sync.connection()))  # type: ignore[attr-defined]

    async def test_come_back_in_utc(self, database: Database) -> None:
        noon = datetime(2026, 3, 3, 12, tzinfo=timezone(timedelta(hours=-6)))
        async with database.writing() as session:
            session.add(MomentRow(at=noon))
        async with database.reading() as session:
            (row,) = (await session.execute(text("SELECT at FROM test_moments"))).all()
            assert str(row[0]).startswith("2026-03-03 18:00:00")
            found = await session.get_one(MomentRow, noon)
        assert found.at == noon
        assert found.at.tzinfo is UTC

    async def test_need_a_zone(self, database: Database) -> None:
        with pytest.raises(StatementError, match="has no time zone"):
            async with database.writing() as session:
                session.add(MomentRow(at=datetime(2026, 3, 3, 12)))  # noqa: DTZ001
