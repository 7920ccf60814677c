"""The outcome of a call, derived from its decisions, its requests and how it ended."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reception.calls.evidence import Evidence, MessagePlayed, StaffTaskFiled, TransferAccepted
from reception.calls.result import Decision, DecisionKind, Ended, Ending, Request, RequestKind


class OutcomeKind(StrEnum):
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"
    CHANGE_REQUESTED = "change_requested"
    TRANSFERRED = "transferred"
    CALLBACK = "callback"
    UNAVAILABLE = "unavailable"
    VOICEMAIL = "voicemail"
    NO_MESSAGE = "no_message"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"
    NOT_DIALLED = "not_dialled"
    DROPPED = "dropped"
    HUNG_UP = "hung_up"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True)
class Outcome:
    kind: OutcomeKind
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class CallResult:
    """All that an outcome is derived from. ``decisions`` holds one for every appointment."""

    decisions: Collection[Decision]
    requests: Sequence[Request]
    ending: Ending
    message: MessagePlayed | None = None
    tasks: Sequence[StaffTaskFiled] = ()


def outcome(result: CallResult) -> Outcome:
    """Derive the outcome: the first of these that the evidence supports.

    An opt-out outranks all and erases no receipt: the decisions stay beside it.
    """
    derivations: tuple[Callable[[CallResult], Outcome | None], ...] = (
        _asked_first,
        _decided,
        _asked,
        _machine,
        _line,
    )
    for derive in derivations:
        if (found := derive(result)) is not None:
            return found
    return Outcome(OutcomeKind.UNRESOLVED, tuple(result.tasks))


def _requested(result: CallResult, kind: RequestKind) -> tuple[Evidence, ...]:
    """The evidence of the latest request of this kind, or nothing."""
    for request in reversed(result.requests):
        if request.kind is kind:
            return (request.said,) if request.proof is None else (request.said, request.proof)
    return ()


def _asked_first(result: CallResult) -> Outcome | None:
    if evidence := _requested(result, RequestKind.OPT_OUT):
        return Outcome(OutcomeKind.OPTED_OUT, evidence)
    if evidence := _requested(result, RequestKind.WRONG_NUMBER):
        return Outcome(OutcomeKind.WRONG_NUMBER, evidence)
    return None


def _decided(result: CallResult) -> Outcome | None:
    """Every appointment decided: the kind that leaves the desk most to do names the outcome."""
    kinds = {decision.kind for decision in result.decisions}
    if not kinds or DecisionKind.UNDECIDED in kinds:
        return None
    evidence = tuple(d.evidence for d in result.decisions if d.evidence is not None)
    most_work_first = (
        (DecisionKind.CHANGE_REQUESTED, OutcomeKind.CHANGE_REQUESTED),
        (DecisionKind.RESCHEDULED, OutcomeKind.RESCHEDULED),
        (DecisionKind.CANCELLED, OutcomeKind.CANCELLED),
        (DecisionKind.CONFIRMED, OutcomeKind.CONFIRMED),
    )
    return next(Outcome(named, evidence) for kind, named in most_work_first if kind in kinds)


def _asked(result: CallResult) -> Outcome | None:
    staff = _requested(result, RequestKind.STAFF)
    if any(isinstance(proof, TransferAccepted) for proof in staff):
        return Outcome(OutcomeKind.TRANSFERRED, staff)
    if evidence := _requested(result, RequestKind.CALLBACK) or staff:
        return Outcome(OutcomeKind.CALLBACK, evidence)
    if evidence := _requested(result, RequestKind.UNAVAILABLE):
        return Outcome(OutcomeKind.UNAVAILABLE, evidence)
    return None


def _machine(result: CallResult) -> Outcome | None:
    if result.message is not None:
        return Outcome(OutcomeKind.VOICEMAIL, (result.message,))
    if result.ending.ended in (Ended.MACHINE, Ended.SCREENED):
        return Outcome(OutcomeKind.NO_MESSAGE)
    return None


def _line(result: CallResult) -> Outcome | None:
    report = result.ending.report
    evidence: tuple[Evidence, ...] = () if report is None else (report,)
    ended = result.ending.ended
    match ended:
        case Ended.GOODBYE | Ended.LIMIT | Ended.MACHINE | Ended.SCREENED:
            return None
        case (
            Ended.NO_ANSWER
            | Ended.BUSY
            | Ended.DECLINED
            | Ended.INVALID_NUMBER
            | Ended.FAILED
            | Ended.NOT_DIALLED
            | Ended.DROPPED
            | Ended.HUNG_UP
        ):
            return Outcome(OutcomeKind(ended.value), evidence)
