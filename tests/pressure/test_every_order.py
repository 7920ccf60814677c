"""A call and the book through every order of events, against a model small enough to be right.

Whatever happens in whatever order: the book is what the receipts say, nobody's time is lost or
taken twice, no decision stands without its receipt, and a call ends once.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reception.appointments.book import SlotTaken, VersionConflict
from reception.appointments.models import (
    Appointment,
    AppointmentStatus,
    Change,
    Receipt,
    Slot,
    Wish,
    WriteKey,
)
from reception.calls.call import Call, NotVerifiedError
from reception.calls.evidence import LineReport, SaidInTurn
from reception.calls.ledger import CallTakenError
from reception.calls.outcome import OutcomeKind
from reception.calls.result import (
    NEEDS_LINE_REPORT,
    Decision,
    DecisionKind,
    Ended,
    Ending,
    Request,
    RequestKind,
)
from reception.calls.settle import settle
from reception.database import open_database
from reception.line.hang_up import HangUp
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.rehearsal import Rehearsal, maria

T = TypeVar("T")

CHANGES = {
    Change.CONFIRMED: DecisionKind.CONFIRMED,
    Change.CANCELLED: DecisionKind.CANCELLED,
    Change.RESCHEDULED: DecisionKind.RESCHEDULED,
}
IDS = ("maria-1", "maria-2")


@dataclass
class Kept:
    """One appointment as the model has it."""

    starts_at: datetime
    status: AppointmentStatus = AppointmentStatus.SCHEDULED


class EveryOrder(RuleBasedStateMachine):
    """One call about two appointments with one provider, while others write into the same book."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "book.db"
        shutil.copy(self.empty, file)
        self.house = self.run(self.open(f"sqlite:///{file}"))
        first = maria()
        second = maria(id="maria-2", starts_at=first.starts_at + timedelta(days=1))
        self.model = {a.id: Kept(a.starts_at) for a in (first, second)}
        self.run(self.house.file(first, second))
        self.call = Call.about(
            "call",
            (first, second),
            practice=self.house.practice,
            book=self.house.book,
            ledger=self.house.ledger,
            line=HangUp(drop=self.nothing),
        )
        self.run(self.house.ledger.open_call("call", self.call.brief.phone, IDS))
        self.slots: dict[str, tuple[Slot, ...]] = {}
        self.keys = itertools.count(1)
        self.written: list[tuple[Change, Appointment, Slot | None, Receipt]] = []

    async def open(self, url: str) -> Rehearsal:
        return Rehearsal(await open_database(url), load_practice(PROJECT / "practice.yaml"))

    async def nothing(self) -> None:
        """No line."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.run(self.house.database.close())
        self.loop.close()
        self.folder.cleanup()

    # What may happen.

    @rule()
    def the_person_is_verified(self) -> None:
        assert self.call.verify()

    @rule()
    def the_phone_changes_hands(self) -> None:
        self.call.forget_person()

    @rule(which=st.sampled_from(IDS), days=st.integers(0, 9))
    def times_are_looked_for(self, which: str, days: int) -> None:
        appointment = self.run(self.house.book.appointment(which))
        wish = Wish(on_or_after=(self.house.now + timedelta(days=days)).date())
        self.slots[which] = self.run(self.house.book.find_slots(appointment, wish, 3))

    @precondition(lambda self: self.call.verified)
    @rule(which=st.integers(0, 1), wanted=st.sampled_from([Change.CONFIRMED, Change.CANCELLED]))
    def the_call_decides(self, which: int, wanted: Change) -> None:
        self.write_in_call(wanted, self.call.appointments[which])

    @precondition(lambda self: self.call.verified)
    @rule(which=st.integers(0, 1), choice=st.integers(0, 2))
    def the_call_moves(self, which: int, choice: int) -> None:
        appointment = self.call.appointments[which]
        offered = self.slots.get(appointment.id, ())
        if choice < len(offered):
            self.write_in_call(Change.RESCHEDULED, appointment, offered[choice])

    @rule(
        which=st.sampled_from(IDS),
        wanted=st.sampled_from(Change),
        choice=st.integers(0, 2),
    )
    def somebody_else_writes(self, which: str, wanted: Change, choice: int) -> None:
        appointment = self.run(self.house.book.appointment(which))
        offered = self.slots.get(which, ())
        if wanted is not Change.RESCHEDULED:
            self.write("elsewhere", wanted, appointment, None)
        elif choice < len(offered):
            self.write("elsewhere", wanted, appointment, offered[choice])

    @precondition(lambda self: bool(self.written))
    @rule()
    def a_write_comes_twice(self) -> None:
        """The same key again: the same receipt, and nothing changes (the invariants see to it)."""
        wanted, appointment, slot, receipt = self.written[-1]
        if self.run(self.house.book.appointment(appointment.id)) == receipt.appointment:
            assert self.carry_out(wanted, appointment, slot, receipt.key) == receipt

    @rule(kind=st.sampled_from([RequestKind.CALLBACK, RequestKind.UNAVAILABLE]))
    def something_is_asked(self, kind: RequestKind) -> None:
        self.call.request(Request(kind, SaidInTurn(1)))

    @rule()
    def they_opt_out(self) -> None:
        entry = self.run(self.house.ledger.stop_calling(self.call.brief.phone, "call"))
        self.call.request(Request(RequestKind.OPT_OUT, SaidInTurn(1), proof=entry))

    @rule(ended=st.sampled_from(Ended))
    def the_call_ends(self, ended: Ended) -> None:
        report = LineReport(reason="test") if ended in NEEDS_LINE_REPORT else None
        before = self.call.ending
        self.run(settle(self.call, Ending(ended, report)))
        assert self.call.ending is not None
        assert before in (None, self.call.ending), "only the first end counts"

    @rule()
    def the_same_call_is_dispatched_again(self) -> None:
        with pytest.raises(CallTakenError):
            self.run(self.house.ledger.open_call("call", self.call.brief.phone, IDS))

    # How it is written.

    def write_in_call(
        self, wanted: Change, appointment: Appointment, slot: Slot | None = None
    ) -> None:
        """As the tools do: on a conflict the call learns what is true, else it keeps the proof."""
        receipt = self.write("call", wanted, appointment, slot)
        if receipt is not None:
            self.call.decide(Decision(appointment.id, CHANGES[wanted], receipt))

    def write(
        self, who: str, wanted: Change, appointment: Appointment, slot: Slot | None
    ) -> Receipt | None:
        key = WriteKey(call_id=who, invocation=str(next(self.keys)))
        try:
            receipt = self.carry_out(wanted, appointment, slot, key)
        except VersionConflict as conflict:
            if who == "call":
                self.call.refresh(conflict.current)
            return None
        except SlotTaken:
            assert wanted is Change.RESCHEDULED
            return None
        self.written.append((wanted, appointment, slot, receipt))
        kept = self.model[appointment.id]
        kept.status = {
            Change.CONFIRMED: AppointmentStatus.CONFIRMED,
            Change.CANCELLED: AppointmentStatus.CANCELLED,
            Change.RESCHEDULED: AppointmentStatus.SCHEDULED,
        }[wanted]
        kept.starts_at = kept.starts_at if slot is None else slot.starts_at
        return receipt

    def carry_out(
        self, wanted: Change, appointment: Appointment, slot: Slot | None, key: WriteKey
    ) -> Receipt:
        book = self.house.book
        match wanted:
            case Change.CONFIRMED:
                return self.run(book.confirm(appointment, key))
            case Change.CANCELLED:
                return self.run(book.cancel(appointment, key))
            case Change.RESCHEDULED:
                assert slot is not None
                return self.run(book.reschedule(appointment, slot, key))

    # What is always true.

    @invariant()
    def the_book_is_what_the_receipts_say(self) -> None:
        for which, kept in self.model.items():
            found = self.run(self.house.book.appointment(which))
            assert (found.status, found.starts_at) == (kept.status, kept.starts_at.astimezone(UTC))

    @invariant()
    def no_time_is_taken_twice(self) -> None:
        taken = [k.starts_at for k in self.model.values() if k.status is not _CANCELLED]
        assert all(
            abs(one - other) >= timedelta(hours=1)
            for one, other in itertools.combinations(taken, 2)
        )

    @invariant()
    def every_decision_has_its_receipt(self) -> None:
        for which, decision in self.call.decisions.items():
            if decision.kind is not DecisionKind.UNDECIDED:
                assert isinstance(decision.evidence, Receipt)
                assert decision.evidence.key.call_id == "call"
                assert decision.evidence.appointment.id == which

    @invariant()
    def nobody_unverified_sees_an_appointment(self) -> None:
        if not self.call.verified:
            with pytest.raises(NotVerifiedError):
                _ = self.call.appointments

    @invariant()
    def the_outcome_is_one_that_the_evidence_supports(self) -> None:
        outcome, kinds = self.call.outcome, {d.kind for d in self.call.decisions.values()}
        if outcome.kind in (
            OutcomeKind.CONFIRMED,
            OutcomeKind.CANCELLED,
            OutcomeKind.RESCHEDULED,
        ):
            assert DecisionKind.UNDECIDED not in kinds
            assert DecisionKind(outcome.kind.value) in kinds
        if any(request.kind is RequestKind.OPT_OUT for request in self.call.requests):
            assert outcome.kind is OutcomeKind.OPTED_OUT

    @invariant()
    def a_call_that_has_ended_is_settled_once(self) -> None:
        settled = self.run(self.house.ledger.settled("call"))
        assert (settled is not None) == (self.call.ending is not None)


_CANCELLED = AppointmentStatus.CANCELLED

QUICK = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    "profile",
    [QUICK, pytest.param(settings(QUICK, max_examples=400), marks=pytest.mark.long)],
    ids=["quick", "long"],
)
def test_every_order_of_events(empty_database: Path, profile: settings) -> None:
    EveryOrder.empty = empty_database
    run_state_machine_as_test(EveryOrder, settings=profile)
