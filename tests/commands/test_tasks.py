"""``reception tasks``, as the desk uses it after calls that left it something to do."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands.running import Run

OLD, NEW = "0000000000aa", "0000000000bb"


@dataclass(frozen=True)
class Desk:
    """The command, and the tasks in its database."""

    run: Run

    def ids(self, *options: str) -> list[str]:
        listed = json.loads(self.run("tasks", "--json", *options).out)
        return [task["id"] for task in listed]


@pytest.fixture
def desk(tmp_path: Path, run: Run) -> Desk:
    """A desk with two tasks: one filed in winter, one in summer."""
    assert run("tasks").code == 0
    with sqlite3.connect(tmp_path / "reception.db") as kept:
        kept.execute(
            "INSERT INTO calls (id, phone, appointment_ids, opened_at) VALUES "
            "('call-1', '+12175550142', '[\"a-1\", \"a-2\"]', '2026-01-05 15:00:00.000000')"
        )
        kept.executemany(
            "INSERT INTO staff_tasks (id, call_id, appointment_id, reason, note, filed_at) "
            "VALUES (?, 'call-1', ?, ?, ?, ?)",
            [
                (NEW, None, "call_back", "Kim asked\nto be called.", "2026-07-05 15:00:00.000000"),
                (OLD, "a-2", "no_slot", "No time suits Kim.", "2026-01-05 15:00:00.000000"),
            ],
        )
    return Desk(run)


def test_nothing_to_do(run: Run) -> None:
    ran = run("tasks")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert run("tasks", "--json").out == "[]\n"


def test_in_a_pipe_a_task_is_a_line_oldest_first_in_the_practices_time(desk: Desk) -> None:
    lines = desk.run("tasks").out.splitlines()
    assert [line.split("\t") for line in lines] == [
        [OLD, "2026-01-05 09:00 CST", "no slot", "a-2 +12175550142", "call-1",
         "No time suits Kim."],
        [NEW, "2026-07-05 10:00 CDT", "call back", "a-1, a-2 +12175550142", "call-1",
         "Kim asked to be called."],
    ]  # fmt: skip


def test_in_a_terminal_it_is_a_table(desk: Desk) -> None:
    ran = desk.run("tasks", FORCE_COLOR="1", COLUMNS="140")
    for part in (OLD, "reason", "no slot", "09:00 CST", "+12175550142", "No time suits Kim."):
        assert part in ran.out
    assert ran.out.index(OLD) < ran.out.index(NEW)


def test_in_a_terminal_an_empty_desk_is_told_so(run: Run) -> None:
    assert "nothing to do" in run("tasks", FORCE_COLOR="1").out


def test_as_json_it_is_a_list(desk: Desk) -> None:
    listed = json.loads(desk.run("tasks", "--json").out)
    assert listed[0] == {
        "id": OLD,
        "filed_at": "2026-01-05T15:00:00+00:00",
        "reason": "no_slot",
        "call_id": "call-1",
        "phone": "+12175550142",
        "appointment_ids": ["a-2"],
        "note": "No time suits Kim.",
        "closed_at": None,
    }
    assert len(listed) == 2


def test_what_is_done_is_closed_and_shown_only_when_asked_for(desk: Desk) -> None:
    ran = desk.run("tasks", "--close", OLD)
    assert (ran.code, ran.out) == (0, f"{OLD} closed.\n")
    assert desk.ids() == [NEW]
    assert desk.ids("--all") == [OLD, NEW]
    assert "(closed 20" in desk.run("tasks", "--all").out


def test_several_are_closed_at_once(desk: Desk) -> None:
    ran = desk.run("tasks", "--close", OLD, "--close", NEW)
    assert (ran.code, ran.out) == (0, f"{OLD} closed.\n{NEW} closed.\n")
    assert desk.ids() == []


def test_what_was_closed_before_is_told_so(desk: Desk) -> None:
    desk.run("tasks", "--close", OLD)
    ran = desk.run("tasks", "--close", OLD)
    assert (ran.code, ran.out) == (0, f"{OLD} was closed before.\n")


def test_an_unknown_task_closes_none(desk: Desk) -> None:
    ran = desk.run("tasks", "--close", OLD, "--close", "x-1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("There is no task x-1, so none was closed")
    assert desk.ids() == [OLD, NEW]


def test_closed_as_json_only_the_list_is_on_stdout(desk: Desk) -> None:
    ran = desk.run("tasks", "--close", OLD, "--json")
    (task,) = json.loads(ran.out)
    assert (task["id"], ran.err) == (OLD, f"{OLD} closed.\n")
    assert task["closed_at"] is not None


def test_a_call_fills_the_list(run: Run, tmp_path: Path) -> None:
    """What a call files is what the desk sees."""
    ics = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:e-1\nDTSTART:20990105T160000Z\nSUMMARY:check-up\n"
        "RESOURCES:Dr. Chen\nATTENDEE;CN=Kim Park:tel:+12175550142\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    (tmp_path / "day.ics").write_text(ics)
    assert run("import", "day.ics").code == 0
    run("talk", "--appointment", "e-1", "--json", typed="Call me tomorrow at five\n")
    (task,) = json.loads(run("tasks", "--json").out)
    assert (task["reason"], task["appointment_ids"]) == ("call_back", ["e-1"])
    assert "Kim Park" in task["note"]
