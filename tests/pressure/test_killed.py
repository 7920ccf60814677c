"""A call killed at any moment leaves a book and a ledger that agree, and can be made up for."""

import asyncio
import multiprocessing
import random
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from reception.appointments.cells import cells
from reception.appointments.models import Appointment, AppointmentStatus
from reception.appointments.tables import AppointmentRow, CellRow, WriteRow
from reception.calls.ledger import CallTakenError
from reception.calls.tables import AttemptRow, CallRow, ConsentRow, DoNotCallRow, OutcomeRow
from reception.database import Database, open_database
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.rehearsal import NOW, Rehearsal, maria
from tests.postgres import Databases
from tests.pressure.caller import hold

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.pressure.caller"])

PHONE = "+12175550142"


@dataclass(frozen=True)
class Story:
    """What a customer says who wants one thing."""

    lines: list[str]
    status: AppointmentStatus = AppointmentStatus.SCHEDULED


STORIES = {
    "confirm": Story(["Yes, speaking.", "I'll be there.", "Bye!"], AppointmentStatus.CONFIRMED),
    "reschedule": Story(["Yes", "Could we do Wednesday?", "The first one.", "No, thanks, bye"]),
    "cancel": Story(["Yes", "Please cancel it.", "Yes.", "No."], AppointmentStatus.CANCELLED),
    "opt out": Story(["Stop calling me!"]),
}


@dataclass(frozen=True)
class Kept:
    """All that the database holds after a kill."""

    appointment: Appointment
    changed_by_call: bool
    cells: Sequence[CellRow]
    writes: Sequence[WriteRow]
    calls: Sequence[CallRow]
    attempts: Sequence[AttemptRow]
    outcomes: Sequence[OutcomeRow]
    blocked: Sequence[DoNotCallRow]
    consents: Sequence[ConsentRow]


async def kept(database: Database) -> Kept:
    async with database.reading() as session:
        row = await session.get_one(AppointmentRow, "maria-1")
        writes = await session.scalars(select(WriteRow).order_by(WriteRow.version))
        return Kept(
            row.as_appointment(),
            row.changed_by_call,
            (await session.scalars(select(CellRow))).all(),
            writes.all(),
            (await session.scalars(select(CallRow))).all(),
            (await session.scalars(select(AttemptRow))).all(),
            (await session.scalars(select(OutcomeRow))).all(),
            (await session.scalars(select(DoNotCallRow))).all(),
            (await session.scalars(select(ConsentRow))).all(),
        )


def eight_now_and_fifty_in_all() -> list[object]:
    return [*range(8), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(8, 50))]


@pytest.mark.parametrize("seed", eight_now_and_fifty_in_all())
async def test_a_killed_call_can_be_made_up_for(
    house: Rehearsal, database_url: str, moments: dict[str, int], seed: int
) -> None:
    name = list(STORIES)[seed % len(STORIES)]
    last = random.Random(seed).randint(1, moments[name])
    print(f"seed {seed}: {name}, killed at moment {last} of {moments[name]}")  # noqa: T201
    await house.file(maria())

    await asyncio.to_thread(hold_and_kill, database_url, STORIES[name], last)

    found = await kept(house.database)
    assert_the_book_is_consistent(found)
    assert_the_ledger_tells_what_happened(found)
    await assert_the_same_call_is_not_taken_again(house, found)
    await assert_another_call_writes_nothing_twice(house, STORIES[name])


def hold_and_kill(url: str, story: Story, last: int) -> None:
    with a_call(url, story, last) as (process, _):
        process.join()
        assert process.exitcode == -signal.SIGKILL, "the moment must lie within the call"


def counted(url: str, story: Story) -> int:
    """How many moments a call has that nobody kills."""
    with a_call(url, story, None) as (process, told):
        moments = told.recv()
        process.join()
        assert process.exitcode == 0
        assert isinstance(moments, int)
        return moments


