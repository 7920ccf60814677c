"""The end of a call: its outcome written once, and nothing left that nobody does."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from opentelemetry.util.types import AttributeValue
from pydantic import TypeAdapter

from reception.appointments.models import WriteKey
from reception.calls.call import Call
from reception.calls.evidence import Evidence, StaffTaskFiled, TransferAccepted
from reception.calls.ledger import Ledger
from reception.calls.outcome import CallResult, Outcome, OutcomeKind, outcome
from reception.calls.question import Question
from reception.calls.records import PlacedCall, TaskReason
from reception.calls.result import Decision, DecisionKind, Ending, Request
from reception.telemetry import attributes as names
from reception.telemetry.cost import Meter
from reception.telemetry.metrics import CALL_DOLLARS, CALL_SECONDS, CALLS, UNKNOWN_COST
from reception.telemetry.tracing import span

_CHANGING = frozenset(
    {
        *(Question.MOVE_OR_CANCEL, Question.CANCEL_SURE, Question.CANCEL_ALL),
        *(Question.PICK_SLOT, Question.BOOK_SURE),
    }
)

NOBODY = "nobody"
"""Where no agent was reached, or nothing answered."""

_JSON: TypeAdapter[Any] = TypeAdapter(Any)


async def settle(call: Call, ending: Ending) -> None:
    """Write the outcome to the ledger. Only the first end of a call counts.

    What was left in the air becomes a task for the desk. Raises ``DatabaseError``.
    """
    if not call.end(ending):
        return
    if (note := _left_open(call)) and not call.tasks:
        call.tasks.append(await file_unresolved(call.ledger, call.id, note))
    manner = {
        "moods": [mood.value for mood in call.moods],
        "used": sorted({use for turn in call.turns for use in turn.used}),
    }
    written = await write_result(
        call.ledger,
        call.id,
        call.result,
        manner=manner,
        meter=call.meter,
        told=_told_of(call),
    )
    if written:
        _count(call)


async def settle_unmade(ledger: Ledger, call: PlacedCall, ending: Ending) -> bool:
    """Settle a placed call on which nothing was said. False when it was settled meanwhile."""
    undecided = [Decision(one, DecisionKind.UNDECIDED) for one in call.appointment_ids]
    result = CallResult(undecided, (), ending)
    written = await write_result(ledger, call.id, result, meter=Meter())
    if written:
        CALLS.labels(outcome(result).kind, NOBODY, NOBODY).inc()
    return written


async def file_unresolved(ledger: Ledger, call_id: str, note: str) -> StaffTaskFiled:
    """Leave to the desk what a call did not settle, once."""
    key = WriteKey(call_id=call_id, invocation="settle")
    return await ledger.file_task(key, TaskReason.UNRESOLVED, note)


async def write_result(
    ledger: Ledger,
    call_id: str,
    result: CallResult,
    *,
    meter: Meter | None,
    manner: dict[str, Any] | None = None,
    told: Mapping[str, AttributeValue] | None = None,
) -> bool:
    """Write a result and the outcome derived from it. False when it was settled before.

    ``meter``: what the call used; None where nobody knows any more. ``told``: what its span tells
    besides.
    """
    derived = outcome(result)
    about = _told_of_result(result, derived) | _told_of_cost(meter) | dict(told or {})
    with span("outcome", about):
        return await ledger.settle(
            call_id,
            result.ending,
            kind=derived.kind,
            evidence=[evidence_json(item) for item in derived.evidence],
            decisions=[decision_json(decision) for decision in result.decisions],
            requests=[request_json(request) for request in result.requests],
            manner=manner or {},
            cost=cost_json(meter),
        )


def _told_of_result(result: CallResult, derived: Outcome) -> dict[str, AttributeValue]:
    """Kinds only, nothing of what they are about."""
    ending = result.ending
    told: dict[str, AttributeValue] = {
        names.OUTCOME: derived.kind,
        names.EVIDENCE: [type(one).__name__ for one in derived.evidence],
        names.DECISIONS: [decision.kind for decision in result.decisions],
        names.REQUESTS: [request.kind for request in result.requests],
        names.ENDED: ending.ended,
    }
    if ending.report is not None:
        if ending.report.sip_status is not None:
            told[names.SIP_STATUS] = ending.report.sip_status
        if ending.report.reason is not None:
            told[names.REASON] = ending.report.reason
    return told


def _told_of(call: Call) -> dict[str, AttributeValue]:
    told: dict[str, AttributeValue] = {names.TURNS: len(call.turns)}
    if call.answered_by is not None:
        told[names.ANSWERED_BY] = call.answered_by
    return told


def _told_of_cost(meter: Meter | None) -> dict[str, AttributeValue]:
    dollars = None if meter is None else meter.dollars
    return {} if dollars is None else {names.COST: float(dollars)}


def _count(call: Call) -> None:
    CALLS.labels(call.outcome.kind, call.stage, call.answered_by or NOBODY).inc()
    if call.answered_at is not None:
        CALL_SECONDS.observe((call.now() - call.answered_at).total_seconds())
    dollars = call.meter.dollars
    if dollars is None:
        UNKNOWN_COST.inc()
    else:
        CALL_DOLLARS.observe(float(dollars))


def cost_json(meter: Meter | None) -> dict[str, Any]:
    """What a call has cost; ``usd`` is None where a model's price, or what was used, is unknown."""
    dollars = None if meter is None else meter.dollars
    return {
        "usd": None if dollars is None else str(dollars),
        "usage": [] if meter is None else [asdict(usage) for usage in meter.usages],
    }


def _left_open(call: Call) -> str | None:
    """What nobody has settled: no decision at all, or a change that was begun and not finished.

    Whoever was put through has the desk on the line.
    """
    if call.outcome.kind is OutcomeKind.UNRESOLVED:
        return _undecided(call)
    if any(isinstance(request.proof, TransferAccepted) for request in call.requests):
        return None
    asked = call.open_question
    if asked is not None and asked.question in _CHANGING:
        return f"{call.brief.recipient} was about to move or cancel when the call ended."
    return None


def _undecided(call: Call) -> str:
    """What stands open, and of which appointments where others were decided."""
    undecided = [d.appointment_id for d in call.decisions.values() if d.evidence is None]
    some = len(undecided) < len(call.decisions)
    what = f"this was not decided: {', '.join(undecided)}" if some else "nothing was decided"
    return f"Called {call.brief.recipient}, and {what}."


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """``proof`` names the kind of evidence; the other keys are its fields."""
    return {"proof": type(evidence).__name__, **_JSON.dump_python(evidence, mode="json")}


def decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "appointment_id": decision.appointment_id,
        "kind": decision.kind.value,
        "evidence": None if decision.evidence is None else evidence_json(decision.evidence),
    }


def request_json(request: Request) -> dict[str, Any]:
    return {
        "kind": request.kind.value,
        "turn": request.said.turn,
        "when": None if request.when is None else request.when.isoformat(),
        "proof": None if request.proof is None else evidence_json(request.proof),
    }
