"""A call that is given to a worker: taken once, alive while it says so, and settled by others."""

from datetime import timedelta

import pytest

from reception.appointments.models import WriteKey
from reception.calls.abandoned import PATIENCE, settle_abandoned
from reception.calls.evidence import LineReport
from reception.calls.ledger import CallTakenError
from reception.calls.records import PlacedCall, TaskReason
from reception.calls.result import Ended, Ending
from reception.calls.settle import settle_unmade
from tests.conversations.rehearsal import NOW, Rehearsal, maria

PHONE = "+12175550142"
CALL = PlacedCall("call-1", PHONE, ("maria-1",), rehearsal=False)


@pytest.fixture
async def placed(house: Rehearsal) -> Rehearsal:
    await house.file(maria())
    await house.ledger.place_call(CALL)
    return house


async def test_a_call_is_taken_once(placed: Rehearsal) -> None:
    assert not await placed.ledger.claimed(CALL.id)
    assert await placed.ledger.claim(CALL.id) == CALL
    assert await placed.ledger.claimed(CALL.id)
    with pytest.raises(CallTakenError, match="taken before"):
        await placed.ledger.claim(CALL.id)


async def test_what_was_never_placed_is_not_taken(house: Rehearsal) -> None:
    with pytest.raises(CallTakenError, match="never placed"):
        await house.ledger.claim("call-9")


async def test_what_nobody_took_can_be_settled_and_then_not_taken(placed: Rehearsal) -> None:
    ending = Ending(Ended.FAILED, LineReport(reason="no worker took the call"))
    assert await settle_unmade(placed.ledger, CALL, ending)
    assert not await settle_unmade(placed.ledger, CALL, ending)
    settled = await placed.ledger.settled(CALL.id)
    assert settled is not None
    assert (settled.kind, settled.evidence[0]["reason"]) == ("failed", "no worker took the call")
    assert settled.dollars == 0
    with pytest.raises(CallTakenError):
        await placed.ledger.claim(CALL.id)


class TestAbandoned:
    async def test_a_process_that_lives_is_left_alone(self, placed: Rehearsal) -> None:
        await placed.ledger.claim(CALL.id)
        later = placed.at(NOW + PATIENCE * 2)
        await later.ledger.lives(CALL.id)
        assert await settle_abandoned(later.ledger, later.book) == ()

    async def test_a_call_in_text_has_no_process_to_watch(self, house: Rehearsal) -> None:
        _, line = await house.begin()
        later = house.at(NOW + timedelta(hours=1))
        assert await settle_abandoned(later.ledger, later.book) == ()
        await line.hangs_up()

    async def test_a_silent_one_was_dropped_and_becomes_the_desks_task(
        self, placed: Rehearsal
    ) -> None:
        await placed.ledger.claim(CALL.id)
        later = placed.at(NOW + PATIENCE * 2)
        assert await settle_abandoned(later.ledger, later.book) == (CALL.id,)
        assert await settle_abandoned(later.ledger, later.book) == ()
        settled = await placed.ledger.settled(CALL.id)
        assert settled is not None
        assert settled.kind == "dropped"
        assert settled.evidence[0]["reason"] == "the process that held the call died"
        assert settled.dollars is None, "what it used died with it"
        (task,) = await placed.ledger.tasks()
        assert task.reason is TaskReason.UNRESOLVED

    async def test_what_was_written_before_counts(self, placed: Rehearsal) -> None:
        await placed.ledger.claim(CALL.id)
        await placed.book.confirm(
            await placed.book.appointment("maria-1"),
            WriteKey(call_id=CALL.id, invocation="confirm 1"),
        )
        later = placed.at(NOW + PATIENCE * 2)
        await settle_abandoned(later.ledger, later.book)
        settled = await placed.ledger.settled(CALL.id)
        assert settled is not None
        assert settled.kind == "confirmed"
        assert settled.evidence[0]["proof"] == "Receipt"
        assert await placed.ledger.tasks() == ()

    async def test_an_opt_out_counts_too(self, placed: Rehearsal) -> None:
        await placed.ledger.claim(CALL.id)
        await placed.ledger.stop_calling(PHONE, CALL.id)
        later = placed.at(NOW + PATIENCE * 2)
        await settle_abandoned(later.ledger, later.book)
        settled = await placed.ledger.settled(CALL.id)
        assert settled is not None
        assert settled.kind == "opted_out"
