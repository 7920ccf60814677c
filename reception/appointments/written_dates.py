"""Dates as a practice's spreadsheets write them; ISO is understood whatever the practice chose."""

from collections.abc import Iterable
from datetime import date, datetime

from reception.practice import DateOrder

_DAYS = {
    DateOrder.ISO: (),
    DateOrder.DAY_FIRST: ("%d.%m.%Y",),
    DateOrder.MONTH_FIRST: ("%m.%d.%Y",),
}
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")
_MOMENTS = {
    order: tuple(f"{day} {clock}" for day in days for clock in _CLOCKS)
    for order, days in _DAYS.items()
}
# A year of two digits is not guessed at, so the sentences say four: 05.06.12 is anybody's birthday.
_WRITE_DAY = {
    DateOrder.ISO: "write it as year, month, day: 1985-06-12",
    DateOrder.DAY_FIRST: "write it as day, month and year in four digits: 31.12.1985",
    DateOrder.MONTH_FIRST: "write it as month, day and year in four digits: 12/31/1985",
}
_WRITE_MOMENT = {
    DateOrder.ISO: "write it as 2026-01-05T14:30, with an offset or without",
    DateOrder.DAY_FIRST: "write it as day, month, year in four digits and time: 31.12.2026 14:30",
    DateOrder.MONTH_FIRST: "write it as month, day, year in four digits and time: 12/31/2026 14:30",
}


def read_day(text: str, order: DateOrder) -> date:
    """The day that is meant. Raises ``ValueError`` with how to write it."""
    day = _day(text, order)
    if day is None:
        raise ValueError(_WRITE_DAY[order])
    return day


def read_moment(text: str, order: DateOrder) -> datetime:
    """The day and time that are meant, with an offset only where one is written.

    Raises ``ValueError`` with how to write it.
    """
    if _day(text, order) is not None:
        raise ValueError(f"no time; {_WRITE_MOMENT[order]}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        moment = _first(text, _MOMENTS[order])
        if moment is None:
            raise ValueError(_WRITE_MOMENT[order]) from error
        return moment


def _day(text: str, order: DateOrder) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        found = _first(text, _DAYS[order])
        return None if found is None else found.date()


def _first(text: str, formats: Iterable[str]) -> datetime | None:
    """What the first format that fits makes of it; dots, slashes and dashes are all the same."""
    dotted = text.replace("/", ".").replace("-", ".").replace(",", "")
    for each in formats:
        try:
            # The zone is not the text's to say: it is the location's.
            return datetime.strptime(dotted, each)  # noqa: DTZ007
        except ValueError:
            continue
    return None
