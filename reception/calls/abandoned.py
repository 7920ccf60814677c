"""Calls whose process died: settled from what the book and the ledger can still prove."""

from datetime import timedelta

from reception.appointments.book import AppointmentBook
from reception.calls.evidence import LineReport, SaidInTurn
from reception.calls.ledger import Ledger
from reception.calls.outcome import CallResult
from reception.calls.records import PlacedCall
from reception.calls.result import Decision, DecisionKind, Ended, Ending, Request, RequestKind
from reception.calls.settle import file_unresolved, write_result
from reception.telemetry.tracing import belonging_to

HEARTBEAT_SECONDS = 5.0
"""How often whoever carries a call out says that it lives."""
PATIENCE = timedelta(seconds=4 * HEARTBEAT_SECONDS)
"""Without a word for so long, a call's process is taken for dead."""

_DIED = Ending(Ended.DROPPED, LineReport(reason="the process that held the call died"))


async def settle_abandoned(ledger: Ledger, book: AppointmentBook) -> tuple[str, ...]:
    """Settle every call whose process has been silent for too long; their ids.

    Raises ``DatabaseError`` and ``BookError``; what was not settled is by the next try.
    """
    silent = await ledger.silent_since(book.now() - PATIENCE)
    return tuple([call.id for call in silent if await _settle(ledger, book, call)])


async def _settle(ledger: Ledger, book: AppointmentBook, call: PlacedCall) -> bool:
    proven = {r.appointment.id: Decision.proven_by(r) for r in await book.receipts(call.id)}
    undecided = {one: Decision(one, DecisionKind.UNDECIDED) for one in call.appointment_ids}
    decisions = tuple((undecided | proven).values())
    entry = await ledger.opted_out_on(call.id)
    requests = () if entry is None else (Request(RequestKind.OPT_OUT, SaidInTurn(0), proof=entry),)
    tasks = list(await ledger.tasks_of(call.id))
    if len(proven) < len(undecided) and not tasks and not requests:
        note = f"The call about {', '.join(call.appointment_ids)} broke off before it was settled."
        tasks.append(await file_unresolved(ledger, call.id, note))
    result = CallResult(decisions, requests, _DIED, tasks=tasks)
    with belonging_to(call.id, call.trace_parent):
        return await write_result(ledger, call.id, result, meter=None)
