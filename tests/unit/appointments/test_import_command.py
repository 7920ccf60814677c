"""``reception import FILE``, as a practice uses it."""

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
