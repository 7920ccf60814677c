"""What the practice decides: late changes, and whom to put a customer through to."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from reception.appointments.models import AppointmentStatus
from reception.calls.call import Call
from reception.calls.evidence import TransferAccepted
from reception.calls.ledger import TaskReason
from reception.calls.outcome import OutcomeKind
from reception.calls.result import DecisionKind, RequestKind
from reception.line.hang_up import HangUp
from reception.line.text_line import TextLine
from reception.practice import LateChange, LateChanges
from tests.conversations.rehearsal import NOW, Rehearsal, all_said, maria

NOTE = "With less than two days' notice there is a fee of forty dollars."
STAFF = "+12175550177"


def late(house: Rehearsal, **rule: object) -> Rehearsal:
    """The appointment is tomorrow, and two days of notice are asked for."""
    return house.with_practice(late_changes=LateChanges.model_validate({"hours": 48, **rule}))


class TestLateChanges:
    async def test_who_cancels_late_hears_what_it_costs_before_the_question(
        self, house: Rehearsal
    ) -> None:
        call, line = await late(house, note=NOTE).begin()
        for text in ("Yes.", "Please cancel it."):
            await line.says(text)
        told = call.turns[-1]
        assert told.text.startswith(NOTE)
        assert told.asks is not None
        assert told.asks.question == "cancel_sure"
        await line.says("Yes.")
        assert call.decisions["maria-1"].kind is DecisionKind.CANCELLED
        await line.hangs_up()

    async def test_it_is_told_once(self, house: Rehearsal) -> None:
        lines = ("Yes.", "Please cancel it.", "What was that?", "No.", "Could I come Friday?")
        call = await late(house, note=NOTE).call(*lines)
        assert all_said(call).count(NOTE) == 1

    async def test_who_moves_late_hears_it_before_the_times(self, house: Rehearsal) -> None:
        call = await late(house, note=NOTE).call("Yes.", "Could I come Friday?")
        assert call.turns[-1].text.startswith(NOTE)

    @pytest.mark.parametrize(
        ("rule", "lines"),
        [
            ({"cancel": LateChange.DESK}, ("Please cancel it.", "Yes.")),
            ({"move": LateChange.DESK}, ("Could I come Friday?", "The first one.")),
        ],
    )
    async def test_what_only_the_desk_may_do_becomes_its_task(
        self, house: Rehearsal, rule: dict[str, object], lines: tuple[str, ...]
    ) -> None:
        call = await late(house, **rule).call("Yes.", *lines, "No, bye.")
        kept = await house.book.appointment("maria-1")
        assert (kept.status, kept.starts_at) == (AppointmentStatus.SCHEDULED, maria().starts_at)
        assert call.outcome.kind is OutcomeKind.CHANGE_REQUESTED
        (task,) = await house.ledger.tasks()
        assert task.reason is TaskReason.CHANGE_WANTED
        assert "passed on" in all_said(call)

    async def test_who_is_in_time_hears_nothing_of_it(self, house: Rehearsal) -> None:
        rule = late(house, hours=24, cancel=LateChange.DESK, note=NOTE)
        call = await rule.call("Yes.", "Please cancel it.", "Yes.", "No, bye.")
        assert NOTE not in all_said(call)
        assert call.outcome.kind is OutcomeKind.CANCELLED


Transfer = Callable[[str], Awaitable[bool]]


async def accepts(number: str) -> bool:
    return number == STAFF


async def refuses(number: str) -> bool:
    return False


async def on_a_line_that(transfer: Transfer, house: Rehearsal) -> tuple[Call, TextLine]:
    """A call to the practice whose desk has a number, on a line that can put people through."""
    location = house.practice.locations["main-street"].model_copy(update={"staff_number": STAFF})
    call, line = await house.with_practice(locations={"main-street": location}).begin()
    assert isinstance(call.line, HangUp)
    call.line._transfer = transfer
    return call, line


class TestStaffPlease:
    async def test_in_opening_hours_they_are_put_through(self, house: Rehearsal) -> None:
        call, line = await on_a_line_that(accepts, house)
        await line.says("Yes.")
        await line.says("Can I talk to somebody at the desk?")
        assert line.ended
        await line.close()
        assert call.outcome.kind is OutcomeKind.TRANSFERRED
        assert TransferAccepted(STAFF) in call.outcome.evidence
        assert await house.ledger.tasks() == ()

    async def test_where_nobody_takes_the_call_the_desk_gets_a_task(self, house: Rehearsal) -> None:
        call, line = await on_a_line_that(refuses, house)
        await line.says("Yes.")
        await line.says("Can I talk to somebody at the desk?")
        assert not line.ended
        assert [task.reason for task in await house.ledger.tasks()] == [TaskReason.STAFF_WANTED]
        await line.says("Yes, I'll be there.")
        assert call.decisions["maria-1"].kind is DecisionKind.CONFIRMED
        await line.hangs_up()

    async def test_after_hours_they_hear_when_the_desk_calls(self, house: Rehearsal) -> None:
        evening = house.at(NOW.replace(hour=18))
        lines = ("Yes.", "Can I talk to somebody at the desk?", "Yes, I'll be there.", "No, bye.")
        call = await evening.call(*lines)
        assert "eight in the morning" in all_said(call)
        (asked,) = (request for request in call.requests if request.kind is RequestKind.STAFF)
        assert asked.when == NOW.replace(hour=8) + timedelta(days=1)
