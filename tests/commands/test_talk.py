"""A day is imported and called about by pipe; another process reads what came of it."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.commands.running import COMMAND, Run, reception

CALLS = {
    "confirmed": ["Yes", "Yes, I'll be there", "No, that's all, bye"],
    "rescheduled": ["Yes", "Can we find another day?", "The first one", "No thanks"],
    "cancelled": ["Yes", "Please cancel", "Yes", "No"],
    "wrong_number": ["Wrong number"],
    "callback": ["Call me tomorrow at five"],
    "opted_out": ["Stop calling me"],
    "voicemail": ["Hi, you've reached Kim. Please leave a message after the tone."],
}


@pytest.mark.parametrize(("outcome", "lines"), CALLS.items(), ids=CALLS.keys())
def test_a_call_by_pipe_is_read_back_by_another_process(
    day: Path, run: Run, outcome: str, lines: list[str]
) -> None:
    ran = run("talk", "--appointment", "a-3", "--json", typed="\n".join(lines) + "\n")
    assert ran.code == 0, ran.err
    assert ran.call["outcome"]["kind"] == outcome
    kept = sqlite3.connect(day / "reception.db")
    status, version = kept.execute(
        "SELECT status, version FROM appointments WHERE id = 'a-3'"
    ).fetchone()
    assert status == ran.call["appointments"][0]["status"]
    assert version == ran.call["appointments"][0]["version"]
    settled = kept.execute("SELECT call_id, kind FROM outcomes").fetchall()
    assert settled == [(ran.call["call_id"], outcome)]


def test_the_object_tells_the_whole_call(day: Path, run: Run) -> None:
    typed = "Yes\nCould we do another day?\nThe first one\nNo, bye\n"
    call = run("talk", "--appointment", "a-3", "--json", typed=typed).call
    assert set(call) == {
        "call_id", "verified", "outcome", "decisions", "requests", "ended", "appointments",
        "cost", "moods", "turns", "handoffs", "tools", "seconds",
    }  # fmt: skip
    assert call["verified"] is True
    assert call["ended"] == "goodbye"
    [decision] = call["decisions"]
    assert (decision["appointment_id"], decision["kind"]) == ("a-3", "rescheduled")
    assert decision["evidence"]["proof"] == "Receipt"
    assert decision["evidence"]["appointment"] == call["appointments"][0]
    assert [h["to"] for h in call["handoffs"]] == ["confirmation", "rescheduling", "confirmation"]
    assert all(set(h) == {"from", "to", "reason"} for h in call["handoffs"])
    assert [t["name"] for t in call["tools"]] == [
        "to_confirmation", "to_rescheduling", "book_time", "end_call",
    ]  # fmt: skip
    assert all(set(t) == {"agent", "name", "arguments", "result"} for t in call["tools"])
    assert all(set(t) == {"speaker", "agent", "text", "verified", "route"} for t in call["turns"])
    assert {t["route"] for t in call["turns"] if t["speaker"] == "agent"} <= {"fixed", "policy"}
    assert call["turns"][0]["route"] == "fixed"
    assert 0 < call["seconds"] < 30


def test_without_any_setting_a_sample_call_is_held_again_and_again(run: Run) -> None:
    for _ in range(2):
        ran = run("talk", typed="Yes\nYes\nNo, bye\n")
        assert ran.code == 0
        assert "confirmed" in ran.out
        assert "greeter" in ran.out
        assert "confirmation" in ran.out


def test_only_the_object_is_on_stdout(tmp_path: Path) -> None:
    ran = reception(tmp_path, "talk", "--json", typed="Yes\n\n")
    json.loads(ran.out)
    assert ran.out.count("\n") == 1
    assert "Main Street Dental Clinic" in ran.err


def test_text_that_is_no_text_is_only_not_understood(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "talk"], cwd=tmp_path, input=b"\xff\xfe\x00\n\x1b[31m\n", capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert b"hung_up" in done.stdout


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_process_still_settles_its_call(day: Path, stop: signal.Signals) -> None:
    process = subprocess.Popen(
        [COMMAND, "talk", "--appointment", "a-3"],
        cwd=day,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    while b"Kim Park 3" not in process.stdout.readline():
        pass
    process.send_signal(stop)
    assert process.wait(timeout=20) == 0
    kept = sqlite3.connect(day / "reception.db")
    assert kept.execute("SELECT kind FROM outcomes").fetchall() == [("hung_up",)]


def test_a_killed_process_leaves_a_consistent_book(day: Path) -> None:
    process = subprocess.Popen(
        [COMMAND, "talk", "--appointment", "a-3"],
        cwd=day,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"Yes\nAnother day\n")
    process.stdin.flush()
    database = day / "reception.db"
    deadline = time.monotonic() + 20
    while not sqlite3.connect(database).execute("SELECT 1 FROM calls").fetchall():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    kept = sqlite3.connect(database)
    assert kept.execute("SELECT status FROM appointments WHERE id='a-3'").fetchone() == (
        "scheduled",
    )
    assert kept.execute("SELECT ended_at FROM attempts").fetchall() == [(None,)]
    assert kept.execute("SELECT * FROM outcomes").fetchall() == []


MISTAKES = {
    "unknown appointment": (["talk", "--appointment", "x-1"], {}, "x-1"),
    "unknown option": (["talk", "--loud"], {}, "--loud"),
    "no such practice": (["talk"], {"PRACTICE_FILE": "none.yaml"}, "none.yaml"),
    "no such database": (["talk"], {"DATABASE_URL": "mysql://x/y"}, "postgresql://"),
    "bad setting": (["talk"], {"OPENAI_TEMPERATURE": "hot"}, "OPENAI_TEMPERATURE"),
    "bad log level": (["talk"], {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
}


@pytest.mark.parametrize(("arguments", "environment", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_in_a_sentence(
    run: Run, arguments: list[str], environment: dict[str, str], named: str
) -> None:
    ran = run(*arguments, **environment)
    assert ran.code == 2
    assert named in ran.err
    assert "Traceback" not in ran.err


def test_help_teaches(run: Run) -> None:
    ran = run("talk", "--help")
    assert ran.code == 0
    assert "empty line is silence" in ran.out
