"""Deepgram on loopback, as LiveKit's own plugin hears and fails with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, APIStatusError, stt
from livekit.plugins import deepgram

from tests.provider.damage import RATE, opus, padded
from tests.provider.deepgram_server import DeepgramServer, Fault
from tests.provider.formants import Pcm
from tests.provider.voices import Lexicon, speak

SHE = "Yes, this is she."
WEDNESDAY = "Could we do Wednesday instead?"
ONCE = APIConnectOptions(max_retry=0, timeout=0.5)
TWICE = APIConnectOptions(max_retry=1, retry_interval=0.01, timeout=0.5)
SANE_SECONDS = 5.0

Kind = stt.SpeechEventType


@pytest.fixture
async def server() -> AsyncIterator[DeepgramServer]:
    async with DeepgramServer(voice=Lexicon().knows(SHE, WEDNESDAY)) as server:
        yield server


@asynccontextmanager
async def listening(
    server: DeepgramServer, options: APIConnectOptions = ONCE, **settings: object
) -> AsyncIterator[stt.RecognizeStream]:
    """A stream of the real plugin."""
    async with aiohttp.ClientSession() as session:
        hears = deepgram.STT(
            base_url=server.listen_url,
            http_session=session,
            **({"api_key": "a key"} | settings),  # type: ignore[arg-type]
        )
        async with hears.stream(conn_options=options) as stream:
            yield stream


def push(stream: stt.RecognizeStream, pcm: Pcm, rate: int = RATE) -> None:
    """All at once, in frames of 10 ms."""
    for frame in np.array_split(pcm, range(rate // 100, len(pcm), rate // 100)):
        stream.push_frame(rtc.AudioFrame(frame.tobytes(), rate, 1, len(frame)))


async def events(stream: stt.RecognizeStream, until: Kind) -> list[stt.SpeechEvent]:
    """What the plugin tells, its count of the seconds aside, up to the first of this kind."""
    told = []
    async with asyncio.timeout(SANE_SECONDS):
        async for event in stream:
            if event.type is not Kind.RECOGNITION_USAGE:
                told.append(event)
            if event.type is until:
                return told
    raise AssertionError(f"the stream ended without {until}")


async def heard(stream: stt.RecognizeStream, pcm: Pcm) -> str:
    """The next final transcript after this was said."""
    push(stream, padded(pcm, 0.3, 0.4))
    told = await events(stream, Kind.FINAL_TRANSCRIPT)
    return told[-1].alternatives[0].text


async def test_an_utterance_is_heard_as_its_text(server: DeepgramServer) -> None:
    async with listening(server) as stream:
        push(stream, padded(speak(SHE, RATE), 0.5, 0.5))
        told = await events(stream, Kind.END_OF_SPEECH)
    kinds = [event.type for event in told]
    assert kinds[0] is Kind.START_OF_SPEECH
    assert kinds[-2:] == [Kind.FINAL_TRANSCRIPT, Kind.END_OF_SPEECH]
    assert set(kinds[1:-2]) == {Kind.INTERIM_TRANSCRIPT}
    final = told[-2]
    assert final.request_id == "dg-1"
    (data,) = final.alternatives
    assert (data.text, data.language) == (SHE, "en-US")
    assert data.confidence > 0.9
    assert data.words is not None
    assert [str(word) for word in data.words] == SHE.split()
    assert data.start_time == pytest.approx(0.5, abs=0.15)
    assert data.end_time == pytest.approx(0.5 + len(speak(SHE, RATE)) / RATE, abs=0.15)
    assert SHE.startswith(told[1].alternatives[0].text)
    assert server.connections[0].finals == [SHE]


async def test_two_utterances_are_two_and_a_codec_between_does_not_matter(
    server: DeepgramServer,
) -> None:
    async with listening(server) as stream:
        assert await heard(stream, opus(speak(SHE, RATE))) == SHE
        assert await heard(stream, opus(speak(WEDNESDAY, RATE))) == WEDNESDAY
    assert server.connections[0].finals == [SHE, WEDNESDAY]


async def test_another_rate_is_taken_too(server: DeepgramServer) -> None:
    async with listening(server, sample_rate=8000) as stream:
        push(stream, np.pad(speak(SHE, 48_000), 24_000), 48_000)
        told = await events(stream, Kind.FINAL_TRANSCRIPT)
    assert told[-1].alternatives[0].text == SHE
    assert server.connections[0].asked("sample_rate") == "8000"


async def test_a_beep_is_a_sound_without_words(server: DeepgramServer) -> None:
    beep = (np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE) * 8000).astype(np.int16)
    async with listening(server) as stream:
        push(stream, padded(beep, 0.3, 0.4))
        told = await events(stream, Kind.END_OF_SPEECH)
    assert [event.type for event in told] == [Kind.START_OF_SPEECH, Kind.END_OF_SPEECH]
    assert server.connections[0].finals == [""]


async def test_silence_and_a_lines_soft_noise_are_nothing(server: DeepgramServer) -> None:
    noise = np.random.default_rng(0).normal(0, 100, 3 * RATE).astype(np.int16)
    async with listening(server) as stream:
        push(stream, noise)
        assert await heard(stream, speak(SHE, RATE)) == SHE
    assert server.connections[0].finals == [SHE]


async def test_what_was_asked_for_is_kept(server: DeepgramServer) -> None:
    terms = ["Santos", "Main Street Dental"]
    async with listening(
        server, api_key="another", keyterm=terms, language="multi", model="nova-3"
    ) as stream:
        push(stream, padded(speak(SHE, RATE), 0.3, 0.4))
        told = await events(stream, Kind.FINAL_TRANSCRIPT)
        stream.end_input()
        (connection,) = server.connections
        await asyncio.wait_for(connection.closed.wait(), SANE_SECONDS)
    assert (connection.key, connection.keyterms) == ("another", terms)
    assert (connection.model, connection.language) == ("nova-3", "multi")
    assert connection.controls[0] == "KeepAlive"
    assert connection.controls[-2:] == ["Finalize", "CloseStream"]
    assert connection.audio_seconds == pytest.approx(len(speak(SHE, RATE)) / RATE + 0.7, abs=0.06)
    assert told[-1].alternatives[0].language == "en"


async def test_unformatted_is_without_capitals_and_marks(server: DeepgramServer) -> None:
    async with listening(server, punctuate=False) as stream:
        assert await heard(stream, speak(SHE, RATE)) == "yes this is she"


async def test_finalize_does_not_wait_for_a_pause(server: DeepgramServer) -> None:
    server.final_seconds = server.pause_seconds = 60
    async with listening(server) as stream:
        push(stream, speak(SHE, RATE))
        stream.flush()
        told = await events(stream, Kind.FINAL_TRANSCRIPT)
    assert told[-1].alternatives[0].text == SHE


async def test_the_end_of_an_utterance_is_told_if_asked_for(server: DeepgramServer) -> None:
    said = padded(speak(SHE, RATE), 0.3, 0.4).tobytes()
    messages: list[dict[str, Any]] = []
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Token a key"}) as session,
        session.ws_connect(
            server.listen_url, params={"sample_rate": str(RATE), "utterance_end_ms": "200"}
        ) as socket,
    ):
        await socket.send_bytes(said)
        while not messages or messages[-1]["type"] != "UtteranceEnd":
            messages.append(await socket.receive_json(timeout=SANE_SECONDS))
    assert [message["type"] for message in messages] == ["Results", "UtteranceEnd"]
    end = 0.3 + len(speak(SHE, RATE)) / RATE
    assert messages[1]["last_word_end"] == pytest.approx(end, abs=0.1)


@pytest.mark.parametrize("seconds", [0.3, 0.7])
async def test_the_final_comes_as_late_as_was_set(server: DeepgramServer, seconds: float) -> None:
    server.final_seconds = seconds
    loop = asyncio.get_running_loop()
    async with listening(server) as stream:
        # In real time, as the time is counted in audio.
        push(stream, padded(speak(SHE, RATE), 0.3, 0))
        await events(stream, Kind.START_OF_SPEECH)
        ended = loop.time()
        waits = asyncio.create_task(events(stream, Kind.FINAL_TRANSCRIPT))
        while not waits.done():
            push(stream, np.zeros(RATE // 50, np.int16))
            await asyncio.sleep(0.02)
    assert seconds - 0.05 < loop.time() - ended < seconds + 0.5


@pytest.mark.parametrize(
    ("fault", "status", "retryable"),
    [
        (Fault.UNAUTHORIZED, 401, False),
        (Fault.RATE_LIMITED, 429, True),
        (Fault.SERVER_ERROR, 500, True),
        (Fault.CLOSED, 1011, True),
    ],
)
async def test_a_fault_is_a_status_to_the_plugin(
    server: DeepgramServer, fault: Fault, status: int, retryable: bool
) -> None:
    server.faults(fault)
    async with listening(server) as stream:
        with pytest.raises(APIStatusError) as failed:
            await heard(stream, speak(SHE, RATE))
    assert (failed.value.status_code, failed.value.retryable) == (status, retryable)
    assert [connection.fault for connection in server.connections] == [fault]


async def test_a_key_that_is_not_known_is_refused(server: DeepgramServer) -> None:
    server.keys = frozenset({"the right one"})
    async with listening(server) as stream:
        with pytest.raises(APIStatusError) as failed:
            await heard(stream, speak(SHE, RATE))
    assert failed.value.status_code == 401
    async with listening(server, api_key="the right one") as stream:
        assert await heard(stream, speak(SHE, RATE)) == SHE


async def test_who_is_refused_for_a_while_is_told_when_to_come_back(
    server: DeepgramServer,
) -> None:
    server.faults(Fault.RATE_LIMITED)
    headers = {"Authorization": "Token a key"}
    async with aiohttp.ClientSession(headers=headers) as session:
        response = await session.get(server.listen_url)
        assert (response.status, response.headers["Retry-After"]) == (429, "20")
        assert (await response.json())["err_code"] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.HANGS])
async def test_a_connection_that_is_lost_is_an_api_error(
    server: DeepgramServer, fault: Fault
) -> None:
    server.faults(fault)
    async with listening(server) as stream:
        with pytest.raises(APIError) as failed:
            await heard(stream, speak(SHE, RATE))
    assert failed.value.retryable


async def test_a_dead_port_is_a_connection_error(server: DeepgramServer) -> None:
    async with listening(server) as stream:
        assert await heard(stream, speak(SHE, RATE)) == SHE
        await server.goes_down()
        with pytest.raises(APIError):
            await heard(stream, speak(SHE, RATE))
    async with listening(server) as stream:
        with pytest.raises(APIConnectionError):
            await heard(stream, speak(SHE, RATE))
    await server.comes_up()
    async with listening(server) as stream:
        assert await heard(stream, speak(SHE, RATE)) == SHE


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.SERVER_ERROR])
async def test_the_plugin_comes_back_by_itself(server: DeepgramServer, fault: Fault) -> None:
    server.faults(fault, None)
    async with listening(server, TWICE) as stream:
        assert await heard(stream, speak(SHE, RATE)) == SHE
    assert [connection.fault for connection in server.connections] == [fault, None]


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.GARBAGE])
async def test_the_plugin_does_not_notice_that_nothing_sensible_comes(
    server: DeepgramServer, fault: Fault
) -> None:
    server.faults(fault)
    async with listening(server) as stream:
        push(stream, padded(speak(SHE, RATE), 0.3, 0.4))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.5)
        (connection,) = server.connections
        assert not connection.closed.is_set()
    assert connection.finals == [SHE]
