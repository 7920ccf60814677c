"""What hears and what speaks, as the settings choose."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from livekit.agents import (
    APIConnectOptions,
    APIError,
    APIStatusError,
    APITimeoutError,
    inference,
    stt,
)
from livekit.plugins import deepgram

from reception.settings import Settings
from reception.voice import pipeline
from reception.voice.bounded_tts import BoundedTTS
from reception.voice.pipeline import (
    hearing,
    keyterms,
    noise_cancellation,
    speaking,
    turn_detector,
    voice_activity,
)
from tests.conversations.rehearsal import Rehearsal


def settings(**chosen: Any) -> Settings:
    return Settings(_env_file=None, **chosen)


def key_order(ears: stt.STT[Any]) -> list[str]:
    if isinstance(ears, stt.FallbackAdapter):
        return [key for each in ears._stt_instances for key in key_order(each)]
    assert isinstance(ears, deepgram.STT)
    return [ears._api_key]


class TestHearing:
    def test_one_key_is_deepgram_itself(self) -> None:
        ears = hearing(settings(deepgram_api_key="one"), ["Santos", "Main Street"])
        assert isinstance(ears, deepgram.STT)
        options = ears._opts
        assert (options.model, options.language) == ("nova-3", "multi")
        assert options.interim_results
        assert options.mip_opt_out
        assert options.keyterm == ["Santos", "Main Street"]
        assert options.endpoint_url == "https://api.deepgram.com/v1/listen"

    def test_another_server(self) -> None:
        ears = hearing(settings(deepgram_api_key="one", deepgram_base_url="http://127.0.0.1:1/"))
        assert isinstance(ears, deepgram.STT)
        assert ears._opts.endpoint_url == "http://127.0.0.1:1/v1/listen"

    def test_several_keys_take_turns_and_stand_by_for_each_other(self) -> None:
        chosen = settings(deepgram_api_key="t1, t2,t3")
        orders = [key_order(hearing(chosen)) for _ in range(4)]
        assert [order[0] for order in orders] == ["t1", "t2", "t3", "t1"]
        assert all(sorted(order) == ["t1", "t2", "t3"] for order in orders)

    @pytest.mark.parametrize(("status", "rests"), [(429, True), (500, False)])
    def test_a_limited_key_rests(self, status: int, rests: bool) -> None:
        chosen = settings(deepgram_api_key=f"r1-{status},r2-{status}")
        ears = hearing(chosen)
        assert isinstance(ears, stt.FallbackAdapter)
        error = APIStatusError("no", status_code=status)
        event = stt.STTError(timestamp=0, label="", error=error, recoverable=False)
        ears._stt_instances[0].emit("error", event)
        orders = [key_order(hearing(chosen)) for _ in range(2)]
        assert [f"r1-{status}" in order for order in orders] == [not rests, not rests]

    def test_without_a_key_nobody_hears(self) -> None:
        with pytest.raises(ValueError, match="needs a key"):
            hearing(settings())

    async def test_the_names_of_the_call_are_listened_for(self, house: Rehearsal) -> None:
        names = keyterms(await house.call())
        assert names[:4] == ["Maria Santos", "Maria", "Santos", "Main Street Dental Clinic"]
        assert {"Chen", "Patel"} <= set(names)
        assert len(names) == len(set(names))


class Speech:
    """OpenAI's speech on loopback: per request seconds to wait, or a status to fail with."""

    def __init__(self, *script: float) -> None:
        self.script = list(script)
        self.keys: list[str] = []
        self.asked: list[dict[str, Any]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.keys.append(request.headers["authorization"].removeprefix("Bearer "))
        self.asked.append(await request.json())
        step = self.script.pop(0) if self.script else 0.0
        if step >= 400:
            return web.json_response({"error": {"message": "no"}}, status=int(step))
        response = web.StreamResponse(headers={"content-type": "audio/pcm", "x-request-id": "1"})
        await response.prepare(request)
        await asyncio.sleep(step)
        await response.write(b"\1\2" * 12000)
        return response


async def serve(speech: Speech) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_post("/v1/audio/speech", speech.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"


@pytest.fixture
async def server() -> AsyncIterator[tuple[Speech, str]]:
    speech = Speech()
    runner, url = await serve(speech)
    yield speech, url
    await runner.cleanup()


class TestSpeaking:
    async def test_the_settings_are_what_openai_is_asked_for(
        self, server: tuple[Speech, str]
    ) -> None:
        speech, url = server
        chosen = settings(
            openai_api_key="one", tts_base_url=url, tts_voice="ash", tts_speed=1.25, tts_model="m"
        )
        sound = await speaking(chosen).synthesize("Hello.").collect()
        assert sound.sample_rate == 24000
        assert sound.duration == pytest.approx(0.5, abs=0.021)
        (asked,) = speech.asked
        assert (asked["model"], asked["voice"], asked["speed"]) == ("m", "ash", 1.25)
        assert (asked["response_format"], asked["input"]) == ("pcm", "Hello.")

    async def test_without_a_server_of_its_own_speech_comes_from_the_llm_s(
        self, server: tuple[Speech, str]
    ) -> None:
        speech, url = server
        await (
            speaking(settings(openai_api_key="one", openai_base_url=url))
            .synthesize("Hi.")
            .collect()
        )
        assert speech.keys == ["one"]

    @pytest.mark.parametrize("failure", [429.0, 500.0])
    async def test_where_one_key_fails_the_next_one_speaks(
        self, server: tuple[Speech, str], failure: float
    ) -> None:
        speech, url = server
        speech.script = [failure]
        voice = speaking(settings(openai_api_key="one,two", tts_base_url=url))
        assert (await voice.synthesize("Hello.").collect()).duration > 0.4
        assert speech.keys == ["one", "two"]
        for _ in range(2):
            await voice.synthesize("Hello.").collect()
        # A limited key rests; one that failed otherwise has its turn again.
        assert speech.keys[2:] == (["two", "two"] if failure == 429 else ["one", "two"])

    async def test_where_one_stalls_the_next_key_is_asked(self, server: tuple[Speech, str]) -> None:
        speech, url = server
        speech.script = [30.0, 0.3]
        voice = speaking(settings(openai_api_key="one,two", tts_base_url=url))
        async with voice.synthesize("Hello.") as stream:
            await anext(stream)
        assert speech.keys == ["one", "two"]

    async def test_a_dead_server_is_not_waited_for(self) -> None:
        voice = speaking(settings(openai_api_key="one", tts_base_url="http://127.0.0.1:1/v1"))
        with pytest.raises(APIError) as failed:
            await voice.synthesize("Hello.", conn_options=APIConnectOptions()).collect()
        assert not isinstance(failed.value, APITimeoutError)

    async def test_without_a_key_nobody_speaks(self) -> None:
        with pytest.raises(ValueError, match="needs a key"):
            speaking(settings())

    async def test_it_is_bounded(self) -> None:
        assert isinstance(speaking(settings(openai_api_key="one")), BoundedTTS)


@pytest.mark.parametrize(
    ("url", "filtered"),
    [
        ("wss://clinic-1a2b.livekit.cloud", True),
        ("wss://clinic-1a2b.LiveKit.cloud:443/x", True),
        ("ws://127.0.0.1:7880", False),
        ("wss://livekit.cloud.example.com", False),
        ("wss://notlivekit.cloud", False),
        (None, False),
    ],
)
def test_the_cloud_filters_noise(url: str | None, filtered: bool) -> None:
    assert (noise_cancellation(settings(livekit_url=url)) is not None) is filtered


class TestTurnDetector:
    @pytest.fixture(autouse=True)
    def _asked_anew(self) -> None:
        pipeline.import_turn_detector.cache_clear()

    def test_without_weights_it_is_the_built_in_one_and_that_is_said_once(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda **_: None)
        with caplog.at_level("INFO"):
            detectors = [turn_detector(), turn_detector()]
        for one in detectors:
            assert isinstance(one, inference.TurnDetector)
            assert one.model == "turn-detector-v1-mini"
        assert caplog.text.count("turn detector") == 1

    def test_without_weights_the_plugin_is_not_imported(self) -> None:
        """Registered, it would keep the worker from starting."""
        code = (
            "import sys, reception.voice.pipeline as p; assert not p.import_turn_detector();"
            "assert 'livekit.plugins.turn_detector' not in sys.modules"
        )
        environment = {"HF_HOME": "/nonexistent", "PATH": ""}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)

    def test_outside_a_job_it_is_the_small_one_even_with_weights(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pipeline, "import_turn_detector", lambda: True)
        assert isinstance(turn_detector(), inference.TurnDetector)

    @pytest.mark.filterwarnings("ignore:.*turn_detector. is deprecated")
    def test_it_looks_for_what_the_plugin_wants(self) -> None:
        from livekit.plugins.turn_detector import models

        wanted = {
            "repo_id": models.HG_MODEL,
            "filename": f"onnx/{models.ONNX_FILENAME}",
            "revision": models.MODEL_REVISIONS["multilingual"],
        }
        assert wanted == pipeline._SENSE_MODEL

    def test_the_detector_of_voices_leaves_it_the_silence_that_it_needs(self) -> None:
        from livekit.agents.inference.eot.base import MIN_SILENCE_DURATION_MS

        silence = voice_activity().min_silence_duration
        assert silence * 1000 >= MIN_SILENCE_DURATION_MS + 50
