"""How long a caller hears nothing, whatever the provider of the voice does."""

import asyncio
from dataclasses import dataclass, field

import pytest
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError, tts
from livekit.agents.metrics import TTSMetrics

from reception.voice.bounded_tts import (
    ASK_AGAIN_SECONDS,
    GIVE_UP_SECONDS,
    STALL_SECONDS,
    BoundedTTS,
)
from tests.unit.voice.sound import BREAK_SECONDS, ScriptedVoice, Sound, Step

pytestmark = pytest.mark.looptime

FOREVER = 60.0


@dataclass
class Heard:
    """What came out, and the longest time in which nothing was left to be heard."""

    seconds: float = 0.0
    silence: float = 0.0
    error: APIError | None = None
    errors: list[tts.TTSError] = field(default_factory=list)


async def hear(voice: ScriptedVoice) -> Heard:
    heard, now = Heard(), asyncio.get_running_loop().time
    bounded = BoundedTTS(voice)
    bounded.on("error", heard.errors.append)
    played = now()
    try:
        async with asyncio.timeout(5), bounded.synthesize("Who is there?") as stream:
            async for audio in stream:
                heard.silence = max(heard.silence, now() - played)
                played = max(played, now()) + audio.frame.duration
                heard.seconds += audio.frame.duration
    except APIError as error:
        heard.error = error
        heard.silence = max(heard.silence, now() - played)
    return heard


async def test_a_voice_in_time_is_passed_on_as_it_is() -> None:
    voice = ScriptedVoice([0.05, Sound(0.2), 0.1, Sound(0.3)])
    heard = await hear(voice)
    assert heard.seconds == pytest.approx(0.5, abs=0.02)
    assert len(voice.texts) == 1


@pytest.mark.parametrize(
    ("first", "waited"),
    [
        ([FOREVER], ASK_AGAIN_SECONDS),
        ([APIStatusError("limited", status_code=429)], BREAK_SECONDS),
        ([APIStatusError("broken", status_code=500)], BREAK_SECONDS),
        ([APIConnectionError("gone")], BREAK_SECONDS),
    ],
    ids=["stalls", "429", "500", "gone"],
)
async def test_what_does_not_sound_is_asked_again_and_heard(
    first: list[Step], waited: float
) -> None:
    voice = ScriptedVoice(first, [Sound(0.3)])
    heard = await hear(voice)
    assert heard.error is None
    assert heard.seconds == pytest.approx(0.3, abs=0.02)
    assert heard.silence == pytest.approx(waited)


async def test_the_first_to_sound_is_heard_whichever_it_is() -> None:
    voice = ScriptedVoice([0.8, Sound(0.3)], [FOREVER])
    heard = await hear(voice)
    assert heard.seconds == pytest.approx(0.3, abs=0.02)
    assert heard.silence == pytest.approx(0.8)
    assert voice.cancelled == ["Who is there?"]


async def test_the_loser_is_not_heard_and_not_waited_for() -> None:
    voice = ScriptedVoice([0.8, Sound(5), 5], [Sound(0.3)])
    heard = await hear(voice)
    assert heard.seconds == pytest.approx(0.3, abs=0.02)
    assert voice.cancelled == ["Who is there?"]


@pytest.mark.parametrize(
    ("scripts", "error", "seconds"),
    [
        ([[FOREVER], [FOREVER]], APITimeoutError, GIVE_UP_SECONDS),
        ([[APIStatusError("a", status_code=500)], [FOREVER]], APITimeoutError, GIVE_UP_SECONDS),
        ([[FOREVER], [APIConnectionError("b")]], APITimeoutError, GIVE_UP_SECONDS),
        (
            [[APIStatusError("a", status_code=500)], [APIStatusError("b", status_code=500)]],
            APIStatusError,
            2 * BREAK_SECONDS,
        ),
    ],
    ids=["both stall", "500 and a stall", "a stall and gone", "500 twice"],
)
async def test_where_nothing_sounds_it_fails_in_time_and_is_not_retried(
    scripts: list[list[Step]], error: type[APIError], seconds: float
) -> None:
    voice = ScriptedVoice(*scripts)
    heard = await hear(voice)
    assert isinstance(heard.error, error)
    assert not heard.error.retryable
    assert heard.silence == pytest.approx(seconds)
    assert len(voice.texts) == 2
    assert [each.recoverable for each in heard.errors] == [False]


async def test_sound_that_stops_is_given_up_when_it_was_played() -> None:
    heard = await hear(ScriptedVoice([Sound(1.0), FOREVER]))
    assert isinstance(heard.error, APITimeoutError)
    assert not heard.error.retryable
    assert heard.seconds == pytest.approx(1.0, abs=0.02)
    assert heard.silence == pytest.approx(0, abs=0.02)


async def test_little_sound_is_given_its_time() -> None:
    heard = await hear(ScriptedVoice([Sound(0.02), STALL_SECONDS - 0.1, Sound(0.2)]))
    assert heard.error is None
    heard = await hear(ScriptedVoice([Sound(0.02), FOREVER]))
    assert heard.silence == pytest.approx(STALL_SECONDS - 0.02)


async def test_sound_that_breaks_off_is_an_error() -> None:
    heard = await hear(ScriptedVoice([Sound(0.3), APIConnectionError("cut")]))
    assert isinstance(heard.error, APIConnectionError)
    assert not heard.error.retryable
    assert heard.seconds == pytest.approx(0.3, abs=0.02)


async def test_a_caller_who_leaves_leaves_no_request_behind() -> None:
    voice = ScriptedVoice([FOREVER], [FOREVER])
    stream = BoundedTTS(voice).synthesize("Who is there?")
    await asyncio.sleep(ASK_AGAIN_SECONDS + 0.1)
    await stream.aclose()
    assert len(voice.cancelled) == 2


async def test_what_was_used_is_counted_once() -> None:
    counted: list[TTSMetrics] = []
    bounded = BoundedTTS(ScriptedVoice([Sound(0.2)]))
    bounded.on("metrics_collected", counted.append)
    await bounded.synthesize("Who is there?").collect()
    await asyncio.sleep(0)
    assert [each.characters_count for each in counted] == [13]
    assert (bounded.model, bounded.provider) == ("scripted", "test")


def test_with_its_own_bounds_a_stall_is_bearable() -> None:
    """A second request has 0.8 seconds for its first sound."""
    assert max(ASK_AGAIN_SECONDS, STALL_SECONDS) + 0.8 <= 1.5
    assert GIVE_UP_SECONDS > 1.5
