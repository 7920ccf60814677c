"""The outcome is derived from evidence, in one order; without evidence a result is refused."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reception.appointments.models import (
    Appointment,
    Change,
    Customer,
    Receipt,
    Recipient,
    WriteKey,
)
from reception.calls.evidence import (
    AnsweredBy,
    DoNotCallEntry,
    EvidenceMissingError,
    LineReport,
    MessagePlayed,
    SaidInTurn,
    StaffTaskFiled,
    TransferAccepted,
)
from reception.calls.outcome import CallResult, OutcomeKind, outcome
from reception.calls.result import (
    NEEDS_LINE_REPORT,
    Decision,
    DecisionKind,
    Ended,
    Ending,
    Request,
    RequestKind,
)

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
TASK = StaffTaskFiled("task-1")
ENTRY = DoNotCallEntry("+12175550142", NOW)
SAID = SaidInTurn(3)
GOODBYE = Ending(Ended.GOODBYE)


def receipt(change: Change, appointment_id: str = "a-1") -> Receipt:
    appointment = Appointment(
        id=appointment_id,
        version=2,
        starts_at=NOW,
        duration=timedelta(hours=1),
        service="cleaning",
        provider="chen",
        location="main",
        customer=Customer(id="maria", name="Maria Santos"),
        recipient=Recipient.model_validate(
            {"name": "Maria Santos", "phone": "+12175550142", "time_zone": "America/Chicago"}
        ),
    )
    key = WriteKey(call_id="call-1", invocation="tool-1")
    return Receipt(change=change, appointment=appointment, key=key, read_back_at=NOW)


def decided(kind: DecisionKind, appointment_id: str = "a-1") -> Decision:
    match kind:
        case DecisionKind.UNDECIDED:
            return Decision(appointment_id, kind)
        case DecisionKind.CHANGE_REQUESTED:
            return Decision(appointment_id, kind, TASK)
        case _:
            return Decision(appointment_id, kind, receipt(Change(kind.value), appointment_id))


def requested(kind: RequestKind) -> Request:
    proofs: dict[RequestKind, DoNotCallEntry | StaffTaskFiled] = {
        RequestKind.OPT_OUT: ENTRY,
        RequestKind.STAFF: TASK,
    }
    return Request(kind, SAID, proof=proofs.get(kind))


def ending(ended: Ended) -> Ending:
    report = LineReport(sip_status=486, reason="Busy Here")
    return Ending(ended, report if ended in NEEDS_LINE_REPORT else None)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["confirmed"], OutcomeKind.CONFIRMED),
        (["confirmed", "cancelled"], OutcomeKind.CANCELLED),
        (["confirmed", "cancelled", "rescheduled"], OutcomeKind.RESCHEDULED),
        (["rescheduled", "change_requested"], OutcomeKind.CHANGE_REQUESTED),
        (["confirmed", "undecided"], OutcomeKind.UNRESOLVED),
        (["undecided"], OutcomeKind.UNRESOLVED),
    ],
)
def test_several_decisions_are_named_by_the_one_with_most_work(
    kinds: list[str], expected: OutcomeKind
) -> None:
    decisions = [decided(DecisionKind(kind), f"a-{n}") for n, kind in enumerate(kinds)]
    assert outcome(CallResult(decisions, [], GOODBYE)).kind is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (RequestKind.OPT_OUT, OutcomeKind.OPTED_OUT),
        (RequestKind.WRONG_NUMBER, OutcomeKind.WRONG_NUMBER),
        (RequestKind.CALLBACK, OutcomeKind.CALLBACK),
        (RequestKind.STAFF, OutcomeKind.CALLBACK),
        (RequestKind.UNAVAILABLE, OutcomeKind.UNAVAILABLE),
    ],
)
def test_a_request_is_named_with_the_turn_that_asked(
    kind: RequestKind, expected: OutcomeKind
) -> None:
    derived = outcome(CallResult([decided(DecisionKind.UNDECIDED)], [requested(kind)], GOODBYE))
    assert derived.kind is expected
    assert SAID in derived.evidence


def test_a_transfer_counts_when_the_line_accepted_it() -> None:
    proof = TransferAccepted("+12175550100")
    transferred = Request(RequestKind.STAFF, SAID, proof=proof)
    derived = outcome(CallResult([], [transferred], GOODBYE))
    assert derived.kind is OutcomeKind.TRANSFERRED
    assert proof in derived.evidence


def test_a_receipt_outranks_a_call_back_but_not_an_opt_out() -> None:
    decisions = [decided(DecisionKind.CONFIRMED)]
    callback, opt_out = requested(RequestKind.CALLBACK), requested(RequestKind.OPT_OUT)
    assert outcome(CallResult(decisions, [callback], GOODBYE)).kind is OutcomeKind.CONFIRMED
    both = CallResult(decisions, [callback, opt_out], GOODBYE)
    assert outcome(both).kind is OutcomeKind.OPTED_OUT


def test_a_message_is_a_voicemail_only_when_it_was_played() -> None:
    played = MessagePlayed(AnsweredBy.MACHINE, "Hello")
    machine = Ending(Ended.MACHINE)
    assert outcome(CallResult([], [], machine, played)).kind is OutcomeKind.VOICEMAIL
    assert outcome(CallResult([], [], machine)).kind is OutcomeKind.NO_MESSAGE


@pytest.mark.parametrize("ended", sorted(NEEDS_LINE_REPORT | {Ended.DROPPED, Ended.HUNG_UP}))
def test_nobody_reached_is_named_by_the_line(ended: Ended) -> None:
    assert outcome(CallResult([], [], ending(ended))).kind == ended.value


NEEDED_PROOF = {
    OutcomeKind.CONFIRMED: Receipt,
    OutcomeKind.RESCHEDULED: Receipt,
    OutcomeKind.CANCELLED: Receipt,
    OutcomeKind.CHANGE_REQUESTED: StaffTaskFiled,
    OutcomeKind.OPTED_OUT: DoNotCallEntry,
    OutcomeKind.WRONG_NUMBER: SaidInTurn,
    OutcomeKind.UNAVAILABLE: SaidInTurn,
    OutcomeKind.CALLBACK: SaidInTurn,
    OutcomeKind.VOICEMAIL: MessagePlayed,
    OutcomeKind.NO_ANSWER: LineReport,
    OutcomeKind.BUSY: LineReport,
    OutcomeKind.DECLINED: LineReport,
    OutcomeKind.INVALID_NUMBER: LineReport,
    OutcomeKind.FAILED: LineReport,
    OutcomeKind.NOT_DIALLED: LineReport,
}


@given(
    decisions=st.lists(st.sampled_from(DecisionKind), max_size=3),
    requests=st.lists(st.sampled_from(RequestKind), max_size=3),
    ended=st.sampled_from(Ended),
    message=st.booleans(),
)
def test_no_outcome_stands_without_its_evidence(
    decisions: list[DecisionKind], requests: list[RequestKind], ended: Ended, message: bool
) -> None:
    played = MessagePlayed(AnsweredBy.MACHINE, "Hello") if message else None
    derived = outcome(
        CallResult(
            [decided(kind, f"a-{n}") for n, kind in enumerate(decisions)],
            [requested(kind) for kind in requests],
            ending(ended),
            played,
        )
    )
    if proof := NEEDED_PROOF.get(derived.kind):
        assert any(isinstance(item, proof) for item in derived.evidence)


WRONG_EVIDENCE: list[Any] = [
    lambda: Decision("a-1", DecisionKind.CONFIRMED),
    lambda: Decision("a-1", DecisionKind.CONFIRMED, TASK),
    lambda: Decision("a-1", DecisionKind.CONFIRMED, receipt(Change.CANCELLED)),
    lambda: Decision("a-2", DecisionKind.CANCELLED, receipt(Change.CANCELLED, "a-1")),
    lambda: Decision("a-1", DecisionKind.RESCHEDULED),
    lambda: Decision("a-1", DecisionKind.CHANGE_REQUESTED),
    lambda: Decision("a-1", DecisionKind.CHANGE_REQUESTED, receipt(Change.CONFIRMED)),
    lambda: Request(RequestKind.OPT_OUT, SAID),
    lambda: Request(RequestKind.OPT_OUT, SAID, proof=TASK),
    lambda: Request(RequestKind.STAFF, SAID),
    lambda: MessagePlayed(AnsweredBy.PERSON, "Hello"),
    lambda: MessagePlayed(AnsweredBy.SCREENING, "Hello"),
    *(lambda ended=ended: Ending(ended) for ended in sorted(NEEDS_LINE_REPORT)),
]


@pytest.mark.parametrize("claim", WRONG_EVIDENCE)
def test_a_result_without_its_evidence_is_refused(claim: Any) -> None:
    with pytest.raises(EvidenceMissingError):
        claim()


def test_every_way_to_end_has_an_outcome() -> None:
    for ended, kind in product(Ended, DecisionKind):
        assert outcome(CallResult([decided(kind)], [], ending(ended))).kind in OutcomeKind
