"""Reading appointments from an iCalendar file (RFC 5545); ``ical_event`` says what it must tell."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from icalendar import Calendar, Event

from reception.appointments.ical_event import EventReader
from reception.appointments.ical_property import broken_times, is_all_day, text, when
from reception.appointments.ical_series import Occurrence, is_series, left_out, occurrences
from reception.appointments.importing import Cancelled, Filed, ImportFileError, Reading, RowError
from reception.appointments.text_file import read_text
from reception.practice import Practice


def read_ical(path: Path, practice: Practice, now: datetime) -> Reading:
    """What a calendar file says, its bad events by line, UID, field and reason.

    Series are followed from ``now`` to the practice's booking horizon. Raises ``ImportFileError``
    when it is no complete calendar in UTF-8.
    """
    said = _Said(practice, now)
    for events in _events_by_uid(path):
        said.take(events)
    return said.reading()


class _Said:
    """What was read of a file so far."""

    def __init__(self, practice: Practice, now: datetime) -> None:
        self._reader = EventReader(practice)
        self._now = now
        self._until = now + timedelta(days=practice.booking_horizon_days)
        self._filed: list[Filed] = []
        self._cancelled: list[Cancelled] = []
        # All occurrences of a series are wrong in the same way; once is enough.
        self._errors: dict[RowError, None] = {}
        self._all_day: list[int] = []
        self._past: list[int] = []

    def take(self, events: Sequence[Occurrence]) -> None:
        """Read the events of one UID."""
        self._all_day += (one.line for one in events if is_all_day(one.event))
        timed = [one for one in events if not is_all_day(one.event)]
        if not is_series(timed):
            for one in timed:
                self._take_one(one)
            return
        broken = [one for one in timed if self._complain(one, broken_times(one.event))]
        if broken:
            return
        try:
            found = occurrences(timed, self._now, self._until)
        except ValueError as error:
            self._complain(timed[0], [("RRULE", f"cannot be followed: {error}".rstrip("."))])
            return
        for one in found.values():
            self._take_one(one)
        self._cancelled += (
            Cancelled(line, excepted)
            for excepted, line in left_out(timed).items()
            if excepted not in found
        )

    def _take_one(self, one: Occurrence) -> None:
        if not one.uid:
            reason = "is missing; without it every import would add the appointment again"
            self._complain(one, [("UID", reason)])
        elif text(one.event, "STATUS").upper() == "CANCELLED":
            # Of one that is cancelled no more is asked than which it is.
            broken = [wrong for wrong in broken_times(one.event) if wrong[0] == "RECURRENCE-ID"]
            if not self._complain(one, broken):
                self._cancelled.append(Cancelled(one.line, one.appointment_id))
        else:
            read = self._reader.read(one.line, one.event, one.appointment_id)
            if isinstance(read, Filed):
                self._filed.append(read)
            elif self._is_past(one.event):
                self._past.append(one.line)
            else:
                self._errors |= dict.fromkeys(read)

    def _is_past(self, event: Event) -> bool:
        """Whether it is surely over: nobody will be called about it, nobody needs to mend it."""
        start = when(event, "DTSTART")
        if not isinstance(start, datetime):
            return False
        # A floating time is off by less than a day, wherever it is.
        aware = start if start.tzinfo is not None else start.replace(tzinfo=UTC)
        return aware < self._now - timedelta(days=1)

    def _complain(self, one: Occurrence, wrong: Iterable[tuple[str, str]]) -> bool:
        errors = [RowError(one.line, name, reason, one.uid) for name, reason in wrong]
        self._errors |= dict.fromkeys(errors)
        return bool(errors)

    def reading(self) -> Reading:
        notices = []
        if self._all_day:
            notices.append(f"Left out, as they last all day: {_lines(self._all_day)}.")
        if self._past:
            notices.append(f"Left out, as they are past and incomplete: {_lines(self._past)}.")
        return Reading(
            filed=tuple(self._filed),
            errors=tuple(self._errors),
            cancelled=tuple(self._cancelled),
            notices=tuple(notices),
        )


def _lines(lines: Iterable[int]) -> str:
    return f"line {', '.join(str(line) for line in sorted(lines))}"


def _events_by_uid(path: Path) -> Iterable[Sequence[Occurrence]]:
    """The events of a file, each with its line, those of one UID together; without one, alone."""
    written = read_text(path)
    try:
        calendars = Calendar.from_ical(written, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise ImportFileError(f"{path} is not a calendar ({error}); export it again.") from error
    events = [
        event
        for calendar in calendars
        for event in calendar.walk("VEVENT")
        if isinstance(event, Event)
    ]
    lines = [
        number
        for number, line in enumerate(written.splitlines(), start=1)
        if line.strip().upper() == "BEGIN:VEVENT"
    ]
    # What breaks off in the middle is left out by the parser without a word.
    if not calendars or len(events) != len(lines):
        raise ImportFileError(f"{path} is not a complete calendar; export it again.")
    by_uid: defaultdict[str, list[Occurrence]] = defaultdict(list)
    for line, event in zip(lines, events, strict=True):
        one = Occurrence(line, event)
        by_uid[one.uid or f"line {line}"].append(one)
    return by_uid.values()
