"""``reception report``, as the practice reads it after a day of calls."""

import sqlite3
from pathlib import Path

import pytest

from tests.commands.running import Run

SINCE = ("--since", "2026-01-01")


@pytest.fixture
def week(tmp_path: Path, run: Run) -> Run:
    """Five calls of a day: two paid, two whose cost is unknown in either way, one going on."""
    assert run("report").code == 0
    with sqlite3.connect(tmp_path / "reception.db") as kept:
        kept.executemany(
            "INSERT INTO calls (id, phone, appointment_ids, opened_at, rehearsal) "
            "VALUES (?, '+12175550142', ?, ?, ?)",
            [
                ("c-1", '["a-1", "a-2"]', "2026-01-05 15:00:00.000000", False),
                ("c-2", '["a-3"]', "2026-01-05 15:10:00.000000", True),
                ("c-3", '["a-4"]', "2026-01-05 15:20:00.000000", False),
                ("c-4", '["a-5"]', "2026-01-05 15:30:00.000000", False),
                ("c-5", '["a-6"]', "2026-01-06 05:59:59.000000", False),
            ],
        )
        kept.executemany(
            "INSERT INTO outcomes (call_id, kind, evidence, decisions, requests, cost, settled_at) "
            "VALUES (?, ?, '[]', '[]', '[]', ?, '2026-01-06 07:00:00.000000')",
            [
                ("c-1", "confirmed", '{"usd": "0.031250", "usage": []}'),
                ("c-2", "confirmed", '{"usd": "0.010000", "usage": []}'),
                ("c-3", "no_answer", '{"usd": null, "usage": []}'),
                ("c-4", "dropped", "{}"),
            ],
        )
    return run


def test_no_calls(run: Run) -> None:
    ran = run("report")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert "No calls since" in run("report", FORCE_COLOR="1").out
    assert run("report", "--json").call["calls"] == []


def test_in_a_pipe_a_call_is_a_line_and_the_sums_are_beside_it(week: Run) -> None:
    ran = week("report", *SINCE)
    assert [line.split("\t") for line in ran.out.splitlines()] == [
        ["2026-01-05 09:00 CST", "c-1", "a-1, a-2", "confirmed", "$0.0312"],
        ["2026-01-05 09:10 CST", "c-2", "a-3", "confirmed (rehearsal)", "$0.0100"],
        ["2026-01-05 09:20 CST", "c-3", "a-4", "no answer", "unknown"],
        ["2026-01-05 09:30 CST", "c-4", "a-5", "dropped", "unknown"],
        ["2026-01-05 23:59 CST", "c-5", "a-6", "no outcome yet", ""],
    ]
    assert ran.err == (
        "5 calls: 2 confirmed, 1 no answer, 1 dropped, 1 no outcome yet. "
        "Cost: $0.0412, $0.0206 a call. Of 2 the cost is unknown.\n"
    )


def test_in_a_terminal_it_is_a_table(week: Run) -> None:
    ran = week("report", *SINCE, FORCE_COLOR="1", COLUMNS="140")
    for part in ("outcome", "c-1", "a-1, a-2", "no outcome yet", "$0.0312"):
        assert part in ran.out


def test_as_json_costs_are_exact_and_unknown_ones_are_null(week: Run) -> None:
    told = week("report", *SINCE, "--json").call
    assert [call["usd"] for call in told["calls"]] == ["0.031250", "0.010000", None, None, None]
    assert (told["usd"], told["of_unknown_cost"]) == ("0.041250", 2)
    assert told["outcomes"] == {"confirmed": 2, "no_answer": 1, "dropped": 1}
    assert told["calls"][0] == {
        "call_id": "c-1",
        "opened_at": "2026-01-05T15:00:00+00:00",
        "appointment_ids": ["a-1", "a-2"],
        "rehearsal": False,
        "outcome": "confirmed",
        "decisions": [],
        "usd": "0.031250",
    }


def test_a_day_begins_at_the_practices_midnight(week: Run) -> None:
    assert week("report", "--since", "2026-01-06").out == ""
    assert len(week("report", "--since", "2026-01-05").out.splitlines()) == 5


@pytest.mark.usefixtures("day")
def test_without_a_day_it_is_the_last_week(run: Run) -> None:
    typed = "Yes\nYes, I'll be there\nNo, that's all, bye\n"
    held = run("talk", "--appointment", "a-3", "--json", typed=typed).call
    (told,) = run("report", "--json").call["calls"]
    assert (told["call_id"], told["outcome"]) == (held["call_id"], "confirmed")
    assert (told["usd"], told["decisions"]) == (held["cost"]["usd"], held["decisions"])


def test_a_day_that_is_none_is_answered_with_the_form(run: Run) -> None:
    ran = run("report", "--since", "yesterday")
    assert ran.code == 2
    assert "%Y-%m-%d" in ran.err
