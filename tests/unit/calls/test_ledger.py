"""The ledger: each call once, each outcome once, and what people asked of us for good."""

import asyncio
from datetime import UTC, datetime

import pytest

from reception.appointments.models import Consent, WriteKey
from reception.calls.evidence import LineReport
from reception.calls.ledger import CallTakenError, Ledger
from reception.calls.records import PlacedCall, TaskReason
from reception.calls.result import Ended, Ending
from reception.calls.tables import AttemptRow, StaffTaskRow
from reception.database import Database

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
PHONE = "+12175550142"
OUTCOME = {
    "kind": "busy",
    "evidence": [],
    "decisions": [],
    "requests": [],
    "manner": {},
    "cost": {},
}


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, lambda: NOW)


async def test_a_call_is_opened_once(ledger: Ledger) -> None:
    await ledger.open_call("call-1", PHONE, ["a-1"])
    with pytest.raises(CallTakenError):
        await ledger.open_call("call-1", PHONE, ["a-1"])


async def test_of_many_that_want_a_placed_call_one_gets_it(ledger: Ledger) -> None:
    await ledger.place_call(PlacedCall("call-1", PHONE, ("a-1",), rehearsal=False))
    wanted = (ledger.claim("call-1") for _ in range(5))
    told = await asyncio.gather(*wanted, return_exceptions=True)
    assert [one.id for one in told if isinstance(one, PlacedCall)] == ["call-1"]
    assert sum(isinstance(one, CallTakenError) for one in told) == 4


async def test_an_outcome_is_written_once(ledger: Ledger) -> None:
    await ledger.open_call("call-1", PHONE, ["a-1"])
    ended = Ending(Ended.BUSY, LineReport(486, "Busy Here"))
    assert await ledger.settle("call-1", ended, **OUTCOME)  # type: ignore[arg-type]
    assert not await ledger.settle("call-1", ended, **{**OUTCOME, "kind": "confirmed"})  # type: ignore[arg-type]
    settled = await ledger.settled("call-1")
    assert settled is not None
    assert (settled.kind, settled.settled_at) == ("busy", NOW)


async def test_how_the_line_ended_stands_at_its_attempt(ledger: Ledger, database: Database) -> None:
    await ledger.open_call("call-1", PHONE, ["a-1"])
    await ledger.settle("call-1", Ending(Ended.BUSY, LineReport(486, "Busy Here")), **OUTCOME)  # type: ignore[arg-type]
    async with database.reading() as session:
        attempt = await session.get_one(AttemptRow, ("call-1", 1))
    assert (attempt.ended, attempt.sip_status, attempt.reason) == ("busy", 486, "Busy Here")


async def test_a_call_that_was_cut_off_has_no_outcome(ledger: Ledger) -> None:
    await ledger.open_call("call-1", PHONE, ["a-1"])
    assert await ledger.settled("call-1") is None


async def test_an_opt_out_is_kept_with_its_first_date_and_withdraws_consent(ledger: Ledger) -> None:
    await ledger.open_call("call-1", PHONE, ["a-1"])
    assert await ledger.consent(PHONE) is Consent.UNKNOWN
    entry = await ledger.stop_calling(PHONE, "call-1")
    assert entry == await ledger.stop_calling(PHONE, None)
    assert await ledger.do_not_call(PHONE) == entry
    assert await ledger.do_not_call("+12175550199") is None
    assert await ledger.consent(PHONE) is Consent.REFUSED


async def test_a_task_is_filed_once_for_each_invocation(ledger: Ledger, database: Database) -> None:
    await ledger.open_call("call-1", PHONE, ["a-1"])
    key = WriteKey(call_id="call-1", invocation="tool-1")
    first = await ledger.file_task(key, TaskReason.CALL_BACK, "Please call Maria.")
    assert await ledger.file_task(key, TaskReason.CALL_BACK, "Please call Maria.") == first
    other = WriteKey(call_id="call-1", invocation="tool-2")
    assert await ledger.file_task(other, TaskReason.CALL_BACK, "Please call Maria.") != first
    async with database.reading() as session:
        task = await session.get_one(StaffTaskRow, first.task_id)
    assert (task.note, task.closed_at) == ("Please call Maria.", None)
