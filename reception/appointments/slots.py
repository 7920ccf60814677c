"""Which times are free: pure functions of the practice, what is taken, and what is wished."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reception.appointments.cells import cells
from reception.appointments.models import Appointment, Slot, Weekday, Wish
from reception.practice import Practice, Span

QUARTER_HOURS = tuple(time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45))
"""Free times start on the quarter hours of the location's clock."""

NOON = time(12)


class Busy(NamedTuple):
    """A stretch of time that a provider is taken."""

    starts_at: datetime
    ends_at: datetime


class _Free(NamedTuple):
    starts_at: datetime
    provider: str


@dataclass(frozen=True)
class Search:
    """What is looked for, and what is known of it.

    ``busy`` says by provider what is taken, without the appointment itself.
    """

    practice: Practice
    appointment: Appointment
    wish: Wish
    busy: Mapping[str, Sequence[Busy]]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.practice.locations[self.appointment.location].zone


def free_slots(search: Search, limit: int) -> tuple[Slot, ...]:
    """At most ``limit`` free times to which the appointment could move, soonest first.

    The provider stays unless the wish names another, or has nothing free that suits: then any
    other may do.
    """
    for providers in _providers_to_ask(search):
        free = sorted(found for provider in providers for found in _free_with(search, provider))
        if free:
            chosen = _spread(free, search.zone, limit)
            return tuple(_slot(search.appointment, found) for found in chosen)
    return ()


def is_offered(practice: Practice, at: Slot | Appointment, now: datetime) -> bool:
    """Whether hours, holidays, notice and horizon (still) allow it; not whether it is free."""
    if at.provider not in _offering(practice, at.service, at.location):
        return False
    day = at.starts_at.astimezone(practice.locations[at.location].zone).date()
    return (
        at.starts_at >= now + practice.minimum_notice
        and day <= _last_day(practice, at.location, now)
        and any(
            opens <= at.starts_at and at.starts_at + at.duration <= closes
            for opens, closes in _open_spans(practice, at.location, at.provider, day)
        )
    )


def _offering(practice: Practice, service: str, location: str) -> tuple[str, ...]:
    return tuple(
        key
        for key, provider in practice.providers.items()
        if service in provider.services and location in provider.locations
    )


def _last_day(practice: Practice, location: str, now: datetime) -> date:
    """The last day, at the location, that can be booked."""
    today = now.astimezone(practice.locations[location].zone).date()
    return today + timedelta(days=practice.booking_horizon_days)


def _providers_to_ask(search: Search) -> Iterator[tuple[str, ...]]:
    """Groups of providers; the next group is only asked when the one before has nothing free."""
    appointment, wish = search.appointment, search.wish
    offering = _offering(search.practice, appointment.service, appointment.location)
    first = wish.provider or appointment.provider
    yield tuple(key for key in offering if key == first)
    if wish.provider is None:
        yield tuple(key for key in offering if key != first)


def _free_with(search: Search, provider: str) -> Iterator[_Free]:
    appointment = search.appointment
    taken = {cell for stretch in search.busy.get(provider, ()) for cell in cells(*stretch)}
    keeps_provider = search.wish.provider in (None, appointment.provider)
    earliest = search.now + search.practice.minimum_notice
    for day in _days(search):
        for starts_at in _starts(search, provider, day):
            # Whoever wants another time is not offered the one that they have.
            is_present = keeps_provider and starts_at == appointment.starts_at
            if (
                starts_at >= earliest
                and not is_present
                and taken.isdisjoint(cells(starts_at, starts_at + appointment.duration))
            ):
                yield _Free(starts_at, provider)


def _days(search: Search) -> Iterator[date]:
    wish = search.wish
    day = search.now.astimezone(search.zone).date()
    last = _last_day(search.practice, search.appointment.location, search.now)
    day = max(day, wish.on_or_after or day)
    last = min(last, wish.on_or_before or last)
    while day <= last:
        weekday = Weekday(day.weekday())
        if weekday in (wish.weekdays or Weekday) and weekday not in wish.not_weekdays:
            yield day
        day += timedelta(days=1)


def _starts(search: Search, provider: str, day: date) -> Iterator[datetime]:
    """The quarter hours of ``day``, in UTC, that suit and from which the whole appointment fits."""
    wish, duration = search.wish, search.appointment.duration
    spans = _open_spans(search.practice, search.appointment.location, provider, day)
    for clock in QUARTER_HOURS if spans else ():
        starts_at = _moment(day, clock, search.zone)
        if (
            (wish.from_time or time.min) <= clock <= (wish.to_time or time.max)
            # In the hour that the clocks skip, a clock time comes back as another one.
            and starts_at.astimezone(search.zone).time() == clock
            and any(opens <= starts_at and starts_at + duration <= ends for opens, ends in spans)
        ):
            yield starts_at


def _open_spans(
    practice: Practice, location: str, provider: str, day: date
) -> tuple[tuple[datetime, datetime], ...]:
    """When, in UTC, both the location and the provider are at work on ``day``."""
    if not practice.is_open(location, day):
        return ()
    place = practice.locations[location]
    theirs = practice.providers[provider].hours or place.opening_hours
    return tuple(
        (_moment(day, span.opens, place.zone), _moment(day, span.closes, place.zone))
        for span in _common(place.opening_hours.on(day), theirs.on(day))
    )


def _common(some: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    for one in some:
        for other in others:
            opens, closes = max(one.opens, other.opens), min(one.closes, other.closes)
            if opens < closes:
                yield Span(opens=opens, closes=closes)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _spread(free: Iterable[_Free], zone: ZoneInfo, limit: int) -> list[_Free]:
    """The soonest, one a half of a day, so that they are a choice; then more of the soonest."""
    at_once: dict[datetime, _Free] = {}
    for found in free:
        at_once.setdefault(found.starts_at, found)
    halves: dict[tuple[date, bool], _Free] = {}
    for found in at_once.values():
        local = found.starts_at.astimezone(zone)
        halves.setdefault((local.date(), local.time() < NOON), found)
    chosen = list(halves.values())[:limit]
    rest = (found for found in at_once.values() if found not in chosen)
    return sorted([*chosen, *rest][: max(limit, 0)])


def _slot(appointment: Appointment, free: _Free) -> Slot:
    content = (
        free.starts_at.isoformat(),
        str(appointment.duration),
        appointment.service,
        free.provider,
        appointment.location,
    )
    return Slot(
        id=f"slot_{hashlib.sha256(repr(content).encode()).hexdigest()[:8]}",
        starts_at=free.starts_at,
        duration=appointment.duration,
        service=appointment.service,
        provider=free.provider,
        location=appointment.location,
    )
