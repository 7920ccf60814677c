"""The calendar as a call sees it: read, find a free time, write once, and prove it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reception.appointments.models import Appointment, Receipt, Slot, Wish, WriteKey


class Writes(StrEnum):
    """Whether a write here is the practice's last word, or a request that the desk carries out."""

    FINAL = "final"
    REQUEST = "request"


class BookError(Exception):
    """The book did not do what was asked; nothing was written."""


class AppointmentNotFound(BookError):
    """The book holds no such appointment."""


class VersionConflict(BookError):
    """The appointment changed since it was read; ``current`` is how it stands now."""

    def __init__(self, current: Appointment) -> None:
        super().__init__(f"appointment {current.id} is at version {current.version} by now")
        self.current = current


class SlotTaken(BookError):
    """The slot is not free any more: somebody was quicker, or hours or notice rule it out."""


class BookUnavailable(BookError):
    """The book cannot be reached, is locked, or did not answer in time."""


class ReadBackFailed(BookError):
    """The write was sent but could not be proven: what was read back disagrees or is missing."""


class AppointmentBook(Protocol):
    """The practice's calendar. It owns the clock, and every write returns its receipt."""

    @property
    def writes(self) -> Writes: ...

    def now(self) -> datetime:
        """The present moment, aware; fixed in tests and simulations."""
        ...

    async def appointment(self, appointment_id: str) -> Appointment:
        """Read one appointment as it stands. Raises ``AppointmentNotFound``."""
        ...

    async def upcoming(self, phone: str, until: datetime) -> tuple[Appointment, ...]:
        """Appointments, neither cancelled nor begun, for one phone number, soonest first."""
        ...

    async def find_slots(
        self, appointment: Appointment, wish: Wish, limit: int
    ) -> tuple[Slot, ...]:
        """At most ``limit`` free times to which ``appointment`` could move, soonest first.

        They keep the location's and the provider's hours, holidays, the service's length and the
        minimum notice, and spread over days and halves of days so that they are a real choice.
        """
        ...

    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        """Mark as confirmed. Raises ``VersionConflict`` when it changed since it was read."""
        ...

    async def cancel(self, appointment: Appointment, key: WriteKey) -> Receipt:
        """Cancel and release its time. Raises ``VersionConflict``."""
        ...

    async def reschedule(self, appointment: Appointment, slot: Slot, key: WriteKey) -> Receipt:
        """Take the new slot, then release the old one, in one step.

        Raises ``SlotTaken`` (the old time is kept) or ``VersionConflict``.
        """
        ...

    async def receipts(self, call_id: str) -> tuple[Receipt, ...]:
        """The proof of what a call has written and still stands, one for each appointment."""
        ...
