"""What the ledger gives to its readers: calls, their outcomes, and the desk's tasks."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class TaskReason(StrEnum):
    """Why the desk has something to do."""

    STAFF_WANTED = "staff_wanted"
    CALL_BACK = "call_back"
    CHANGE_WANTED = "change_wanted"
    NO_SLOT = "no_slot"
    UNRESOLVED = "unresolved"
    BOOK_TROUBLE = "book_trouble"
    DIED = "died"


@dataclass(frozen=True)
class StaffTask:
    """Something that the desk has to do, or has done, about one call.

    ``appointment_ids`` are what it is about: one, or all of the call's.
    """

    id: str
    reason: TaskReason
    note: str
    call_id: str
    phone: str
    appointment_ids: tuple[str, ...]
    filed_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class PlacedCall:
    """A call as it was written down for a worker."""

    id: str
    phone: str
    appointment_ids: tuple[str, ...]
    rehearsal: bool
    trace_parent: str | None = None
    """Where the trace of whoever placed it stands (W3C ``traceparent``)."""


@dataclass(frozen=True)
class SettledCall:
    """A call's outcome as the ledger has it; the lists and the cost are JSON.

    ``cost`` is that of ``settle.cost_json``; an old row's is empty.
    """

    call_id: str
    kind: str
    evidence: list[Any]
    decisions: list[Any]
    requests: list[Any]
    cost: dict[str, Any]
    settled_at: datetime

    @property
    def dollars(self) -> Decimal | None:
        """What the call cost; None where that is unknown."""
        usd = self.cost.get("usd")
        return None if usd is None else Decimal(usd)


@dataclass(frozen=True)
class KeptCall:
    """A call in the ledger; without an outcome it waits for a worker, or goes on."""

    id: str
    appointment_ids: tuple[str, ...]
    opened_at: datetime
    rehearsal: bool
    outcome: SettledCall | None
