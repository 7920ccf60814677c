"""`reception doctor`: each trouble is one sentence that names what to change, and no secret."""

import json

import pytest

from reception.commands.checks import house
from tests.commands.doctor import town as places
from tests.commands.doctor.reading import Doctor, findings, trouble
from tests.commands.doctor.town import Town
from tests.commands.running import Run


async def test_all_is_well(doctor: Doctor) -> None:
    ran = await doctor()

    assert findings(ran) == findings(ran, "ok")
    assert ran.code == 0
    assert ran.err == ""
    assert {check for check, *_ in findings(ran)} == {
        *("settings", "practice", "languages", "database", "LiveKit", "trunk", "clock"),
        *("Deepgram", "OpenAI", "health port", "models"),
    }
    assert "key 2 of DEEPGRAM_API_KEY" in ran.out
    assert "knows gpt-4o-mini-tts" in ran.out


async def test_everything_is_missing(doctor: Doctor, town: Town) -> None:
    ran = await doctor(**dict.fromkeys(town.environment, ""))

    failed = findings(ran, "failed")
    assert [text.split()[0] for _, _, text in failed] == [
        *("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"),
        *("SIP_TRUNK_ID", "DEEPGRAM_API_KEY", "OPENAI_API_KEY"),
    ]
    assert {check for check, *_ in failed} == {"settings"}
    assert not {"LiveKit", "clock", "Deepgram", "OpenAI"} & {check for check, *_ in findings(ran)}
    assert ran.code == 1


NOBODY = "127.0.0.1:1"
"""No test gets a port that low, and no one else uses it."""
WRONG = "another-secret-of-forty-characters-or-more"


@pytest.mark.parametrize(
    ("changes", "check", "named"),
    [
        ({"SIP_TRUNK_ID": ""}, "settings", "SIP_TRUNK_ID"),
        ({"HEALTH_PORT": "seven"}, "settings", "HEALTH_PORT"),
        ({"LIVEKIT_URL": f"ws://{NOBODY}"}, "LiveKit", "LIVEKIT_URL"),
        ({"LIVEKIT_URL": "127.0.0.1:7880"}, "LiveKit", "LIVEKIT_URL"),
        ({"LIVEKIT_API_KEY": "APIother"}, "LiveKit", "LIVEKIT_API_KEY"),
        ({"LIVEKIT_API_SECRET": WRONG}, "LiveKit", "LIVEKIT_API_SECRET"),
        ({"SIP_TRUNK_ID": "ST_other"}, "trunk", "SIP_TRUNK_ID"),
        ({"DEEPGRAM_BASE_URL": f"http://{NOBODY}"}, "Deepgram", "DEEPGRAM_BASE_URL"),
        ({"DEEPGRAM_BASE_URL": "http://[nowhere"}, "Deepgram", "DEEPGRAM_BASE_URL"),
        ({"DEEPGRAM_API_KEY": " , "}, "Deepgram", "DEEPGRAM_API_KEY"),
        ({"DEEPGRAM_API_KEY": "nobody's"}, "Deepgram", "DEEPGRAM_API_KEY"),
        ({"OPENAI_BASE_URL": f"http://me:hunter2@{NOBODY}"}, "OpenAI", "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": "api.openai.com"}, "OpenAI", "OPENAI_BASE_URL"),
        ({"OPENAI_API_KEY": "sk-\N{EN DASH}pasted"}, "OpenAI", "OPENAI_API_KEY"),
        ({"TTS_BASE_URL": f"http://{NOBODY}"}, "Speech", "TTS_BASE_URL"),
        ({"DATABASE_URL": "sqlite:///nowhere/reception.db"}, "database", "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://me:hunter2@{NOBODY}/x"}, "database", "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://me:hunter2@localhost/x"}, "database", "DATABASE_URL"),
        ({"PRACTICE_FILE": "nowhere.yaml"}, "practice", "PRACTICE_FILE"),
    ],
)
async def test_a_setting_is_wrong(
    doctor: Doctor, changes: dict[str, str], check: str, named: str
) -> None:
    found, level, sentence = trouble(await doctor(**changes))

    assert (found, level) == (check, "failed")
    assert named in sentence


async def test_a_check_that_breaks_does_not_hide_the_others(
    doctor: Doctor, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise LookupError(places.SECRET)

    monkeypatch.setattr(house, "load_practice", broken)

    ran = await doctor()

    check, level, sentence = trouble(ran)
    assert (check, level) == ("practice", "failed")
    assert "LookupError" in sentence
    assert "accepts the key" in ran.out


async def test_as_json(doctor: Doctor) -> None:
    ran = await doctor("--json", SIP_TRUNK_ID="ST_other")

    found = json.loads(ran.out)
    assert {tuple(entry) for entry in found} == {("check", "level", "sentence")}
    assert [entry["check"] for entry in found if entry["level"] == "failed"] == ["trunk"]
    assert ran.code == 1


async def test_in_a_terminal(doctor: Doctor) -> None:
    ran = await doctor(SIP_TRUNK_ID="ST_other", TTS_MODEL="gpt-none", FORCE_COLOR="1")

    assert all(mark in ran.out for mark in "✓!✗")
    assert "1 failed" in ran.out
    assert "\t" not in ran.out


def test_wrong_use(run: Run) -> None:
    assert run("doctor", "--loudly").code == 2


def test_help_teaches(run: Run) -> None:
    said = run("doctor", "--help").out

    assert all(word in said for word in ("LiveKit", "practice.yaml", "--json", "Exit code 1"))