@contextmanager
def a_call(
    url: str, story: Story, last: int | None
) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """A call in a process of its own, which has begun."""
    ours, theirs = FORKS.Pipe(duplex=False)
    process: ForkServerProcess = FORKS.Process(
        target=hold, args=(theirs, url, "killed", story.lines, last)
    )
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "begins"
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()


COUNTED: dict[tuple[str, str], int] = {}


@pytest.fixture
def moments(
    request: pytest.FixtureRequest, database_url: str, empty_database: Path, tmp_path: Path
) -> dict[str, int]:
    """How many moments each story has on this kind of database; every kill is one of them."""
    kind = database_url.partition(":")[0]
    for name, story in STORIES.items():
        if (kind, name) not in COUNTED:
            with a_database(request, kind, empty_database, tmp_path / f"{name}.db") as url:
                asyncio.run(write_maria(url))
                COUNTED[kind, name] = counted(url, story)
    return {name: COUNTED[kind, name] for name in STORIES}


@contextmanager
def a_database(request: pytest.FixtureRequest, kind: str, empty: Path, file: Path) -> Iterator[str]:
    """Another one of the same kind, with its tables and nothing in them."""
    if kind == "sqlite":
        shutil.copy(empty, file)
        yield f"sqlite:///{file}"
    else:
        databases: Databases = request.getfixturevalue("postgres")
        with databases.new() as url:
            yield url


async def write_maria(url: str) -> None:
    database = await open_database(url)
    await Rehearsal(database, load_practice(PROJECT / "practice.yaml")).file(maria())
    await database.close()


def assert_the_book_is_consistent(found: Kept) -> None:
    one = found.appointment
    expected = (
        []
        if one.status is AppointmentStatus.CANCELLED
        else [*cells(one.starts_at, one.starts_at + one.duration)]
    )
    assert sorted(cell.starts_at for cell in found.cells) == expected
    assert {(cell.provider, cell.appointment_id) for cell in found.cells} <= {
        (one.provider, one.id)
    }
    # Each version after the first has its write, and nothing has changed without one; a second
    # call that asks for what is so already leaves its key at the version it found.
    assert {write.version for write in found.writes} == set(range(2, one.version + 1))
    assert found.changed_by_call == bool(found.writes)
    if not found.writes:
        assert one == maria()


def assert_the_ledger_tells_what_happened(found: Kept) -> None:
    assert len(found.calls) == len(found.attempts) <= 1
    assert len(found.outcomes) <= len(found.calls)
    for attempt in found.attempts:
        # The end of the line and the outcome are one transaction.
        assert (attempt.ended is not None) == bool(found.outcomes)
    if found.writes or found.blocked:
        assert found.calls, "a call writes nothing before the ledger knows of it"
    assert [consent.consent for consent in found.consents] == ["refused"] * len(found.blocked)


async def assert_the_same_call_is_not_taken_again(house: Rehearsal, found: Kept) -> None:
    if not found.calls:
        return
    with pytest.raises(CallTakenError):
        await house.ledger.open_call("killed", PHONE, ["maria-1"])
    assert len((await kept(house.database)).attempts) == 1


async def assert_another_call_writes_nothing_twice(house: Rehearsal, story: Story) -> None:
    """The desk calls again, where it still may, and the customer wants the same."""
    before = await kept(house.database)
    due = await house.book.upcoming(PHONE, NOW + timedelta(days=30))
    if due and not before.blocked:
        has_moved = due[0].starts_at != maria().starts_at
        lines = STORIES["confirm"].lines if has_moved else story.lines
        call = await house.call(*lines, about=(maria(),))
        assert await house.ledger.settled(call.id) is not None
        if has_moved:
            assert (await house.book.appointment("maria-1")).starts_at == due[0].starts_at
    after = await kept(house.database)
    assert len(after.blocked) == len(after.consents) == (story is STORIES["opt out"])
    if story is STORIES["reschedule"]:
        assert after.appointment.starts_at != maria().starts_at
    else:
        # Confirmed or cancelled by the first call or by the second, but not by both.
        assert after.appointment.status is story.status
        assert after.appointment.version == (1 if story is STORIES["opt out"] else 2)
    assert_the_book_is_consistent(after)
