"""The single appointments that events stand for: one each, or as many as a rule makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event

from reception.appointments.ical_property import in_utc, listed, text, when

_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})


@dataclass(frozen=True)
class Occurrence:
    """An event that takes place once, and the line on which the file tells of it."""

    line: int
    event: Event

    @property
    def uid(self) -> str:
        return text(self.event, "UID")

    @property
    def appointment_id(self) -> str:
        """The UID; for an occurrence of a series with the start that its rule gave it.

        So it stays the same appointment when it alone is moved.
        """
        ruled = when(self.event, "RECURRENCE-ID")
        return self.uid if ruled is None else _id(self.uid, ruled)


def is_series(events: Sequence[Occurrence]) -> bool:
    """Whether these events of one UID recur."""
    return any(_recurs(one.event) for one in events)


def occurrences(
    series: Sequence[Occurrence], since: datetime, until: datetime
) -> Mapping[str, Occurrence]:
    """By appointment, the occurrences of one series between two moments, and all that were moved.

    Raises ``ValueError`` when its rule cannot be followed.
    """
    calendar = Calendar()
    for one in series:
        for rule in listed(one.event, "RRULE"):
            if _TOO_OFTEN & {str(often).upper() for often in rule.get("FREQ", [])}:
                raise ValueError("it repeats every minute or second; no appointment does")
        calendar.add_component(one.event)
    line = next(one.line for one in series if _recurs(one.event))
    try:
        found = recurring_ical_events.of(calendar).between(since, until)
    except TypeError as error:
        # Such as an exception with a zone to a rule without one.
        raise ValueError("its dates are not all written in the same way") from error
    ruled = [Occurrence(line, event) for event in found]
    # A moved one counts wherever it went, also out of these moments: the book has its old time.
    moved = [one for one in series if "RECURRENCE-ID" in one.event]
    return {one.appointment_id: one for one in (*ruled, *moved)}


def left_out(series: Sequence[Occurrence]) -> Mapping[str, int]:
    """By appointment, the line of the series that excepts it (EXDATE)."""
    return {
        _id(one.uid, exception.dt): one.line
        for one in series
        for dates in listed(one.event, "EXDATE")
        for exception in dates.dts
    }


def _recurs(event: Event) -> bool:
    return "RRULE" in event or "RDATE" in event


def _id(uid: str, start: date) -> str:
    if not isinstance(start, datetime):
        return f"{uid}/{start:%Y%m%d}"
    return f"{uid}/{in_utc(start):%Y%m%dT%H%M%S}{'' if start.tzinfo is None else 'Z'}"
