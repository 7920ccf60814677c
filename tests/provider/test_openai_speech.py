"""OpenAI's speech on loopback, as LiveKit's own plugin plays it and fails with it."""

import asyncio
from collections.abc import AsyncIterator

import httpx2 as httpx
import numpy as np
import openai as openai_client
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, APIStatusError, tts
from livekit.plugins import openai

from tests.provider.formants import Pcm
from tests.provider.openai_server import OpenAIServer
from tests.provider.openai_speech import RATE, OpenAISpeech, SpeechFault
from tests.provider.voices import Lexicon, speak

SARAH = "Hi, this is Sarah, the AI assistant at Main Street Dental Clinic."
ONCE = APIConnectOptions(max_retry=0, timeout=0.5)
TWICE = APIConnectOptions(max_retry=1, retry_interval=0.01, timeout=0.5)
EVENTS, RAW = "gpt-4o-mini-tts", "tts-1"
"""Models whose audio the plugin asks for as events, and as it is."""


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


def stream(
    server: OpenAIServer, model: str = EVENTS, options: APIConnectOptions = ONCE
) -> tts.ChunkedStream:
    """What the real plugin makes of the text."""
    voice = openai.TTS(
        base_url=server.base_url, api_key="a key", model=model, voice="nova", response_format="pcm"
    )
    return voice.synthesize(SARAH, conn_options=options)


async def played(audio: tts.ChunkedStream) -> Pcm:
    """All of its samples."""
    async with audio, asyncio.timeout(5):
        frame = await audio.collect()
    assert frame.sample_rate == RATE
    return np.frombuffer(frame.data, np.int16)


@pytest.mark.parametrize("model", [EVENTS, RAW])
async def test_the_audio_is_complete(server: OpenAIServer, model: str) -> None:
    pcm = await played(stream(server, model))
    said = speak(SARAH, RATE)
    assert np.array_equal(pcm[: len(said)], said)
    # The silence after it, as far as whole frames of 10 ms or so are played.
    assert len(pcm) == pytest.approx(len(said) + 0.18 * RATE, abs=0.02 * RATE)
    assert not pcm[len(said) :].any()


@pytest.mark.parametrize("model", [EVENTS, RAW])
async def test_what_was_asked_for_is_kept(server: OpenAIServer, model: str) -> None:
    await played(stream(server, model))
    (request,) = server.speech.requests
    assert (request.text, request.voice, request.model) == (SARAH, "nova", model)
    assert request.key == "a key"
    assert request.as_events is (model == EVENTS)


async def test_what_was_said_is_heard_by_who_shares_the_lexicon() -> None:
    voice = Lexicon()
    async with OpenAIServer(speech=OpenAISpeech(voice=voice)) as server:
        pcm = await played(stream(server))
    assert voice.recognise(pcm, RATE)[0] == SARAH


@pytest.mark.parametrize("model", [EVENTS, RAW])
async def test_the_first_byte_comes_as_late_as_was_set(server: OpenAIServer, model: str) -> None:
    server.speech.first_byte_seconds = 0.3
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with stream(server, model) as audio:
        await anext(audio)
        assert 0.3 <= loop.time() - started < 1.5


@pytest.mark.parametrize(
    ("fault", "status"), [(SpeechFault.RATE_LIMITED, 429), (SpeechFault.SERVER_ERROR, 500)]
)
async def test_a_refusal_is_a_status_to_the_plugin(
    server: OpenAIServer, fault: SpeechFault, status: int
) -> None:
    server.speech.faults(fault)
    with pytest.raises(APIStatusError) as failed:
        await played(stream(server))
    assert failed.value.status_code == status
    assert failed.value.request_id == "req_speech_1"


async def test_who_is_refused_for_a_while_is_told_when_to_come_back(server: OpenAIServer) -> None:
    server.speech.faults(SpeechFault.RATE_LIMITED)
    async with openai_client.AsyncClient(
        api_key="none", base_url=server.base_url, max_retries=0
    ) as client:
        with pytest.raises(openai_client.RateLimitError) as failed:
            await client.audio.speech.create(input=SARAH, model=RAW, voice="nova")
    assert failed.value.response.headers["Retry-After"] == "20"


@pytest.mark.parametrize("model", [EVENTS, RAW])
async def test_a_stream_that_is_cut_is_a_connection_error(server: OpenAIServer, model: str) -> None:
    server.speech.faults(SpeechFault.CUT)
    with pytest.raises(APIConnectionError):
        await played(stream(server, model))


async def test_an_error_page_is_no_audio(server: OpenAIServer) -> None:
    server.speech.faults(SpeechFault.GARBAGE)
    with pytest.raises(APIError, match="no audio frames were pushed"):
        await played(stream(server))


@pytest.mark.parametrize("model", [EVENTS, RAW])
async def test_a_stall_is_some_audio_and_then_nothing(server: OpenAIServer, model: str) -> None:
    server.speech.faults(SpeechFault.STALLS)
    async with stream(server, model) as audio:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                frames = [(await anext(audio)).frame]
                while True:
                    frames.append((await anext(audio)).frame)
    assert 0 < sum(frame.duration for frame in frames) <= 0.2


async def test_a_slow_one_is_only_late(server: OpenAIServer) -> None:
    server.speech.slow_seconds = 0.4
    server.speech.faults(SpeechFault.SLOW)
    async with stream(server) as audio:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                asyncio.shield(first := asyncio.ensure_future(anext(audio))), 0.2
            )
        assert (await first).frame.duration > 0


async def test_the_plugin_asks_again_by_itself(server: OpenAIServer) -> None:
    server.speech.faults(SpeechFault.SERVER_ERROR, None)
    pcm = await played(stream(server, options=TWICE))
    assert len(pcm) > len(speak(SARAH, RATE))
    assert len(server.speech.requests) == 2


async def test_chat_is_served_at_the_same_url(server: OpenAIServer) -> None:
    async with httpx.AsyncClient(base_url=server.base_url) as client:
        answers = [
            await client.post("/chat/completions", json={"model": "gpt-4o-mini", "messages": []}),
            await client.post("/audio/speech", json={"input": "Hi.", "model": RAW, "voice": "x"}),
        ]
    assert [answer.headers["content-type"] for answer in answers] == [
        "text/event-stream",
        "audio/pcm",
    ]
