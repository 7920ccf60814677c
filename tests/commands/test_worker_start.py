"""What an operator is told by a worker that cannot work."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reception.settings import PROJECT

COMPLETE = {
    "LIVEKIT_URL": "ws://127.0.0.1:1",
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": "secret-secret-secret-secret-secret",
    "SIP_TRUNK_ID": "ST_1",
    "DEEPGRAM_API_KEY": "dg",
    "OPENAI_API_KEY": "oa",
}


def start(folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "livekit.agents", "start", str(PROJECT / "entrypoint.py")],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "HEALTH_PORT": "0"}
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("missing", [list(COMPLETE), ["SIP_TRUNK_ID"]], ids=["all", "one"])
def test_what_is_missing_is_named_in_one_sentence_each(tmp_path: Path, missing: list[str]) -> None:
    environment = {name: value for name, value in COMPLETE.items() if name not in missing}
    output, _ = start(tmp_path, environment).communicate(timeout=60)
    said = output.splitlines()
    assert len(said) == len(missing)
    for name, sentence in zip(missing, said, strict=True):
        assert sentence.startswith(f"{name} is missing: set it to ")


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    process = start(tmp_path, COMPLETE | {"WORKER_CONCURRENCY": "none"})
    output, _ = process.communicate(timeout=60)
    assert output.startswith("Check the environment or .env: WORKER_CONCURRENCY: ")
    assert process.returncode != 0


def test_a_livekit_out_of_reach_is_said_once_and_tried_again(tmp_path: Path) -> None:
    process = start(tmp_path, COMPLETE)
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    said = ""
    try:
        while "check LIVEKIT_URL" not in said and time.monotonic() < deadline:
            said += process.stdout.readline()
    finally:
        process.kill()
        process.communicate()
    assert "LiveKit at ws://127.0.0.1:1 cannot be reached" in said
    assert "The worker keeps trying." in said
