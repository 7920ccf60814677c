"""A CSV file: good rows are read, bad ones named by line, field and reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reception.appointments.csv_file import read_csv
from reception.appointments.importing import ImportFileError, Reading
from reception.appointments.models import Appointment, Authority, Consent, Relation
from reception.practice import Practice
from tests.unit.appointments.given import a_practice, at

ROW = {
    "appointment_id": "a-1",
    "starts_at": "2026-03-03T10:00",
    "duration_minutes": "",
    "service": "checkup",
    "provider": "chen",
    "location": "main",
    "customer_id": "maria",
    "customer_name": "Maria Santos",
    "phone": "+12175550142",
    "date_of_birth": "1985-06-12",
    "time_zone": "",
    "language": "",
    "consent": "",
}


class Files:
    """Writes files and reads them back as the importer does."""

    def __init__(self, folder: Path, practice: Practice) -> None:
        self._folder = folder
        self._practice = practice

    def bytes(self, content: bytes) -> Reading:
        path = self._folder / "appointments.csv"
        path.write_bytes(content)
        return read_csv(path, self._practice)

    def text(self, *lines: str) -> Reading:
        return self.bytes("\r\n".join(lines).encode())

    def row(self, **cells: str) -> Reading:
        row = ROW | cells
        quoted = ('"' + cell.replace('"', '""') + '"' for cell in row.values())
        return self.text(",".join(row), ",".join(quoted))

    def one(self, **cells: str) -> Appointment:
        reading = self.row(**cells)
        assert reading.errors == ()
        (filed,) = reading.filed
        return filed.appointment

    def errors(self, **cells: str) -> dict[str, str]:
        """By field, the reasons against the only row."""
        reading = self.row(**cells)
        assert reading.filed == ()
        assert {error.line for error in reading.errors} == {2}
        return {error.field: error.reason for error in reading.errors}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path, a_practice(languages=["en", "es"]))


def test_empty_cells_are_completed_from_the_practice(files: Files) -> None:
    one = files.one()
    assert (one.id, one.version) == ("a-1", 1)
    assert one.starts_at == at(3, 10)
    assert one.duration == timedelta(minutes=30)
    assert one.customer.date_of_birth == date(1985, 6, 12)
    recipient = one.recipient
    assert (recipient.name, recipient.relation) == ("Maria Santos", Relation.SELF)
    assert recipient.authority is Authority.CHANGE
    assert (recipient.time_zone, recipient.language) == ("America/Chicago", "en")
    assert recipient.consent is Consent.UNKNOWN
    assert files.one(date_of_birth="").customer.date_of_birth is None


def test_what_the_file_says_goes_before(files: Files) -> None:
    one = files.one(duration_minutes="75", time_zone="Europe/Paris", language="ES", location="east")
    assert one.duration == timedelta(minutes=75)
    assert (one.recipient.time_zone, one.recipient.language) == ("Europe/Paris", "es")


def test_somebody_else_may_be_called_about_it(files: Files) -> None:
    recipient = files.one(
        recipient_name="Ana Santos", recipient_relation="Parent", recipient_authority="discuss"
    ).recipient
    assert (recipient.name, recipient.relation) == ("Ana Santos", Relation.PARENT)
    assert recipient.authority is Authority.DISCUSS
    assert files.one(recipient_name="Ana Santos").recipient.relation is Relation.OTHER


@pytest.mark.parametrize(
    ("written", "location", "moment"),
    [
        ("2026-03-03T10:00", "main", datetime(2026, 3, 3, 16, tzinfo=UTC)),
        ("2026-03-03 10:00:00", "east", datetime(2026, 3, 3, 15, tzinfo=UTC)),
        ("2026-03-03T10:00+01:00", "main", datetime(2026, 3, 3, 9, tzinfo=UTC)),
        ("2026-03-03T10:00Z", "main", datetime(2026, 3, 3, 10, tzinfo=UTC)),
    ],
)
def test_a_start_without_an_offset_is_the_locations(
    files: Files, written: str, location: str, moment: datetime
) -> None:
    assert files.one(starts_at=written, location=location).starts_at == moment


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("tomorrow", "write it as 2026-01-05T14:30"),
        ("2026-03-03", "no time"),
        ("03/03/2026 10:00", "write it as"),
        ("2026-03-08T02:30", "no such time in America/Chicago"),
        ("2026-11-01T01:30", "a time that comes twice in America/Chicago"),
        ("", "is empty"),
    ],
)
def test_a_start_that_is_no_moment(files: Files, written: str, reason: str) -> None:
    assert reason in files.errors(starts_at=written)["starts_at"]


class TestLocalDates:
    """The practice says once in which order its spreadsheets write day and month."""

    @pytest.fixture
    def written(self, tmp_path: Path) -> Callable[[str], Files]:
        return lambda order: Files(tmp_path, a_practice(csv={"dates": order}))

    @pytest.mark.parametrize(
        ("order", "start", "born"),
        [
            ("day_first", "3.4.2026 10:00", "12.06.1985"),
            ("day_first", "03/04/2026 10:00:00", "12/6/1985"),
            ("day_first", "03-04-2026  10:00", "12-06-1985"),
            ("month_first", "4/3/2026 10:00 AM", "6/12/1985"),
            ("month_first", "04/03/2026, 10:00am", "06/12/1985"),
            ("iso", "2026-04-03T10:00", "1985-06-12"),
            # Whatever the order, ISO is understood: nothing else begins with a year.
            ("day_first", "2026-04-03 10:00", "1985-06-12"),
            ("month_first", "2026-04-03T10:00-05:00", "1985-06-12"),
        ],
    )
    def test_are_read_in_the_practices_order(
        self, written: Callable[[str], Files], order: str, start: str, born: str
    ) -> None:
        one = written(order).one(starts_at=start, date_of_birth=born)
        assert one.starts_at == datetime(2026, 4, 3, 15, tzinfo=UTC)
        assert one.customer.date_of_birth == date(1985, 6, 12)

    def test_are_the_locations_afternoon(self, written: Callable[[str], Files]) -> None:
        one = written("month_first").one(starts_at="3/3/2026 2:30 PM", location="east")
        assert one.starts_at == datetime(2026, 3, 3, 19, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("order", "start", "expected"),
        [
            ("day_first", "04/31/2026 10:00", "31.12.2026 14:30"),
            ("day_first", "31.04.2026 10:00", "31.12.2026 14:30"),
            ("month_first", "31/04/2026 10:00", "12/31/2026 14:30"),
            # Which of the three is the year?
            ("day_first", "10.11.12 10:00", "year in four digits"),
            ("month_first", "10/11/12 10:00", "year in four digits"),
            ("day_first", "10.11.2026 25:00", "31.12.2026 14:30"),
            ("day_first", "10.11.2026", "no time; write it as day, month"),
            ("iso", "10.11.2026 10:00", "2026-01-05T14:30"),
            ("day_first", "08.03.2026 02:30", "no such time in America/Chicago"),
        ],
    )
    def test_that_are_impossible_or_ambiguous_are_no_moment(
        self, written: Callable[[str], Files], order: str, start: str, expected: str
    ) -> None:
        reason = written(order).errors(starts_at=start)["starts_at"]
        assert start in reason or "no such time" in reason
        assert expected in reason

    @pytest.mark.parametrize(
        ("order", "born", "expected"),
        [
            ("day_first", "06/31/1985", "day, month and year in four digits: 31.12.1985"),
            ("month_first", "31/06/1985", "month, day and year in four digits: 12/31/1985"),
            ("month_first", "06/12/85", "month, day and year in four digits: 12/31/1985"),
            ("iso", "06/12/1985", "year, month, day: 1985-06-12"),
            ("iso", "1985-02-30", "year, month, day: 1985-06-12"),
        ],
    )
    def test_that_are_impossible_or_ambiguous_are_no_birthday(
        self, written: Callable[[str], Files], order: str, born: str, expected: str
    ) -> None:
        assert expected in written(order).errors(date_of_birth=born)["date_of_birth"]


def test_keys_and_spoken_names_in_any_case(files: Files) -> None:
    one = files.one(service="Dental Cleaning", provider="DR. CHEN", location="main street")
    assert (one.service, one.provider, one.location) == ("cleaning", "chen", "main")


@pytest.mark.parametrize(
    ("field", "allowed"),
    [("service", "cleaning, checkup"), ("provider", "chen, patel"), ("location", "main, east")],
)
def test_an_unknown_key_lists_what_is_allowed(files: Files, field: str, allowed: str) -> None:
    reason = files.errors(**{field: "nobody"})[field]
    assert "'nobody'" in reason
    assert allowed in reason


def test_a_national_number_belongs_to_the_locations_country(files: Files) -> None:
    assert files.one(phone="(217) 555-0142").recipient.phone == "+12175550142"
    assert files.one(phone="+44 20 7946 0018").recipient.phone == "+442079460018"


@pytest.mark.parametrize("phone", ["", "555", "nobody", "+1217"])
def test_a_number_that_cannot_be_called(files: Files, phone: str) -> None:
    assert set(files.errors(phone=phone)) == {"phone"}


@pytest.mark.parametrize(
    ("written", "consent"),
    [
        ("yes", Consent.GIVEN),
        ("TRUE", Consent.GIVEN),
        ("given", Consent.GIVEN),
        ("no", Consent.REFUSED),
        ("false", Consent.REFUSED),
        ("Refused", Consent.REFUSED),
        ("unknown", Consent.UNKNOWN),
        ("", Consent.UNKNOWN),
    ],
)
def test_consent(files: Files, written: str, consent: Consent) -> None:
    assert files.one(consent=written).recipient.consent is consent


def test_all_errors_of_a_row_are_named(files: Files) -> None:
    wrong = files.errors(
        appointment_id=" ",
        starts_at="soon",
        duration_minutes="0",
        service="massage",
        location="nowhere",
        phone="12",
        date_of_birth="06/12/1985",
        time_zone="Chicago",
        language="English!",
        consent="maybe",
        recipient_relation="friend",
        recipient_authority="all",
    )
    assert set(wrong) == {
        "appointment_id",
        "starts_at",
        "duration_minutes",
        "service",
        "location",
        "date_of_birth",
        "time_zone",
        "language",
        "consent",
        "recipient_relation",
        "recipient_authority",
    }


def test_the_good_rows_are_kept_and_lines_counted_in_the_file(files: Files) -> None:
    good = ",".join(ROW.values())
    bad = good.replace("checkup", "massage")
    reading = files.text(
        ",".join(ROW),
        good,
        "",
        good.replace("Maria Santos", '"Maria\r\nSantos"'),
        bad,
        ",,",
        bad.replace("Maria Santos", '"Maria\r\n\r\nSantos"'),
        good,
    )
    assert [one.line for one in reading.filed] == [2, 4, 11]
    assert [error.line for error in reading.errors] == [6, 8]


def test_a_row_that_is_too_long_or_too_short(files: Files) -> None:
    reading = files.text(",".join(ROW), ",".join(ROW.values()) + ",Jr.", "a-2,2026-03-03T10:00")
    assert (reading.errors[0].line, reading.errors[0].field) == (2, "row")
    assert {error.field for error in reading.errors if error.line == 3} == {
        "service",
        "provider",
        "location",
        "customer_id",
        "customer_name",
        "phone",
    }


def test_further_columns_are_ignored_and_named(files: Files) -> None:
    assert files.row(Insurance="A1", notes="likes tea").ignored_columns == ("insurance", "notes")
    assert files.row().ignored_columns == ()


def test_excels_byte_order_mark_and_semicolons(files: Files) -> None:
    row = ROW | {"customer_name": "Santos, Maria"}
    lines = [";".join(ROW), ";".join(row.values())]
    (filed,) = files.bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode()).filed
    assert (filed.appointment.id, filed.appointment.customer.name) == ("a-1", "Santos, Maria")


def test_columns_in_any_order_and_case(files: Files) -> None:
    turned = dict(reversed(ROW.items()))
    reading = files.text(",".join(turned).upper(), ",".join(turned.values()))
    assert len(reading.filed) == 1


class TestAFileThatCannotBeUsed:
    def test_lacks_a_column(self, files: Files) -> None:
        columns = [name for name in ROW if name not in ("phone", "consent")]
        with pytest.raises(ImportFileError, match="lacks the column phone, consent"):
            files.text(",".join(columns))

    def test_has_a_column_twice(self, files: Files) -> None:
        with pytest.raises(ImportFileError, match="column phone more than once"):
            files.text(",".join([*ROW, "Phone"]))

    @pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
    def test_is_empty(self, files: Files, content: bytes) -> None:
        with pytest.raises(ImportFileError, match="is empty"):
            files.bytes(content)

    def test_is_not_utf_8(self, files: Files) -> None:
        with pytest.raises(ImportFileError, match="is not UTF-8"):
            files.bytes("appointment_id,Größe".encode("latin-1"))

    def test_is_not_csv(self, files: Files) -> None:
        with pytest.raises(ImportFileError, match="is not CSV: the row that begins in line 3"):
            files.text(",".join(ROW), ",".join(ROW.values()), '"never closed')

    def test_is_not_there(self, tmp_path: Path, practice: Practice) -> None:
        with pytest.raises(ImportFileError, match="cannot be read"):
            read_csv(tmp_path / "nothing.csv", practice)

    def test_is_a_folder(self, tmp_path: Path, practice: Practice) -> None:
        with pytest.raises(ImportFileError, match="cannot be read"):
            read_csv(tmp_path, practice)
