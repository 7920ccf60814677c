"""``reception import FILE``, as a practice uses it."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from reception.commands.errors import UserError
from reception.commands.import_file import import_file
from tests.unit.appointments.given import a_practice
from tests.unit.appointments.test_csv_file import ROW

app = typer.Typer()
app.command("import")(import_file)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    practice = tmp_path / "practice.yaml"
    practice.write_text(yaml.safe_dump(raw_practice()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRACTICE_FILE", str(practice))
    monkeypatch.setenv("DATABASE_URL", "sqlite:///book.db")


def raw_practice() -> object:
    practice = a_practice().model_dump(mode="json", include={"name", "persona", "services"})
    place = {
        "name": "Main Street",
        "time_zone": "America/Chicago",
        "callback_number": "+12175550100",
        "opening_hours": {"monday": "08:00-17:00"},
    }
    provider = {"name": "Dr. Chen", "services": ["checkup"], "locations": ["main"]}
    return practice | {"locations": {"main": place}, "providers": {"chen": provider}}


def import_rows(*rows: dict[str, str]) -> Result:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    Path("appointments.csv").write_text("\n".join(lines))
    return CliRunner().invoke(app, ["appointments.csv"])


def test_all_is_taken() -> None:
    result = import_rows(ROW, ROW | {"appointment_id": "a-2"})
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "2 added, 0 updated, 0 unchanged\n",
        "",
    )
    assert import_rows(ROW).stdout == "0 added, 0 updated, 1 unchanged\n"


def test_bad_rows_are_named_and_the_others_taken() -> None:
    result = import_rows(ROW, ROW | {"appointment_id": "a-2", "consent": "maybe"})
    assert result.exit_code == 1
    assert result.stdout == "1 added, 0 updated, 0 unchanged\n"
    assert result.stderr.startswith("line 3: consent: 'maybe': allowed is one of yes, ")


def test_ignored_columns_are_a_notice_and_no_failure() -> None:
    result = import_rows(ROW | {"notes": "tea"})
    assert (result.exit_code, result.stderr) == (0, "Ignored columns: notes\n")


class TestACalendar:
    @pytest.fixture
    def tomorrow(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=1)

    def run(self, *changes: dict[str, str], tomorrow: datetime) -> Result:
        usual = {
            "UID": "e-1",
            "DTSTART": f"{tomorrow:%Y%m%dT%H%M%SZ}",
            "SUMMARY": "check-up",
            "RESOURCES": "Dr. Chen",
            "ATTENDEE;CN=Maria Santos": "tel:+12175550142",
        }
        lines = ["BEGIN:VCALENDAR"]
        for change in changes:
            body = (f"{name}:{value}" for name, value in (usual | change).items() if value)
            lines += ["BEGIN:VEVENT", *body, "END:VEVENT"]
        Path("day.ics").write_text("\n".join([*lines, "END:VCALENDAR", ""]))
        return CliRunner().invoke(app, ["day.ics"])

    def test_is_taken_once(self, tomorrow: datetime) -> None:
        weekly = {"UID": "e-2", "RRULE": "FREQ=WEEKLY;COUNT=3"}
        result = self.run({}, weekly, tomorrow=tomorrow)
        assert (result.exit_code, result.stdout, result.stderr) == (
            0,
            "4 added, 0 updated, 0 unchanged\n",
            "",
        )
        assert self.run({}, weekly, tomorrow=tomorrow).stdout == (
            "0 added, 0 updated, 4 unchanged\n"
        )

    def test_cancels_what_it_calls_cancelled(self, tomorrow: datetime) -> None:
        self.run({}, tomorrow=tomorrow)
        for counted in ("0 added, 1 updated, 0 unchanged\n", "0 added, 0 updated, 1 unchanged\n"):
            result = self.run({"STATUS": "CANCELLED"}, tomorrow=tomorrow)
            assert (result.exit_code, result.stdout) == (0, counted)

    def test_names_a_bad_event_by_line_and_uid(self, tomorrow: datetime) -> None:
        result = self.run({}, {"UID": "e-2", "SUMMARY": "Lunch"}, tomorrow=tomorrow)
        assert (result.exit_code, result.stdout) == (1, "1 added, 0 updated, 0 unchanged\n")
        assert result.stderr.startswith("line 9 (e-2): service: 'Lunch': not in the practice's")

    def test_says_what_it_left_out(self, tomorrow: datetime) -> None:
        day = {"UID": "e-2", "DTSTART": "", "DTSTART;VALUE=DATE": "20260303"}
        result = self.run({}, day, tomorrow=tomorrow)
        assert result.exit_code == 0
        assert result.stderr == "Left out, as they last all day: line 9.\n"

    def test_does_not_cancel_what_a_call_changed(self, tomorrow: datetime) -> None:
        self.run({}, tomorrow=tomorrow)
        with sqlite3.connect("book.db") as book:
            book.execute("UPDATE appointments SET changed_by_call = 1, status = 'confirmed'")
        result = self.run({"STATUS": "CANCELLED"}, tomorrow=tomorrow)
        assert result.exit_code == 1
        assert "e-1: a call left it confirmed" in result.stderr
        assert "the file says cancelled; not overwritten" in result.stderr

    def test_that_is_broken_is_one_sentence(self) -> None:
        Path("day.ics").write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\n")
        result = CliRunner().invoke(app, ["day.ics"])
        assert isinstance(result.exception, UserError)
        assert str(result.exception) == "day.ics is not a complete calendar; export it again."


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DATABASE_URL", "mysql://localhost/book", "allowed is sqlite:///FILE"),
        ("PRACTICE_FILE", "nothing.yaml", "Set PRACTICE_FILE"),
    ],
)
def test_wrong_settings_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = import_rows(ROW)
    assert isinstance(result.exception, UserError)
    assert says in str(result.exception)


def test_a_missing_file_is_one_sentence() -> None:
    result = CliRunner().invoke(app, ["nothing.csv"])
    assert isinstance(result.exception, UserError)
    assert "nothing.csv cannot be read" in str(result.exception)
    assert result.exception.exit_code == 2
