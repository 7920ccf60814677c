"""What a result rests on. No decision, request or end is kept without the evidence it needs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reception.appointments.models import Receipt


class EvidenceMissingError(Exception):
    """A result was claimed that nothing proves; it is not kept."""


class AnsweredBy(StrEnum):
    """Who or what picked up."""

    PERSON = "person"
    MACHINE = "machine"
    SCREENING = "screening"


@dataclass(frozen=True)
class SaidInTurn:
    """The customer said so, in this turn."""

    turn: int


@dataclass(frozen=True)
class DoNotCallEntry:
    """The number's entry in the practice's do-not-call list, as read back (47 CFR 64.1200(d))."""

    phone: str
    since: datetime


@dataclass(frozen=True)
class StaffTaskFiled:
    """A task for the desk, as read back from the ledger."""

    task_id: str


@dataclass(frozen=True)
class TransferAccepted:
    """The line accepted to transfer the call to this number."""

    transferred_to: str


@dataclass(frozen=True)
class MessagePlayed:
    """A machine answered, and our message was played to its end."""

    answered_by: AnsweredBy
    words: str

    def __post_init__(self) -> None:
        if self.answered_by is not AnsweredBy.MACHINE:
            raise EvidenceMissingError("a message is left on a machine, with its verdict")


@dataclass(frozen=True)
class LineReport:
    """What the line said: a SIP status, or the error in words."""

    sip_status: int | None = None
    reason: str | None = None


Evidence = (
    Receipt
    | SaidInTurn
    | DoNotCallEntry
    | StaffTaskFiled
    | TransferAccepted
    | MessagePlayed
    | LineReport
)
