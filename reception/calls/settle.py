"""The end of a call: its outcome written once, and nothing left that nobody does."""

from typing import Any

from pydantic import TypeAdapter

from reception.appointments.models import WriteKey
from reception.calls.call import Call
from reception.calls.evidence import Evidence, StaffTaskFiled, TransferAccepted
from reception.calls.ledger import Ledger, PlacedCall, TaskReason
from reception.calls.outcome import CallResult, OutcomeKind, outcome
from reception.calls.question import Question
from reception.calls.result import Decision, DecisionKind, Ending, Request

_CHANGING = frozenset(
    {
        *(Question.MOVE_OR_CANCEL, Question.CANCEL_SURE, Question.CANCEL_ALL),
        *(Question.PICK_SLOT, Question.BOOK_SURE),
    }
)

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
    await write_result(call.ledger, call.id, call.result, manner)


async def settle_unmade(ledger: Ledger, call: PlacedCall, ending: Ending) -> bool:
    """Settle a placed call on which nothing was said. False when it was settled meanwhile."""
    undecided = [Decision(one, DecisionKind.UNDECIDED) for one in call.appointment_ids]
    return await write_result(ledger, call.id, CallResult(undecided, (), ending), {})


async def file_unresolved(ledger: Ledger, call_id: str, note: str) -> StaffTaskFiled:
    """Leave to the desk what a call did not settle, once."""
    key = WriteKey(call_id=call_id, invocation="settle")
    return await ledger.file_task(key, TaskReason.UNRESOLVED, note)


async def write_result(
    ledger: Ledger, call_id: str, result: CallResult, manner: dict[str, Any]
) -> bool:
    """Write a result and the outcome derived from it. False when it was settled before."""
    derived = outcome(result)
    return await ledger.settle(
        call_id,
        result.ending,
        kind=derived.kind,
        evidence=[evidence_json(item) for item in derived.evidence],
        decisions=[decision_json(decision) for decision in result.decisions],
        requests=[request_json(request) for request in result.requests],
        manner=manner,
    )


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
