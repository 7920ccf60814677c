"""A calendar file: each event is an appointment, told in the event's own words or in lines."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reception.appointments.ical_file import read_ical
from reception.appointments.importing import Cancelled, ImportFileError, Reading
from reception.appointments.models import Appointment, Consent, Relation
from reception.appointments.read_file import read_file
from reception.practice import Practice
from tests.unit.appointments.given import NOW, a_practice, at

EVENT = {
    "UID": "e-1",
    "DTSTART;TZID=America/Chicago": "20260303T100000",
    "DTEND;TZID=America/Chicago": "20260303T103000",
    "SUMMARY": "Check-up",
    "ORGANIZER;CN=Dr. Chen": "mailto:chen@example.com",
    "LOCATION": "Main Street",
    "ATTENDEE;CN=Maria Santos": "tel:+1-217-555-0142",
}
START, END = "DTSTART;TZID=America/Chicago", "DTEND;TZID=America/Chicago"
ATTENDEE, ORGANIZER = "ATTENDEE;CN=Maria Santos", "ORGANIZER;CN=Dr. Chen"
WEEKLY = {"RRULE": "FREQ=WEEKLY;COUNT=4"}

Lines = list[str]


def event(without: tuple[str, ...] = (), /, **changes: str) -> Lines:
    return event_of({name: value for name, value in EVENT.items() if name not in without} | changes)


def event_of(properties: dict[str, str]) -> Lines:
    lines = [f"{name}:{value}" for name, value in properties.items()]
    return ["BEGIN:VEVENT", *lines, "END:VEVENT"]


class Calendars:
    """Writes calendars and reads them back as the importer does."""

    def __init__(self, folder: Path, practice: Practice) -> None:
        self._path = folder / "calendar.ics"
        self._practice = practice

    def text(self, content: str | bytes) -> Reading:
        self._path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_ical(self._path, self._practice, NOW)

    def read(self, *events: Lines) -> Reading:
        body = [line for each in events for line in each]
        return self.text(
            "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *body, "END:VCALENDAR", ""])
        )

    def all(self, *events: Lines) -> list[Appointment]:
        reading = self.read(*events)
        assert reading.errors == ()
        return [one.appointment for one in reading.filed]

    def one(self, *lines: str) -> Appointment:
        (appointment,) = self.all(list(lines))
        return appointment

    def errors(self, *events: Lines) -> dict[str, str]:
        reading = self.read(*events)
        assert reading.filed == ()
        return {error.field: error.reason for error in reading.errors}


@pytest.fixture
def calendars(tmp_path: Path) -> Calendars:
    return Calendars(tmp_path, a_practice())


@pytest.fixture
def one_place(tmp_path: Path) -> Calendars:
    """The calendar of a practice with one location."""
    whole = a_practice()
    only = {"main": whole.locations["main"].model_copy(update={"address": "120 Main St"})}
    providers = {
        key: provider.model_copy(update={"locations": ("main",)})
        for key, provider in whole.providers.items()
    }
    update = {"locations": only, "providers": providers}
    return Calendars(tmp_path, whole.model_copy(update=update))


def starts(appointments: list[Appointment]) -> list[datetime]:
    return sorted(appointment.starts_at for appointment in appointments)


class TestWhatAnEventSays:
    def test_in_its_own_properties(self, calendars: Calendars) -> None:
        one = calendars.one(*event())
        assert (one.id, one.version) == ("e-1", 1)
        assert (one.starts_at, one.duration) == (at(3, 10), timedelta(minutes=30))
        assert (one.service, one.provider, one.location) == ("checkup", "chen", "main")
        assert (one.customer.name, one.customer.date_of_birth) == ("Maria Santos", None)
        recipient = one.recipient
        assert (recipient.name, recipient.relation) == ("Maria Santos", Relation.SELF)
        assert (recipient.phone, recipient.time_zone) == ("+12175550142", "America/Chicago")
        assert recipient.consent is Consent.UNKNOWN

    def test_in_lines_of_its_description(self, calendars: Calendars) -> None:
        said = (
            r"Please be early.\nCustomer name: Leo Nowak\nPhone: (217) 555-0144\n"
            r"Date of birth: 2017-09-30\nprovider: Dr. Patel\nservice: checkup\nlocation: main\n"
            r"Recipient name: Anna Nowak\nRecipient relation: parent\nConsent: yes\nInsurance: none"
        )
        one = calendars.one(*event((ATTENDEE, ORGANIZER, "LOCATION"), DESCRIPTION=said))
        assert (one.customer.name, one.customer.date_of_birth) == ("Leo Nowak", date(2017, 9, 30))
        assert (one.service, one.provider, one.location) == ("checkup", "patel", "main")
        recipient = one.recipient
        assert (recipient.name, recipient.relation) == ("Anna Nowak", Relation.PARENT)
        assert (recipient.phone, recipient.consent) == ("+12175550144", Consent.GIVEN)

    def test_in_properties_of_its_own(self, calendars: Calendars) -> None:
        own = {"X-CUSTOMER-NAME": "Leo Nowak", "X-PHONE": "217 555 0144", "X-CUSTOMER-ID": "c-7"}
        one = calendars.one(*event((ATTENDEE,), **own))
        assert (one.customer.id, one.customer.name) == ("c-7", "Leo Nowak")
        assert one.recipient.phone == "+12175550144"

    def test_the_description_goes_before_everything_else(self, calendars: Calendars) -> None:
        said = r"provider: patel\ncustomer_name: Mary Santos"
        one = calendars.one(*event(DESCRIPTION=said, **{"X-CUSTOMER-NAME": "M."}))
        assert (one.provider, one.customer.name) == ("patel", "Mary Santos")

    def test_its_time_is_not_the_descriptions_to_say(self, calendars: Calendars) -> None:
        said = r"appointment_id: x\nstarts_at: 2026-03-09T08:00\nduration_minutes: 5"
        one = calendars.one(*event(DESCRIPTION=said))
        assert (one.id, one.starts_at) == ("e-1", at(3, 10))
        assert one.duration == timedelta(minutes=30)

    @pytest.mark.parametrize(
        ("properties", "service"),
        [
            ({"SUMMARY": "CHECKUP"}, "checkup"),
            ({"SUMMARY": "Dental cleaning: Maria Santos"}, "cleaning"),
            ({"SUMMARY": "Maria Santos", "CATEGORIES": "Blue,Dental cleaning"}, "cleaning"),
            ({"SUMMARY": "Check-up", "CATEGORIES": "cleaning"}, "cleaning"),
        ],
    )
    def test_a_category_or_the_summary_names_the_service(
        self, calendars: Calendars, properties: dict[str, str], service: str
    ) -> None:
        assert calendars.one(*event(**properties)).service == service

    @pytest.mark.parametrize("summary", ["Lunch", "Check-up and cleaning", "precheckup"])
    def test_no_service_is_guessed(self, calendars: Calendars, summary: str) -> None:
        reason = calendars.errors(event(SUMMARY=summary))["service"]
        assert summary in reason
        assert "cleaning, checkup" in reason

    def test_a_resource_goes_before_the_organizer(self, calendars: Calendars) -> None:
        assert calendars.one(*event(RESOURCES="Room 2,Dr. Patel")).provider == "patel"

    def test_the_customer_is_who_attends_besides_the_practice(self, calendars: Calendars) -> None:
        others = {
            "ATTENDEE;CN=Dr. Patel": "mailto:patel@example.com",
            "ATTENDEE;CN=Front desk": "mailto:chen@example.com",
            "ATTENDEE;CUTYPE=ROOM;CN=Room 2": "mailto:room@example.com",
            "ATTENDEE;CN=maria@example.com": "mailto:maria@example.com",
        }
        assert calendars.one(*event(**others)).customer.name == "Maria Santos"

    def test_of_several_customers_none_is_guessed(self, calendars: Calendars) -> None:
        two = event(**{"ATTENDEE;CN=Ana Santos": "tel:+12175550143"})
        errors = calendars.errors(two)
        assert set(errors) == {"customer_name", "phone"}
        assert "exactly one ATTENDEE" in errors["customer_name"]
        said = r"Customer name: Ana Santos\nPhone: 217 555 0143"
        assert (
            calendars.one(*two[:-1], f"DESCRIPTION:{said}", two[-1]).customer.name == "Ana Santos"
        )

    def test_a_location_is_told_by_its_name_anywhere(self, calendars: Calendars) -> None:
        address = r"East Side\, 5 Elm St\, New York"
        assert calendars.one(*event(LOCATION=address)).location == "east"

    def test_the_only_location_need_not_be_said(self, one_place: Calendars) -> None:
        assert one_place.one(*event(("LOCATION",))).location == "main"
        assert one_place.one(*event(LOCATION=r"120 Main St\, Springfield")).location == "main"
        assert "Elm" in one_place.errors(event(LOCATION="5 Elm St"))["location"]

    def test_a_customer_keeps_one_id_over_events_and_files(self, calendars: Calendars) -> None:
        again = event(UID="e-2", **{START: "20260310T100000", END: "20260310T103000"})
        again[again.index(f"{ATTENDEE}:tel:+1-217-555-0142")] = (
            "ATTENDEE;CN=maria  santos:tel:(217) 555-0142"
        )
        somebody = event((ATTENDEE,), UID="e-3", **{"ATTENDEE;CN=Ana": "tel:+12175550142"})
        first, second, other = calendars.all(event(), again, somebody)
        assert first.customer.id == second.customer.id
        assert first.customer.id != other.customer.id


class TestWhen:
    @pytest.mark.parametrize(
        ("start", "written", "moment"),
        [
            ("DTSTART;TZID=America/Chicago", "20260306T100000", at(6, 10)),
            # The clocks go forward on the 8th.
            ("DTSTART;TZID=America/Chicago", "20260309T100000", at(9, 10)),
            ("DTSTART;TZID=Europe/Rome", "20260306T170000", at(6, 10)),
            ("DTSTART;TZID=Eastern Standard Time", "20260306T110000", at(6, 10)),
            ("DTSTART", "20260306T160000Z", at(6, 10)),
            ("DTSTART", "20260306T100000", at(6, 10)),
        ],
    )
    def test_a_start_is_in_its_zone_in_utc_or_in_the_locations(
        self, calendars: Calendars, start: str, written: str, moment: datetime
    ) -> None:
        one = calendars.one(*event((START, END), **{start: written}))
        assert one.starts_at == moment
        assert one.starts_at.tzinfo is UTC

    def test_a_floating_start_is_its_own_locations(self, calendars: Calendars) -> None:
        floating = {"DTSTART": "20260306T100000", "DTEND": "20260306T104500"}
        one = calendars.one(*event((START, END), LOCATION="East Side", **floating))
        assert (one.starts_at, one.duration) == (at(6, 9), timedelta(minutes=45))

    def test_a_floating_start_that_the_clocks_skip(self, calendars: Calendars) -> None:
        skipped = event((START, END), DTSTART="20260308T023000")
        assert "the clocks skip it" in calendars.errors(skipped)["starts_at"]

    def test_a_zone_that_the_file_defines_itself(self, calendars: Calendars) -> None:
        zone = [
            "BEGIN:VTIMEZONE", "TZID:Practice", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "TZOFFSETFROM:-0600", "TZOFFSETTO:-0600", "END:STANDARD", "END:VTIMEZONE",
        ]  # fmt: skip
        start = {"DTSTART;TZID=Practice": "20260306T100000"}
        (one,) = calendars.all(zone, event((START, END), **start))
        assert one.starts_at == at(6, 10)

    def test_a_zone_that_nobody_knows(self, calendars: Calendars) -> None:
        wrong = event((START, END), **{"DTSTART;TZID=Mars/Foo": "20260306T100000"})
        assert "'Mars/Foo'" in calendars.errors(wrong)["DTSTART"]

    @pytest.mark.parametrize(
        ("properties", "minutes"),
        [
            ({"DURATION": "PT45M"}, 45),
            ({"DTEND": "20260303T171500Z"}, 75),
            ({}, 30),
            ({END: "20260303T100000"}, 30),
        ],
    )
    def test_it_lasts_as_it_says_or_else_as_the_service(
        self, calendars: Calendars, properties: dict[str, str], minutes: int
    ) -> None:
        one = calendars.one(*event((END,), **properties))
        assert one.duration == timedelta(minutes=minutes)

    def test_the_hour_that_the_clocks_skip_is_not_counted(self, calendars: Calendars) -> None:
        night = {START: "20260308T013000", END: "20260308T033000"}
        assert calendars.one(*event(**night)).duration == timedelta(hours=1)

    @pytest.mark.parametrize(
        ("end", "written"),
        [(END, "20260303T093000"), ("DTEND;VALUE=DATE", "20260304"), ("DTEND", "20260303T103000")],
    )
    def test_an_end_that_is_none(self, calendars: Calendars, end: str, written: str) -> None:
        assert set(calendars.errors(event((END,), **{end: written}))) == {"DTEND"}

    def test_what_lasts_all_day_is_left_out_and_said(self, calendars: Calendars) -> None:
        day = event_of({"UID": "d", "DTSTART;VALUE=DATE": "20260303", "RRULE": "FREQ=YEARLY"})
        reading = calendars.read(event(), day)
        assert (len(reading.filed), reading.errors) == (1, ())
        assert reading.notices == ("Left out, as they last all day: line 12.",)


class TestSeries:
    """From Tuesday the 3rd, weekly at ten; the practice books thirty days ahead."""

    def test_stands_for_one_appointment_each_at_its_clock_time(self, calendars: Calendars) -> None:
        found = calendars.all(event(**WEEKLY))
        assert starts(found) == [at(3, 10), at(10, 10), at(17, 10), at(24, 10)]
        # In winter ten o'clock is 16:00 in UTC, from the 8th on 15:00.
        assert sorted(one.id for one in found) == [
            "e-1/20260303T160000Z", "e-1/20260310T150000Z", "e-1/20260317T150000Z",
            "e-1/20260324T150000Z",
        ]  # fmt: skip
        assert {one.duration for one in found} == {timedelta(minutes=30)}

    def test_is_followed_from_now_to_the_booking_horizon(self, calendars: Calendars) -> None:
        endless = {START: "20200107T100000", END: "20200107T103000", "RRULE": "FREQ=WEEKLY"}
        found = starts(calendars.all(event(**endless)))
        assert (found[0], found[-1]) == (at(3, 10), at(31, 10))

    def test_that_floats_keeps_the_locations_clock(self, calendars: Calendars) -> None:
        floating = {"DTSTART": "20260303T100000", "DTEND": "20260303T103000"}
        found = calendars.all(event((START, END), **floating, **WEEKLY))
        assert starts(found) == [at(3, 10), at(10, 10), at(17, 10), at(24, 10)]
        assert "e-1/20260303T100000" in {one.id for one in found}

    def test_an_exception_is_no_appointment(self, calendars: Calendars) -> None:
        excepted = {"EXDATE;TZID=America/Chicago": "20260310T100000"}
        reading = calendars.read(event(**WEEKLY, **excepted))
        assert [one.appointment.starts_at for one in reading.filed] == [
            at(3, 10), at(17, 10), at(24, 10),
        ]  # fmt: skip
        # An earlier import may have it in the book.
        assert reading.cancelled == (Cancelled(3, "e-1/20260310T150000Z"),)

    @pytest.mark.parametrize("moved_to", ["20260311T140000", "20260601T140000", "20260301T140000"])
    def test_a_moved_occurrence_stays_the_same_appointment(
        self, calendars: Calendars, moved_to: str
    ) -> None:
        moved = event(
            (END,),
            **{START: moved_to, "RECURRENCE-ID;TZID=America/Chicago": "20260310T100000"},
        )
        reading = calendars.read(event(**WEEKLY), moved)
        by_id = {one.appointment.id: one for one in reading.filed}
        assert len(by_id) == 4
        one = by_id["e-1/20260310T150000Z"]
        zone = at(3, 10).tzinfo
        assert one.appointment.starts_at == datetime.strptime(moved_to, "%Y%m%dT%H%M%S").replace(
            tzinfo=zone
        )
        assert (one.line, by_id["e-1/20260317T150000Z"].line) == (13, 3)

    def test_a_moved_occurrence_may_come_without_its_series(self, calendars: Calendars) -> None:
        moved = event(
            **{"RECURRENCE-ID;TZID=America/Chicago": "20260310T100000", START: "20260303T090000"}
        )
        assert calendars.one(*moved).id == "e-1/20260310T150000Z"

    def test_a_cancelled_occurrence_is_cancelled_alone(self, calendars: Calendars) -> None:
        cancelled = event(
            STATUS="CANCELLED", **{"RECURRENCE-ID;TZID=America/Chicago": "20260310T100000"}
        )
        reading = calendars.read(event(**WEEKLY), cancelled)
        assert len(reading.filed) == 3
        assert reading.cancelled == (Cancelled(13, "e-1/20260310T150000Z"),)

    def test_a_cancelled_series_is_cancelled_whole(self, calendars: Calendars) -> None:
        reading = calendars.read(event(STATUS="CANCELLED", **WEEKLY))
        assert (reading.filed, len(reading.cancelled)) == ((), 4)

    def test_what_is_wrong_with_all_is_said_once(self, calendars: Calendars) -> None:
        reading = calendars.read(event((ATTENDEE,), **WEEKLY))
        assert [error.field for error in reading.errors] == ["customer_name", "phone"]

    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=SOMETIMES",
            "FREQ=MINUTELY",
            "COUNT=3",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY;UNTIL=X",
        ],
    )
    def test_a_rule_that_cannot_be_followed_spares_the_others(
        self, calendars: Calendars, rule: str
    ) -> None:
        reading = calendars.read(event(RRULE=rule), event(UID="e-2"))
        assert [one.appointment.id for one in reading.filed] == ["e-2"]
        assert [(error.line, error.field, error.name) for error in reading.errors] == [
            (3, "RRULE", "e-1")
        ]


class TestWhatIsWrong:
    def test_is_named_by_line_uid_field_and_reason(self, calendars: Calendars) -> None:
        wrong = event((ATTENDEE,), UID="e-2", DESCRIPTION="Phone: 12\\nConsent: maybe")
        reading = calendars.read(event(), wrong, event(UID="e-3"))
        assert [one.appointment.id for one in reading.filed] == ["e-1", "e-3"]
        assert {(error.line, error.name) for error in reading.errors} == {(12, "e-2")}
        reasons = {error.field: error.reason for error in reading.errors}
        assert set(reasons) == {"customer_name", "phone", "consent"}
        assert "in the description" in reasons["customer_name"]
        assert reasons["phone"].startswith("'12': ")

    @pytest.mark.parametrize(
        ("left_out", "field"),
        [
            ((ATTENDEE,), "phone"),
            ((ORGANIZER,), "provider"),
            (("LOCATION",), "location"),
            (("SUMMARY",), "service"),
        ],
    )
    def test_a_missing_part_says_where_to_write_it(
        self, calendars: Calendars, left_out: tuple[str, ...], field: str
    ) -> None:
        assert f"`{field}: ...`" in calendars.errors(event(left_out))[field]

    def test_an_event_without_uid_or_start(self, calendars: Calendars) -> None:
        assert set(calendars.errors(event(("UID",)), event(("UID",)))) == {"UID"}
        assert set(calendars.errors(event((START, END)))) == {"DTSTART"}
        assert set(calendars.errors(event((START,), DTSTART="soon"))) == {"DTSTART"}

    def test_nobody_mends_the_past(self, calendars: Calendars) -> None:
        past = {START: "20260228T100000", END: "20260228T103000"}
        reading = calendars.read(event((ATTENDEE,), **past))
        assert (reading.filed, reading.errors) == ((), ())
        assert reading.notices == ("Left out, as they are past and incomplete: line 3.",)

    def test_a_cancelled_event_need_not_be_complete(self, calendars: Calendars) -> None:
        reading = calendars.read(event_of({"UID": "e-1", "STATUS": "CANCELLED"}))
        assert (reading.cancelled, reading.errors) == ((Cancelled(3, "e-1"),), ())

    def test_a_cancelled_occurrence_must_say_which(self, calendars: Calendars) -> None:
        broken = {"UID": "e-1", "STATUS": "CANCELLED", "RECURRENCE-ID": "soon"}
        reading = calendars.read(event_of(broken))
        assert reading.cancelled == ()
        assert [error.field for error in reading.errors] == ["RECURRENCE-ID"]


class TestAFileThatCannotBeUsed:
    WHOLE = "\n".join(["BEGIN:VCALENDAR", *event(), *event(UID="e-2"), "END:VCALENDAR", ""])

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "hello",
            "BEGIN:VCALENDAR\n",
            WHOLE[: WHOLE.rindex("END:VEVENT")],
            WHOLE[: WHOLE.rindex("SUMMARY")],
            WHOLE + WHOLE[: WHOLE.rindex("SUMMARY")],
            "appointment_id,starts_at\n1,2\n",
            b"BEGIN:VCALENDAR\x00\x01",
        ],
    )
    def test_is_no_complete_calendar(self, calendars: Calendars, content: str | bytes) -> None:
        with pytest.raises(ImportFileError, match=r"calendar\.ics is not a .*calendar") as raised:
            calendars.text(content)
        assert "\n" not in str(raised.value)

    def test_is_not_utf_8(self, calendars: Calendars) -> None:
        with pytest.raises(ImportFileError, match="is not UTF-8"):
            calendars.text(self.WHOLE.replace("Maria", "Zoë").encode("latin-1"))

    def test_a_byte_order_mark_and_two_calendars_are_no_trouble(self, calendars: Calendars) -> None:
        second = self.WHOLE.replace("e-1", "e-3").replace("e-2", "e-4")
        assert len(calendars.text(b"\xef\xbb\xbf" + (self.WHOLE + second).encode()).filed) == 4


@pytest.mark.parametrize("name", ["day.ics", "day.ICS", "day", "day.txt"])
def test_a_calendar_is_told_by_its_suffix_or_its_first_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TestAFileThatCannotBeUsed.WHOLE)
    assert len(read_file(tmp_path / name, a_practice(), NOW).filed) == 2


def test_everything_else_is_csv(tmp_path: Path) -> None:
    for name in ("day", "day.csv"):
        (tmp_path / name).write_text("UID,DTSTART\n")
        with pytest.raises(ImportFileError, match="lacks the column"):
            read_file(tmp_path / name, a_practice(), NOW)
