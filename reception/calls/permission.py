"""May this number be called now? What is not known means no; the rule stands with the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from reception.appointments.book import AppointmentBook, BookError
from reception.appointments.models import Appointment, AppointmentStatus, Consent
from reception.calls.ledger import Ledger
from reception.database import DatabaseError
from reception.telemetry import attributes as names
from reception.telemetry.metrics import REFUSALS
from reception.telemetry.tracing import span

EARLIEST, LATEST = time(8), time(21)
"""47 CFR 64.1200(c)(1), in the called party's own time. Written for solicitations; kept for all."""


class Rule(StrEnum):
    """What a call was refused by."""

    DO_NOT_CALL = "do_not_call"
    """47 CFR 64.1200(d), (a)(9)(iv)(H): whoever opted out is not called."""
    CONSENT = "consent"
    """FCC 24-17: an artificial voice needs prior express consent."""
    HOURS = "hours"
    NOTHING_DUE = "nothing_due"
    """Every appointment is past, cancelled or confirmed by now."""
    UNKNOWN = "unknown"
    """The book or the ledger did not answer."""


@dataclass(frozen=True)
class Permission:
    """``rule`` and ``reason`` say why not; both are None where the call may be made."""

    rule: Rule | None = None
    reason: str | None = None

    @property
    def given(self) -> bool:
        return self.rule is None


async def ask_permission(
    ledger: Ledger, book: AppointmentBook, phone: str, appointment_ids: Sequence[str]
) -> Permission:
    """Ask anew, in the moment before a number is called. Fails closed and never raises."""
    with span("permission", {names.APPOINTMENTS: len(appointment_ids)}) as told:
        permission = await _ask(ledger, book, phone, appointment_ids)
        told.set_attribute(names.PERMITTED, permission.given)
        if permission.rule is not None and permission.reason is not None:
            told.set_attributes({names.RULE: permission.rule, names.REASON: permission.reason})
            REFUSALS.labels(permission.rule).inc()
    return permission


async def _ask(
    ledger: Ledger, book: AppointmentBook, phone: str, appointment_ids: Sequence[str]
) -> Permission:
    try:
        if await ledger.do_not_call(phone) is not None:
            return Permission(Rule.DO_NOT_CALL, "the number is on the do-not-call list")
        if await ledger.consent(phone) is Consent.REFUSED:
            return Permission(Rule.CONSENT, "they said on a call that they do not want any")
        appointments = [await book.appointment(one) for one in appointment_ids]
    except (BookError, DatabaseError) as error:
        return Permission(Rule.UNKNOWN, f"could not be asked: {type(error).__name__}")
    return decide(appointments, phone, book.now())


def decide(appointments: Sequence[Appointment], phone: str, now: datetime) -> Permission:
    """Whether the recipient of these may be called at ``phone`` at this moment, which is aware."""
    due = [a for a in appointments if a.starts_at > now and a.status is AppointmentStatus.SCHEDULED]
    if not due:
        return Permission(Rule.NOTHING_DUE, "no appointment waits for an answer")
    if any(one.recipient.phone != phone for one in appointments):
        return Permission(Rule.UNKNOWN, "an appointment belongs to another number by now")
    if any(one.recipient.consent is not Consent.GIVEN for one in appointments):
        return Permission(Rule.CONSENT, "the calendar holds no consent to automated calls")
    for zone in {one.recipient.time_zone for one in appointments}:
        local = now.astimezone(ZoneInfo(zone))
        if not EARLIEST <= local.time() < LATEST:
            return Permission(Rule.HOURS, f"it is {local:%H:%M} there, outside 08:00-21:00")
    return Permission()
