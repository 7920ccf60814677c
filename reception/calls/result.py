"""How a call's result is kept: decisions, requests, and how the line ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reception.appointments.models import Change, Receipt
from reception.calls.evidence import (
    DoNotCallEntry,
    EvidenceMissingError,
    LineReport,
    SaidInTurn,
    StaffTaskFiled,
    TransferAccepted,
)


class DecisionKind(StrEnum):
    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    CHANGE_REQUESTED = "change_requested"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Decision:
    """What became of one appointment. Raises ``EvidenceMissingError`` without its proof."""

    appointment_id: str
    kind: DecisionKind
    evidence: Receipt | StaffTaskFiled | None = None

    def __post_init__(self) -> None:
        match self.kind:
            case DecisionKind.CONFIRMED:
                self._needs_receipt(Change.CONFIRMED)
            case DecisionKind.RESCHEDULED:
                self._needs_receipt(Change.RESCHEDULED)
            case DecisionKind.CANCELLED:
                self._needs_receipt(Change.CANCELLED)
            case DecisionKind.CHANGE_REQUESTED:
                if not isinstance(self.evidence, StaffTaskFiled):
                    raise EvidenceMissingError("a requested change needs the desk's task")
            case DecisionKind.UNDECIDED:
                pass

    @classmethod
    def proven_by(cls, receipt: Receipt) -> "Decision":
        """The decision that this receipt is the evidence of."""
        match receipt.change:
            case Change.CONFIRMED:
                kind = DecisionKind.CONFIRMED
            case Change.RESCHEDULED:
                kind = DecisionKind.RESCHEDULED
            case Change.CANCELLED:
                kind = DecisionKind.CANCELLED
        return cls(receipt.appointment.id, kind, receipt)

    def _needs_receipt(self, change: Change) -> None:
        receipt = self.evidence
        if not (
            isinstance(receipt, Receipt)
            and receipt.change is change
            and receipt.appointment.id == self.appointment_id
        ):
            raise EvidenceMissingError(f"{self.kind} needs the book's receipt for that")


class RequestKind(StrEnum):
    OPT_OUT = "opt_out"
    CALLBACK = "callback"
    STAFF = "staff"
    WRONG_NUMBER = "wrong_number"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Request:
    """What else was asked, with the turn that asked.

    ``proof``: an opt-out needs its do-not-call entry; staff needs a task, or a transfer that
    the line accepted. ``when`` is the time that was asked for, if one was.
    """

    kind: RequestKind
    said: SaidInTurn
    when: datetime | None = None
    proof: DoNotCallEntry | StaffTaskFiled | TransferAccepted | None = None

    def __post_init__(self) -> None:
        match self.kind:
            case RequestKind.OPT_OUT:
                if not isinstance(self.proof, DoNotCallEntry):
                    raise EvidenceMissingError("an opt-out needs its do-not-call entry")
            case RequestKind.STAFF:
                if not isinstance(self.proof, StaffTaskFiled | TransferAccepted):
                    raise EvidenceMissingError("a wish for staff needs a task or a transfer")
            case RequestKind.CALLBACK | RequestKind.WRONG_NUMBER | RequestKind.UNAVAILABLE:
                pass


class Ended(StrEnum):
    """How the line ended."""

    GOODBYE = "goodbye"
    HUNG_UP = "hung_up"
    DROPPED = "dropped"
    LIMIT = "limit"
    MACHINE = "machine"
    SCREENED = "screened"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"
    NOT_DIALLED = "not_dialled"


NEEDS_LINE_REPORT = frozenset(
    {
        Ended.NO_ANSWER,
        Ended.BUSY,
        Ended.DECLINED,
        Ended.INVALID_NUMBER,
        Ended.FAILED,
        Ended.NOT_DIALLED,
    }
)


@dataclass(frozen=True)
class Ending:
    """How and, where nobody was reached, why the line ended."""

    ended: Ended
    report: LineReport | None = None

    def __post_init__(self) -> None:
        if self.ended in NEEDS_LINE_REPORT and self.report is None:
            raise EvidenceMissingError(f"{self.ended} needs what the line reported")
