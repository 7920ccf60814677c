"""A whole call by `reception talk --voice`: the book first, then the file that it sounds like."""

import signal
import sqlite3
import subprocess
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.commands.running import COMMAND, Run
from tests.line.sounds import read_wav
from tests.provider.process import providers
from tests.provider.voices import Pcm, speak

SAYS = {"hello": "Hello?", "yes": "Yes, this is she.", "coming": "Yes, I'll be there."}
RATE = 24_000
TELEPHONE_RATE = 8_000
LOUD = 100
DAY = """\
appointment_id,starts_at,duration_minutes,service,provider,location,customer_id,customer_name,\
phone,date_of_birth,time_zone,language,consent
a-1,{tomorrow}T14:30,60,cleaning,dr-chen,main-street,c-1,Maria Santos,+12175550142,1985-06-12,\
America/Chicago,en,given
"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the customer says, one file each, one of them as a telephone records it."""
    folder = tmp_path_factory.mktemp("recordings")
    for name, text in SAYS.items():
        rate = TELEPHONE_RATE if name == "coming" else RATE
        save(folder / f"{name}.wav", speak(text, rate), rate)
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture(scope="module")
def services(recordings: Path) -> Iterator[dict[str, str]]:
    with providers("--learn", str(recordings)) as environment:
        yield environment


@pytest.fixture
def day(tmp_path: Path, run: Run) -> Path:
    """A folder with a day's export, imported."""
    tomorrow = (datetime.now(ZoneInfo("America/Chicago")) + timedelta(days=1)).date()
    (tmp_path / "day.csv").write_text(DAY.format(tomorrow=tomorrow))
    assert run("import", "day.csv").code == 0
    return tmp_path


def save(file: Path, samples: Pcm, rate: int, channels: int = 1, width: int = 2) -> None:
    with wave.open(str(file), "wb") as opened:
        opened.setparams((channels, width, rate, 0, "NONE", ""))
        opened.writeframes(samples.tobytes())


def sides(file: Path) -> tuple[Pcm, Pcm]:
    """The customer and the agent, sample by sample."""
    with wave.open(str(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (2, 2, RATE)
        both = np.frombuffer(opened.readframes(opened.getnframes()), np.int16).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def where(said: Pcm, side: Pcm) -> tuple[int, int]:
    """The samples at which this was said, unchanged."""
    at = side.tobytes().find(said.tobytes())
    assert at >= 0
    return at // 2, at // 2 + len(said)


def sounds(side: Pcm) -> list[int]:
    return [int(at) for at in np.flatnonzero(np.abs(side.astype(np.int32)) > LOUD)]


def outcome(folder: Path) -> list[tuple[str]]:
    return sqlite3.connect(folder / "reception.db").execute("SELECT kind FROM outcomes").fetchall()


def test_a_whole_call_by_sound(
    day: Path, run: Run, recordings: Path, services: dict[str, str]
) -> None:
    files = [str(recordings / f"{name}.wav") for name in SAYS]
    ran = run("talk", "--voice", *files, "--out", "kept.wav", "--json", **services)

    assert ran.code == 0, ran.err
    call = ran.call
    assert (call["outcome"]["kind"], call["ended"]) == ("confirmed", "hung_up")
    assert call["appointments"][0]["status"] == "confirmed"
    assert outcome(day) == [("confirmed",)]
    customer_turns = [turn["text"] for turn in call["turns"] if turn["speaker"] == "customer"]
    assert customer_turns == [SAYS["yes"], SAYS["coming"]]
    assert "kept.wav" in ran.err
    it_sounds_as_it_was(day / "kept.wav", recordings, call["seconds"])


def it_sounds_as_it_was(file: Path, recordings: Path, seconds: float) -> None:
    customer, agent = sides(file)
    assert 20 < len(customer) / RATE < seconds
    hello, yes = (
        where(read_wav(recordings / f"{name}.wav")[0], customer)
        for name in SAYS
        if name != "coming"
    )
    coming = [at for at in sounds(customer) if at > yes[1]]
    spans = [hello, yes, (coming[0], coming[-1])]
    spoken = np.array(sounds(agent))
    for start, end in spans:
        assert not ((spoken > start) & (spoken < end)).any(), "the agent spoke into their words"
        answer = spoken[spoken >= end][0]
        assert 0.3 <= (answer - end) / RATE < 2.0
    assert hello[0] / RATE < 0.5
    assert spoken[0] > hello[1]
    # Nobody's last word is cut.
    assert len(agent) - spoken[-1] > 0.5 * RATE


def test_whoever_stops_it_hangs_up(day: Path, recordings: Path, services: dict[str, str]) -> None:
    process = subprocess.Popen(
        [COMMAND, "talk", "--voice", recordings / "hello.wav", recordings / "yes.wav"],
        cwd=day,
        env=services,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    while b"Maria Santos" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert b"hung_up" in process.stdout.read()
    assert outcome(day) == [("hung_up",)]
    customer, agent = sides(day / "call.wav")
    assert sounds(customer)
    assert sounds(agent)


KEYS = {"DEEPGRAM_API_KEY": "none", "OPENAI_API_KEY": "none"}
MISTAKES = {
    "stereo": (["--voice", "stereo.wav"], KEYS, "stereo.wav has 2 channels"),
    "8 bits": (["--voice", "bytes.wav"], KEYS, "8 bits"),
    "what to do": (["--voice", "stereo.wav"], KEYS, "ffmpeg -i stereo.wav"),
    "no WAV": (["--voice", "words.wav"], KEYS, "words.wav is no plain WAV file"),
    "nothing in it": (["--voice", "empty.wav"], KEYS, "empty.wav holds no sound"),
    "no such file": (["--voice", "none.wav"], KEYS, "none.wav cannot be read: No such file"),
    "a folder": (["--voice", "."], KEYS, ". cannot be read"),
    "no files": (["--voice"], KEYS, "What the customer says is missing"),
    "no keys": (["--voice", "fine.wav"], {}, "DEEPGRAM_API_KEY and OPENAI_API_KEY are missing"),
    "one key": (
        ["--voice", "fine.wav"],
        {"DEEPGRAM_BASE_URL": "http://127.0.0.1:9"},
        "OPENAI_API_KEY is missing",
    ),
    "nowhere": (["--voice", "fine.wav", "--out", "gone/call.wav"], KEYS, "gone/call.wav"),
    "no --voice": (["fine.wav"], KEYS, "--voice"),
    "no voice but a file": (["--out", "call.wav"], KEYS, "--voice"),
}


@pytest.mark.parametrize(("arguments", "environment", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_in_a_sentence(
    tmp_path: Path, run: Run, arguments: list[str], environment: dict[str, str], named: str
) -> None:
    sound = speak("Hello?", RATE)
    save(tmp_path / "fine.wav", sound, RATE)
    save(tmp_path / "stereo.wav", sound[: len(sound) // 2 * 2], RATE, channels=2)
    save(tmp_path / "bytes.wav", sound, RATE, width=1)
    save(tmp_path / "empty.wav", sound[:0], RATE)
    (tmp_path / "words.wav").write_text("Hello?")
    ran = run("talk", *arguments, **environment)
    assert ran.code == 2
    assert named in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "reception.db").exists()


def test_help_teaches(run: Run) -> None:
    told = run("talk", "--help").out
    assert "--voice hello.wav yes.wav" in told
    assert "--out" in told
