"""practice.yaml: what a practice decides, and an answer for every mistake in it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from reception.practice import (
    CalendarWrites,
    LateChanges,
    Practice,
    PracticeFileError,
    Verification,
    WeeklyHours,
    load_practice,
)
from reception.settings import PROJECT


def test_the_sample_is_main_street_dental_clinic(shipped: Practice) -> None:
    assert shipped.name == "Main Street Dental Clinic"
    assert shipped.persona.name == "Sarah"
    assert shipped.calendar_writes is CalendarWrites.FINAL
    assert shipped.verification is Verification.NAME
    assert shipped.sample_appointments


def test_a_public_holiday_is_closed(shipped: Practice) -> None:
    thanksgiving = date(2026, 11, 26)
    assert not shipped.is_open("main-street", thanksgiving)
    working = shipped.holidays.model_copy(update={"open_anyway": (thanksgiving,)})
    assert shipped.model_copy(update={"holidays": working}).is_open("main-street", thanksgiving)


CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),
        ("2026-11-23T07:00", "2026-11-23T08:00"),
        ("2026-11-23T17:00", "2026-11-24T08:00"),
        ("2026-11-25T20:00", "2026-11-27T08:00"),
        ("2026-11-27T16:00", "2026-11-30T08:00"),
    ],
    ids=["open", "before", "at closing time", "over Thanksgiving", "over a weekend"],
)
def test_it_knows_when_it_opens_next(shipped: Practice, moment: str, opens: str) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=CHICAGO)
    next_open = datetime.fromisoformat(opens).replace(tzinfo=CHICAGO)
    for asked in (local, local.astimezone(UTC)):
        assert shipped.open_from("main-street", asked) == next_open


def test_a_location_that_never_opens_has_no_next_time(shipped: Practice) -> None:
    never = shipped.locations["main-street"].model_copy(update={"opening_hours": WeeklyHours()})
    closed = shipped.model_copy(update={"locations": {"main-street": never}})
    assert closed.open_from("main-street", datetime(2026, 11, 23, 10, tzinfo=CHICAGO)) is None


@pytest.mark.parametrize(
    ("hours", "ahead", "late"),
    [(24, 23, True), (24, 24, False), (0, 1, False), (0.5, 0.4, True)],
)
def test_late_is_less_than_the_hours_before(
    shipped: Practice, hours: float, ahead: float, late: bool
) -> None:
    rules = shipped.model_copy(update={"late_changes": LateChanges(hours=hours)})
    now = datetime(2026, 11, 23, 10, tzinfo=CHICAGO)
    assert rules.is_late(now + timedelta(hours=ahead), now) is late


def changed(tmp_path: Path, change: dict[str, Any]) -> Path:
    raw = yaml.safe_load((PROJECT / "practice.yaml").read_text())
    for dotted, value in change.items():
        *parents, key = dotted.split(".")
        place = raw
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place[parent]
        if value is None:
            del place[key]
        else:
            place[key] = value
    file = tmp_path / "practice.yaml"
    file.write_text(yaml.safe_dump(raw))
    return file


MISTAKES = [
    ({"name": None}, ["name is missing"]),
    ({"verification": "passport"}, ["verification", "'passport'", "'name_and_birth_date'"]),
    ({"calendar_writes": "maybe"}, ["calendar_writes", "'maybe'", "'final' or 'request'"]),
    ({"voicemail": "everything"}, ["voicemail", "'everything'", "'callback' or 'reminder'"]),
    ({"persona.nmae": "Sarah"}, ["persona.nmae", "not a key"]),
    ({"locations.main-street.time_zone": "Mars"}, ["time_zone", "'Mars'"]),
    ({"locations.main-street.callback_number": "call us"}, ["callback_number", "'call us'"]),
    (
        {"locations.main-street.opening_hours.monday": "08:00-27:00"},
        ["opening_hours.monday", "'08:00-27:00'", "08:00-17:00"],
    ),
    (
        {"locations.main-street.opening_hours.monday": "17:00-08:00"},
        ["opening_hours.monday", "17:00 is not before 08:00"],
    ),
    ({"providers.dr-chen.services": ["surgery"]}, ["dr-chen.services", "'surgery'", "cleaning"]),
    ({"providers.dr-chen.locations": ["moon"]}, ["dr-chen.locations", "'moon'", "main-street"]),
    ({"sample_appointments.0.provider": "dr-who"}, ["sample-1.provider", "'dr-who'", "dr-chen"]),
    ({"holidays.country": "Utopia"}, ["holidays.country", "Utopia", "such as US"]),
    ({"holidays.subdivision": "ZZ"}, ["holidays.subdivision", "ZZ", "IL"]),
    ({"services.cleaning.minutes": 0}, ["services.cleaning.minutes", "greater than 0"]),
    ({"minimum_notice_hours": "soon"}, ["minimum_notice_hours", "'soon'"]),
    ({"csv.dates": "european"}, ["csv.dates", "'european'", "'iso', 'day_first' or 'month_first'"]),
    ({"csv.date": "iso"}, ["csv.date", "not a key"]),
    ({"late_changes.cancel": "never"}, ["late_changes.cancel", "'never'", "'allowed' or 'desk'"]),
    ({"late_changes.hours": -1}, ["late_changes.hours", "-1", "greater than or equal to 0"]),
    ({"late_changes.note": ""}, ["late_changes.note", "at least 1 character"]),
    ({"late_changes.fee": 40}, ["late_changes.fee", "not a key"]),
    (
        {"locations.main-street.staff_number": "the desk"},
        ["main-street.staff_number", "'the desk'"],
    ),
    ({"limits.turns": 1}, ["limits.turns", "1", "greater than or equal to 6"]),
]


@pytest.mark.parametrize(("change", "named"), MISTAKES)
def test_a_mistake_is_named_with_what_is_allowed(
    tmp_path: Path, change: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(PracticeFileError) as raised:
        load_practice(changed(tmp_path, change))
    for part in named:
        assert part in str(raised.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = changed(tmp_path, {"verification": "passport", "voicemail": "everything"})
    with pytest.raises(PracticeFileError) as raised:
        load_practice(file)
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"name: [", "is not YAML"),
        (b"", "holds no keys"),
        (b"- a list", "holds no keys"),
        (b"\xff\xfe\x00", "is not YAML"),
    ],
)
def test_a_file_that_is_no_practice_is_told_so(tmp_path: Path, content: bytes, named: str) -> None:
    file = tmp_path / "practice.yaml"
    file.write_bytes(content)
    with pytest.raises(PracticeFileError, match=named):
        load_practice(file)


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(PracticeFileError, match="PRACTICE_FILE"):
        load_practice(tmp_path / "none.yaml")
