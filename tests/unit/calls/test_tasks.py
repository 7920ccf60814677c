"""The desk's tasks: listed oldest first until they are closed, and closed once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reception.appointments.models import WriteKey
from reception.calls.ledger import Ledger, TaskNotFoundError
from reception.calls.records import StaffTask, TaskReason
from reception.database import Database, open_database

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
PHONE = "+12175550142"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite:///{tmp_path}/ledger.db")
    yield database
    await database.close()


@pytest.fixture
async def ledger(database: Database, clock: Clock) -> Ledger:
    ledger = Ledger(database, clock)
    await ledger.open_call("call-1", PHONE, ["a-1", "a-2"])
    return ledger


async def file(ledger: Ledger, invocation: str, appointment_id: str | None = None) -> str:
    key = WriteKey(call_id="call-1", invocation=invocation)
    filed = await ledger.file_task(key, TaskReason.CALL_BACK, "Please call.", appointment_id)
    return filed.task_id


async def test_nothing_was_filed(ledger: Ledger) -> None:
    assert await ledger.tasks() == ()


async def test_a_task_knows_its_call_and_its_appointment(ledger: Ledger) -> None:
    task_id = await file(ledger, "tool-1", "a-2")
    assert await ledger.tasks() == (
        StaffTask(
            id=task_id,
            reason=TaskReason.CALL_BACK,
            note="Please call.",
            call_id="call-1",
            phone=PHONE,
            appointment_ids=("a-2",),
            filed_at=NOW,
            closed_at=None,
        ),
    )


async def test_a_task_without_an_appointment_is_about_all_of_its_calls(ledger: Ledger) -> None:
    await file(ledger, "tool-1")
    (task,) = await ledger.tasks()
    assert task.appointment_ids == ("a-1", "a-2")


async def test_the_oldest_comes_first(ledger: Ledger, clock: Clock) -> None:
    later = []
    for number in range(5):
        clock.now = NOW - timedelta(hours=number)
        later.append(await file(ledger, f"tool-{number}"))
    assert [task.id for task in await ledger.tasks()] == later[::-1]


async def test_a_closed_task_is_listed_only_when_asked_for(ledger: Ledger, clock: Clock) -> None:
    first, second = await file(ledger, "tool-1"), await file(ledger, "tool-2")
    clock.now = NOW + timedelta(hours=1)
    assert await ledger.close_task(first)
    assert [task.id for task in await ledger.tasks()] == [second]
    closed = {task.id: task.closed_at for task in await ledger.tasks(also_closed=True)}
    assert closed == {first: NOW + timedelta(hours=1), second: None}


async def test_a_task_is_closed_once_and_keeps_when(ledger: Ledger, clock: Clock) -> None:
    task_id = await file(ledger, "tool-1")
    assert await ledger.close_task(task_id)
    clock.now = NOW + timedelta(hours=1)
    assert not await ledger.close_task(task_id)
    (task,) = await ledger.tasks(also_closed=True)
    assert task.closed_at == NOW


async def test_a_task_that_nobody_filed_cannot_be_closed(ledger: Ledger) -> None:
    with pytest.raises(TaskNotFoundError, match="x-1"):
        await ledger.close_task("x-1")
