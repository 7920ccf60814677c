"""A call that is really heard and really spoken, without a service: Whisper and Piper.

Needs ``make offline-speech``; with OFFLINE_SPEECH=required it is a failure not to have it.
"""

import json
import os
import subprocess
import wave
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.commands.running import COMMAND
from tests.provider.formants import Pcm
from tests.provider.offline_speech import available, hear, say
from tests.provider.process import providers

REQUIRED = os.environ.get("OFFLINE_SPEECH") == "required"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not available() and not REQUIRED, reason="not installed: run `make offline-speech`"
    ),
]
SAYS = ("Hello?", "Yes, this is Maria.", "Yes, I'll be there.", "No, thank you.")
CALL_SECONDS = 120
LOUD = 200
PAUSE_SECONDS = 0.8
"""Between two turns of one side, and no longer than any pause within a turn."""


def recorded(folder: Path) -> list[Path]:
    """What the customer says, in files."""
    files = []
    for number, text in enumerate(SAYS):
        pcm, rate = say(text)
        files.append(folder / f"{number}.wav")
        with wave.open(str(files[-1]), "wb") as opened:
            opened.setparams((1, 2, rate, 0, "NONE", ""))
            opened.writeframes(pcm.tobytes())
    return files


def turns(side: Pcm, rate: int) -> Iterator[Pcm]:
    """The turns of one side, without the quiet between them."""
    loud = np.flatnonzero(np.abs(side.astype(np.int32)) > LOUD)
    for turn in np.split(loud, np.flatnonzero(np.diff(loud) > PAUSE_SECONDS * rate) + 1):
        yield side[max(0, turn[0] - rate // 5) : turn[-1] + rate // 5]


def agent_heard(file: Path) -> str:
    """What a recogniser hears of the agent's side."""
    with wave.open(str(file)) as opened:
        rate = opened.getframerate()
        both = np.frombuffer(opened.readframes(opened.getnframes()), np.int16).reshape(-1, 2)
    return " ".join(hear(turn, rate) for turn in turns(both[:, 1], rate))


def test_a_call_that_is_really_heard_and_spoken(tmp_path: Path) -> None:
    with providers("--offline-speech") as environment:
        done = subprocess.run(
            [COMMAND, "talk", "--voice", *recorded(tmp_path), "--json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=CALL_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    call = json.loads(done.stdout)
    assert (call["outcome"]["kind"], call["ended"]) == ("confirmed", "goodbye"), done.stderr
    [appointment] = call["appointments"]
    assert appointment["status"] == "confirmed"
    customer_turns = [turn["text"] for turn in call["turns"] if turn["speaker"] == "customer"]
    assert customer_turns == list(SAYS[1:])

    heard = agent_heard(tmp_path / "call.wav").lower()
    starts_at = datetime.fromisoformat(appointment["starts_at"])
    day = starts_at.astimezone(ZoneInfo("America/Chicago"))
    assert f"{day:%A}".lower() in heard
    # A small recogniser takes "dental" for "denial" now and then.
    name = ["main", "street", "dental", "clinic"]
    assert sum(word in heard for word in name) >= len(name) - 1, heard
