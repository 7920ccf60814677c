"""Which times are free: everything that is handed out keeps all of the practice's rules."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reception.appointments.models import Appointment, Slot, Weekday, Wish
from reception.appointments.slots import Busy, Search, free_slots, is_offered
from reception.practice import Practice
from tests.unit.appointments.given import CHICAGO, MONDAY, NOW, a_practice, an_appointment, at

PRACTICE = a_practice()


def find(
    wish: Wish | None = None,
    limit: int = 3,
    *,
    appointment: Appointment | None = None,
    busy: Mapping[str, Sequence[Busy]] | None = None,
    now: datetime = NOW,
    practice: Practice = PRACTICE,
) -> tuple[Slot, ...]:
    search = Search(practice, appointment or an_appointment(), wish or Wish(), busy or {}, now)
    return free_slots(search, limit)


def said(slots: Sequence[Slot]) -> list[str]:
    """As Chicago would say them: ``Wed 04 09:00 chen``."""
    return [f"{slot.starts_at.astimezone(CHICAGO):%a %d %H:%M} {slot.provider}" for slot in slots]


def exactly(day: int, hour: int, minute: int = 0) -> Wish:
    clock = time(hour, minute)
    on = date(2026, 3, day)
    return Wish(on_or_after=on, on_or_before=on, from_time=clock, to_time=clock)


def all_of(day: date, **changes: Any) -> list[str]:
    """Every clock time that is free on a day."""
    wish = Wish(on_or_after=day, on_or_before=day)
    return [entry.split()[2] for entry in said(find(wish, 200, **changes))]


def test_the_soonest_spread_over_halves_of_days() -> None:
    # It is Monday, 9:05: with two hours' notice 11:15 is the first quarter hour.
    assert said(find()) == ["Mon 02 11:15 chen", "Mon 02 12:00 chen", "Tue 03 08:00 chen"]


def test_more_of_the_soonest_when_there_are_no_more_halves() -> None:
    monday = Wish(on_or_before=date(2026, 3, 2))
    assert said(find(monday, 4)) == [
        "Mon 02 11:15 chen",
        "Mon 02 11:30 chen",
        "Mon 02 11:45 chen",
        "Mon 02 12:00 chen",
    ]


def test_the_whole_length_fits_between_opening_and_closing() -> None:
    long = an_appointment(starts_at=at(4, 10), duration=timedelta(minutes=210))
    # Tuesday is from eight to twelve and from one to five.
    assert all_of(date(2026, 3, 3), appointment=long) == [
        "08:00",
        "08:15",
        "08:30",
        "13:00",
        "13:15",
        "13:30",
    ]


def test_holidays_and_closed_days_have_nothing() -> None:
    assert all_of(date(2026, 3, 5)) == []
    assert all_of(date(2026, 3, 7)) == []


def test_a_provider_works_when_both_they_and_the_location_do() -> None:
    patel = an_appointment(provider="patel")
    # Mondays from seven, but the location opens at eight; Wednesdays until six, it closes at five.
    monday = all_of(date(2026, 3, 9), appointment=patel)
    assert (monday[0], monday[-1]) == ("08:00", "11:30")
    wednesday = all_of(date(2026, 3, 4), appointment=patel)
    assert (wednesday[0], wednesday[-1]) == ("10:00", "16:30")


def test_nothing_before_the_notice_or_after_the_horizon() -> None:
    assert find(Wish(on_or_before=date(2026, 3, 2), to_time=time(11))) == ()
    assert find(Wish(on_or_after=date(2026, 4, 1)), practice=PRACTICE)
    assert find(Wish(on_or_after=date(2026, 4, 2)), practice=PRACTICE) == ()


def test_what_is_taken_is_not_offered() -> None:
    busy = {"chen": [Busy(at(4, 9), at(4, 9, 30))]}
    assert find(exactly(4, 8, 30), busy=busy)
    assert find(exactly(4, 8, 45), busy=busy) == ()
    assert find(exactly(4, 9), busy=busy) == ()
    assert find(exactly(4, 9, 30), busy=busy)


def test_bookings_never_share_five_minutes() -> None:
    """As the book keeps them apart: else it would offer what it then refuses."""
    busy = {"chen": [Busy(at(4, 9), at(4, 9, 31))]}
    assert find(exactly(4, 9, 30), busy=busy) == ()
    assert find(exactly(4, 9, 45), busy=busy)


def test_the_present_time_is_not_offered_again() -> None:
    assert find(exactly(3, 10)) == ()
    assert said(find(exactly(4, 10), appointment=an_appointment(starts_at=at(3, 10)))) == [
        "Wed 04 10:00 chen"
    ]


def test_the_present_time_with_another_provider_is_a_choice_when_wished() -> None:
    appointment = an_appointment(starts_at=at(4, 10).astimezone(UTC))
    assert find(exactly(4, 10), appointment=appointment) == ()
    with_patel = exactly(4, 10).model_copy(update={"provider": "patel"})
    assert said(find(with_patel, appointment=appointment)) == ["Wed 04 10:00 patel"]


class TestTheProvider:
    def test_stays_the_same(self) -> None:
        assert {slot.provider for slot in find(limit=50)} == {"chen"}

    def test_changes_when_theirs_is_all_taken(self) -> None:
        busy = {"chen": [Busy(at(4, 0), at(5, 0))]}
        wednesday = Wish(on_or_after=date(2026, 3, 4), on_or_before=date(2026, 3, 4))
        assert said(find(wednesday, busy=busy, limit=1)) == ["Wed 04 10:00 patel"]

    def test_is_the_one_wished_for_and_no_other(self) -> None:
        assert {slot.provider for slot in find(Wish(provider="patel"), limit=50)} == {"patel"}
        busy = {"patel": [Busy(at(1, 0), at(31, 0) + timedelta(days=9))]}
        assert find(Wish(provider="patel"), busy=busy) == ()

    def test_must_offer_the_service_at_the_location(self) -> None:
        cleaning = an_appointment(service="cleaning", duration=timedelta(hours=1))
        assert find(Wish(provider="patel"), appointment=cleaning) == ()
        assert find(Wish(provider="nobody")) == ()

    def test_is_never_offered_twice_at_one_time(self) -> None:
        practice = a_practice()
        gone = an_appointment(provider="retired")
        starts = [slot.starts_at for slot in find(limit=500, appointment=gone, practice=practice)]
        assert len(starts) == len(set(starts))


def test_an_unknown_location_or_service_has_nothing_free() -> None:
    assert find(appointment=an_appointment(location="closed-down")) == ()
    assert find(appointment=an_appointment(service="gone")) == ()


class TestWishes:
    def test_a_time_to_the_minute(self) -> None:
        assert said(find(Wish(from_time=time(16), to_time=time(16)), limit=2)) == [
            "Mon 02 16:00 chen",
            "Tue 03 16:00 chen",
        ]

    def test_weekdays(self) -> None:
        wish = Wish(weekdays=frozenset({Weekday.FRIDAY}), not_weekdays=frozenset({Weekday.MONDAY}))
        assert {entry[:3] for entry in said(find(wish, limit=100))} == {"Fri"}

    def test_not_on_weekdays(self) -> None:
        wish = Wish(not_weekdays=frozenset({Weekday.MONDAY, Weekday.TUESDAY}))
        assert said(find(wish, limit=1)) == ["Wed 04 08:00 chen"]

    def test_dates_are_inclusive(self) -> None:
        wish = Wish(on_or_after=date(2026, 3, 4), on_or_before=date(2026, 3, 4))
        assert {entry[:6] for entry in said(find(wish, limit=100))} == {"Wed 04"}


class TestSummerTime:
    ALWAYS_OPEN = a_practice(
        locations={
            "main": {
                "name": "Main Street",
                "time_zone": "America/Chicago",
                "callback_number": "+12175550100",
                "opening_hours": {"sunday": "00:00-06:00"},
            }
        },
        providers={"chen": {"name": "Chen", "services": ["checkup"], "locations": ["main"]}},
        minimum_notice_hours=0,
        booking_horizon_days=365,
    )

    def test_times_that_the_clocks_skip_are_not_offered(self) -> None:
        clocks = all_of(date(2026, 3, 8), practice=self.ALWAYS_OPEN)
        assert "01:45" in clocks
        assert not [clock for clock in clocks if clock.startswith("02")]
        assert "03:00" in clocks
        # Nor as the time that it really is by then.
        assert find(exactly(8, 2, 30), practice=self.ALWAYS_OPEN) == ()

    def test_length_is_real_time_and_not_what_the_clock_shows(self) -> None:
        hour = an_appointment(duration=timedelta(hours=1))
        slots = find(exactly(8, 1, 30), appointment=hour, practice=self.ALWAYS_OPEN)
        assert slots[0].starts_at + slots[0].duration == at(8, 3, 30)

    def test_times_that_the_clocks_show_twice_are_offered_once(self) -> None:
        clocks = all_of(date(2026, 11, 1), practice=self.ALWAYS_OPEN)
        assert clocks.count("01:30") == 1


def test_an_id_is_the_same_for_the_same_slot_and_tells_nothing() -> None:
    first, second = find(limit=2)
    assert find(limit=1)[0].id == first.id
    assert first.id != second.id
    assert first.id.startswith("slot_")
    assert len(first.id) == len("slot_") + 8


def moments_of(first: date, last: date, zone: tzinfo) -> st.SearchStrategy[datetime]:
    begin, end = (datetime.combine(day, time.min) for day in (first, last))
    return st.datetimes(begin, end, timezones=st.just(zone))


clock_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
dates = st.dates(date(2026, 2, 25), date(2026, 4, 10))
weekdays = st.frozensets(st.sampled_from(Weekday), max_size=3)
wishes = st.builds(
    Wish,
    on_or_after=st.none() | dates,
    on_or_before=st.none() | dates,
    weekdays=weekdays,
    not_weekdays=weekdays,
    from_time=st.none() | clock_times,
    to_time=st.none() | clock_times,
    provider=st.sampled_from([None, None, "chen", "patel", "nobody"]),
)
stretches = st.builds(
    lambda start, minutes: Busy(start, start + timedelta(minutes=minutes)),
    moments_of(MONDAY - timedelta(days=1), date(2026, 4, 2), CHICAGO),
    st.integers(1, 600),
)
busies = st.dictionaries(st.sampled_from(["chen", "patel"]), st.lists(stretches, max_size=12))
appointments = st.builds(
    lambda start, kind, location, provider: an_appointment(
        starts_at=start, service=kind[0], duration=kind[1], location=location, provider=provider
    ),
    moments_of(MONDAY, date(2026, 3, 20), UTC),
    st.sampled_from([("cleaning", timedelta(minutes=60)), ("checkup", timedelta(minutes=25))]),
    st.sampled_from(["main", "east"]),
    st.sampled_from(["chen", "patel", "retired"]),
)
moments = moments_of(MONDAY - timedelta(days=1), date(2026, 3, 20), UTC)


@given(appointments, wishes, busies, moments, st.integers(0, 6))
def test_every_slot_keeps_every_rule(
    appointment: Appointment,
    wish: Wish,
    busy: dict[str, list[Busy]],
    now: datetime,
    limit: int,
) -> None:
    slots = find(wish, limit, appointment=appointment, busy=busy, now=now)
    assert len(slots) <= limit
    starts = [slot.starts_at for slot in slots]
    assert starts == sorted(set(starts))
    for slot in slots:
        assert_keeps_the_rules(slot, appointment, wish, now)
        assert is_offered(PRACTICE, slot, now)
        for stretch in busy.get(slot.provider, []):
            ends_at = slot.starts_at + slot.duration
            assert ends_at <= stretch.starts_at or stretch.ends_at <= slot.starts_at


def assert_keeps_the_rules(slot: Slot, appointment: Appointment, wish: Wish, now: datetime) -> None:
    """The rules told once more, from the practice's file and by plain comparison."""
    place, provider = PRACTICE.locations[slot.location], PRACTICE.providers[slot.provider]
    local = slot.starts_at.astimezone(place.zone)
    ends = (slot.starts_at + slot.duration).astimezone(place.zone)
    for hours in (place.opening_hours, provider.hours or place.opening_hours):
        assert any(
            span.opens <= local.time() and ends.time() <= span.closes
            for span in hours.on(local.date())
        )
    assert local.date() == ends.date() != date(2026, 3, 5)
    assert slot.service in provider.services
    assert slot.location in provider.locations
    for name in ("service", "location", "duration"):
        assert getattr(slot, name) == getattr(appointment, name)
    assert slot.starts_at - now >= timedelta(hours=2)
    assert local.date() - now.astimezone(place.zone).date() <= timedelta(days=30)
    assert (wish.on_or_after or date.min) <= local.date() <= (wish.on_or_before or date.max)
    assert (wish.from_time or time.min) <= local.time() <= (wish.to_time or time.max)
    assert not wish.weekdays or local.weekday() in wish.weekdays
    assert local.weekday() not in wish.not_weekdays
    assert wish.provider in (None, slot.provider)
