"""What stands in an event's properties, however often each of them stands there."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Event, vBroken

_TIMES = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE")


def listed(event: Event, name: str) -> list[Any]:
    """The property's values: none, one, or one for each time that it stands there."""
    value = event.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text(event: Event, name: str) -> str:
    return "\n".join(str(value) for value in listed(event, name)).strip()


def texts(event: Event, name: str) -> list[str]:
    """The entries of a property that is a list, separated by commas."""
    entries: list[str] = []
    for value in listed(event, name):
        entries += map(str, value.cats) if hasattr(value, "cats") else str(value).split(",")
    return [entry.strip() for entry in entries]


def when(event: Event, name: str) -> date | None:
    """A day, or a moment as it is written: aware, or floating. None when it is not there."""
    found = [value.dt for value in listed(event, name) if not isinstance(value, vBroken)]
    return found[0] if found and isinstance(found[0], date) else None


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; a floating one stays as it is, its zone is not the event's to say."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def is_all_day(event: Event) -> bool:
    start = when(event, "DTSTART")
    return start is not None and not isinstance(start, datetime)


def length(event: Event) -> timedelta | None:
    """From start to end, None when it does not say. Raises ``ValueError``."""
    for value in listed(event, "DURATION"):
        return _not_negative(value.dt)
    start, end = when(event, "DTSTART"), when(event, "DTEND")
    if end is None:
        return None
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise ValueError("is a day, and DTSTART a time of day; write both alike")
    if (start.tzinfo is None) is not (end.tzinfo is None):
        raise ValueError("and DTSTART do not both have a zone; write both alike")
    # In UTC, because within a zone the hour that the clocks skip would count.
    return _not_negative(in_utc(end) - in_utc(start))


def _not_negative(span: timedelta) -> timedelta:
    if span < timedelta(0):
        raise ValueError("is before DTSTART")
    return span


def broken_times(event: Event) -> list[tuple[str, str]]:
    """The properties, each with the reason, that keep from telling when an event is."""
    wrong: list[tuple[str, str]] = []
    for name in _TIMES:
        for value in listed(event, name):
            if isinstance(value, vBroken):
                wrong.append((name, f"{str(value)!r}: {value.parse_error}".rstrip(".")))
            elif _has_unknown_zone(value):
                zone = value.params["TZID"]
                wrong.append((name, f"{zone!r}: no known time zone; write it as Europe/Rome"))
    return wrong


def _has_unknown_zone(value: Any) -> bool:
    """The parser leaves a time without zone when it does not know the zone's name."""
    moment = getattr(value, "dt", None)
    return isinstance(moment, datetime) and moment.tzinfo is None and "TZID" in value.params
