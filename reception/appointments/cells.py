"""Time in cells of five minutes: no two bookings of one provider share one."""

from datetime import UTC, datetime, timedelta

CELL = timedelta(minutes=5)


def cell_of(moment: datetime) -> datetime:
    """The start, in UTC, of the cell in which ``moment`` lies."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute // 5 * 5, second=0, microsecond=0)


def cells(starts_at: datetime, ends_at: datetime) -> tuple[datetime, ...]:
    """The starts, in UTC, of all cells that a booking touches."""
    first = cell_of(starts_at)
    count = -((first - ends_at) // CELL)
    return tuple(first + CELL * number for number in range(count))
