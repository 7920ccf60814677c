"""What the days and times of a clause are for: a new appointment, or a call back."""

from datetime import UTC, datetime, time, timedelta

from reception.appointments.models import Wish
from reception.dialogue.when import When

_DAY_ONLY = time(9)


def wish_of(when: When) -> Wish | None:
    """When somebody would like to come; None if nothing is left that a slot could suit."""
    wish = Wish(
        on_or_after=when.first_day,
        on_or_before=when.last_day,
        weekdays=when.weekdays,
        not_weekdays=when.not_weekdays,
        from_time=when.from_time,
        to_time=when.to_time,
    )
    return None if wish == Wish() else wish


def agrees(wish: Wish, moment: datetime) -> bool:
    """Whether a moment, in the zone of the wish, lies within it."""
    day, at = moment.date(), moment.time()
    return (
        (wish.on_or_after is None or wish.on_or_after <= day)
        and (wish.on_or_before is None or day <= wish.on_or_before)
        and (not wish.weekdays or day.weekday() in wish.weekdays)
        and day.weekday() not in wish.not_weekdays
        and (wish.from_time is None or wish.from_time <= at)
        and (wish.to_time is None or at <= wish.to_time)
    )


def callback_at(when: When, now: datetime) -> datetime | None:
    """The next moment that was asked for, in the zone of ``now``; never one that has passed."""
    if when.delay:
        # Counted in UTC: an hour is an hour on the night when the clocks change too.
        return (now.astimezone(UTC) + when.delay).astimezone(now.tzinfo)
    if when.call_at is None and when.first_day is None and not when.weekdays:
        return None
    at = when.call_at or _DAY_ONLY
    first = max(when.first_day or now.date(), now.date())
    last = when.last_day or first + timedelta(days=7)
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        moment = datetime.combine(day, at, tzinfo=now.tzinfo)
        if moment > now and (not when.weekdays or day.weekday() in when.weekdays):
            return moment
    return None
