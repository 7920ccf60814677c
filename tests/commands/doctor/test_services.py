"""LiveKit, Deepgram and OpenAI failing as they really do, and the clock."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.commands.doctor import town as places
from tests.commands.doctor.reading import Doctor, findings, trouble
from tests.commands.doctor.town import Reply, Town, answers, hangs


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by its dotted name, under which stands the function.
    monkeypatch.setattr(sys.modules["reception.commands.doctor"], "PATIENCE_SECONDS", 0.3)


@pytest.mark.parametrize(
    ("path", "reply", "told"),
    [
        (places.LISTS_ROOMS, answers(500, {"code": "internal"}), ("LiveKit", "failed", "URL")),
        (places.LISTS_ROOMS, answers(404, ["no route"]), ("LiveKit", "failed", "LIVEKIT_URL")),
        (places.LISTS_ROOMS, places.WEBSITE, ("LiveKit", "failed", "LIVEKIT_URL")),
        (places.LISTS_TRUNKS, places.NO_SIP, ("trunk", "failed", "no SIP service")),
        (places.LISTS_TRUNKS, answers(404, {"code": "bad_route"}), ("trunk", "failed", "no SIP")),
        (
            places.LISTS_TRUNKS,
            answers(503, {"code": "unavailable"}),
            ("trunk", "failed", "SIP_TRUNK_ID"),
        ),
        (places.HEARS, answers(503), ("Deepgram", "failed", "DEEPGRAM_BASE_URL")),
        (places.HEARS, places.WEBSITE, ("Deepgram", "failed", "DEEPGRAM_BASE_URL")),
        (places.HEARS, answers(404), ("Deepgram", "warning", "DEEPGRAM_BASE_URL")),
        (places.TALKS, answers(500), ("OpenAI", "failed", "OPENAI_BASE_URL")),
        (places.TALKS, answers(404), ("OpenAI", "failed", "OPENAI_BASE_URL")),
        (places.TALKS, places.WEBSITE, ("OpenAI", "failed", "OPENAI_BASE_URL")),
        (places.TALKS, answers(403), ("OpenAI", "warning", "OPENAI_API_KEY")),
        (places.TALKS, answers(429), ("OpenAI", "warning", "OPENAI_API_KEY")),
        (places.SPEAKS, answers(500), ("Speech", "failed", "TTS_BASE_URL")),
        (places.SPEAKS, answers(404), ("Speech", "warning", "TTS_BASE_URL")),
    ],
)
async def test_a_service_fails(
    doctor: Doctor, town: Town, path: str, reply: Reply, told: tuple[str, str, str]
) -> None:
    town.replies[path] = reply

    check, level, sentence = trouble(await doctor(TTS_BASE_URL=town.speech))

    assert (check, level) == told[:2]
    assert told[2] in sentence


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (places.LISTS_ROOMS, ({"LiveKit", "trunk"}, "LIVEKIT_URL")),
        (places.HEARS, ({"Deepgram"}, "DEEPGRAM_BASE_URL")),
        (places.TALKS, ({"OpenAI"}, "OPENAI_BASE_URL")),
        (places.SPEAKS, ({"Speech"}, "TTS_BASE_URL")),
    ],
)
async def test_a_server_that_hangs_does_not_hang_the_command(
    doctor: Doctor, town: Town, impatient: None, path: str, told: tuple[set[str], str]
) -> None:
    town.replies[path] = hangs

    async with asyncio.timeout(20):
        ran = await doctor(TTS_BASE_URL=town.speech)

    checks, named = told
    # Others may not make it in so short a time on a busy machine.
    (sentence,) = [text for check, _, text in findings(ran, "failed") if check in checks]
    assert named in sentence
    assert ran.code == 1


async def test_livekit_hangs_from_the_start(doctor: Doctor, town: Town, impatient: None) -> None:
    town.replies |= {"/": hangs, places.LISTS_ROOMS: hangs}

    ran = await doctor()

    told = [finding for finding in findings(ran) if finding[0] in ("LiveKit", "trunk", "clock")]
    assert [check for check, *_ in told] == ["LiveKit"]


@pytest.mark.parametrize(("seconds", "level"), [(-10, "warning"), (10, "warning"), (90, "failed")])
async def test_the_clock_is_off(doctor: Doctor, town: Town, seconds: int, level: str) -> None:
    there = datetime.now(UTC) - timedelta(seconds=seconds)
    town.date = format_datetime(there, usegmt=True)

    *found, sentence = trouble(await doctor())

    assert found == ["clock", level]
    assert "NTP" in sentence
    assert ("ahead of" if seconds > 0 else "behind") in sentence


async def test_one_of_several_keys_is_refused(doctor: Doctor, town: Town) -> None:
    town.refused = {places.DEEPGRAM_KEYS[1]}

    ran = await doctor()

    assert "refuses key 2 of DEEPGRAM_API_KEY" in trouble(ran)[2]
    assert "accepts key 1 of DEEPGRAM_API_KEY" in ran.out


@pytest.mark.parametrize("setting", ["OPENAI_MODEL", "TTS_MODEL"])
async def test_a_model_is_not_known(doctor: Doctor, setting: str) -> None:
    both = ",".join(places.OPENAI_KEYS)

    check, level, sentence = trouble(await doctor(OPENAI_API_KEY=both, **{setting: "gpt-none"}))

    assert (check, level) == ("OpenAI", "warning")
    assert f"gpt-none for key 1 of OPENAI_API_KEY, key 2 of OPENAI_API_KEY; check {setting}" in (
        sentence
    )
