"""The end of a call: its outcome written once, and nothing left that nobody does."""

from typing import Any

from pydantic import TypeAdapter

from reception.appointments.models import WriteKey
from reception.calls.call import Call
from reception.calls.evidence import Evidence
from reception.calls.ledger import TaskReason
from reception.calls.outcome import OutcomeKind
from reception.calls.result import Decision, Ending, Request

_JSON: TypeAdapter[Any] = TypeAdapter(Any)


async def settle(call: Call, ending: Ending) -> None:
    """Write the outcome to the ledger. Only the first end of a call counts.

    Spoken with and nothing decided: the desk gets a task. Raises ``DatabaseError``.
    """
    if not call.end(ending):
        return
    if call.outcome.kind is OutcomeKind.UNRESOLVED and not call.tasks:
        key = WriteKey(call_id=call.id, invocation="settle")
        note = f"Called {call.brief.recipient}, and nothing was decided."
        call.tasks.append(await call.ledger.file_task(key, TaskReason.UNRESOLVED, note))
    await call.ledger.settle(
        call.id,
        ending,
        kind=call.outcome.kind,
        evidence=[evidence_json(item) for item in call.outcome.evidence],
        decisions=[decision_json(decision) for decision in call.decisions.values()],
        requests=[request_json(request) for request in call.requests],
    )


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
