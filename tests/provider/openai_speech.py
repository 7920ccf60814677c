"""OpenAI's speech endpoint on loopback: text in, audio of its voice out, or one of the faults.

``OpenAIServer`` has one, at the same base URL as chat::

    async with OpenAIServer() as server:
        server.speech.faults(SpeechFault.CUT, None)  # the first request breaks off, the next works
        tts = openai.TTS(base_url=server.base_url, api_key="none", response_format="pcm")
        ...
        assert server.speech.requests[0].text == "Hi, this is Sarah."
"""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from aiohttp import web

from tests.provider.voices import Lexicon, Voice

RATE = 24_000
"""Hertz of the audio, mono with 16 bits a sample."""
_PIECE_BYTES = RATE * 2 // 5
_TAIL_SECONDS = 0.18
"""Of silence after the words, as real voices have it: two sentences in a row stay two."""
_FOREVER = 3600.0
_GARBAGE = b"<html>\n<body>502 Bad Gateway</body>\n</html>"


class SpeechFault(StrEnum):
    """How a request for speech fails."""

    RATE_LIMITED = "rate_limited"
    """HTTP 429, with the advice to come back in 20 seconds."""
    SERVER_ERROR = "server_error"
    """HTTP 500."""
    SLOW = "slow"
    """The headers, and the first byte only after ``slow_seconds``."""
    STALLS = "stalls"
    """The first piece of audio, then nothing more, and the connection stays open."""
    CUT = "cut"
    """The first piece of audio, then the connection breaks off."""
    GARBAGE = "garbage"
    """HTTP 200 and an error page: no events, and as raw audio a click."""


@dataclass(frozen=True)
class SpeechRequest:
    """A request for speech as it came in."""

    body: dict[str, Any]
    key: str

    @property
    def text(self) -> str:
        return str(self.body["input"])

    @property
    def voice(self) -> str:
        return str(self.body["voice"])

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def as_events(self) -> bool:
        """Whether the audio is asked for as server-sent events."""
        return self.body.get("stream_format") == "sse"


@dataclass
class OpenAISpeech:
    """``POST /v1/audio/speech``. All audio is pcm, whatever format is asked for."""

    voice: Voice = field(default_factory=Lexicon)
    first_byte_seconds: float = 0.0
    """From the request to the first byte of audio; the headers come at once."""
    slow_seconds: float = 2.0
    """The same for ``SpeechFault.SLOW``."""
    requests: list[SpeechRequest] = field(default_factory=list)
    _faults: list[SpeechFault | None] = field(default_factory=lambda: [None])
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def faults(self, *faults: SpeechFault | None) -> None:
        """From now on each request takes the next fault, None for none; the last one stays.

        The plugin asks again by itself, so that is a request as well.
        """
        self._faults = list(faults)

    def mount(self, app: web.Application) -> None:
        """Serve it from this application."""
        app.router.add_post("/v1/audio/speech", self._speech)

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = SpeechRequest(await request.json(), key)
        self.requests.append(asked)
        fault = self._faults.pop(0) if len(self._faults) > 1 else self._faults[0]
        request_id = f"req_speech_{next(self._ids)}"
        match fault:
            case SpeechFault.RATE_LIMITED:
                return _refusal(429, "Rate limit reached.", request_id, {"Retry-After": "20"})
            case SpeechFault.SERVER_ERROR:
                return _refusal(500, "The server had an error.", request_id)
        content_type = "text/event-stream" if asked.as_events else "audio/pcm"
        response = web.StreamResponse(
            headers={"Content-Type": content_type, "x-request-id": request_id}
        )
        await response.prepare(request)
        if fault is SpeechFault.GARBAGE:
            await response.write(_GARBAGE)
            return response
        slow = fault is SpeechFault.SLOW
        await asyncio.sleep(self.slow_seconds if slow else self.first_byte_seconds)
        await self._audio(request, response, asked, fault)
        return response

    async def _audio(
        self,
        request: web.Request,
        response: web.StreamResponse,
        asked: SpeechRequest,
        fault: SpeechFault | None,
    ) -> None:
        """The audio piece by piece, and what ends it."""
        async for piece in self._pieces(asked.text):
            if asked.as_events:
                audio = base64.b64encode(piece).decode()
                await _event(response, {"type": "speech.audio.delta", "audio": audio})
            else:
                await response.write(piece)
            if fault is SpeechFault.STALLS:
                await asyncio.sleep(_FOREVER)
            if fault is SpeechFault.CUT:
                # What was written is on its way before the connection is torn down.
                await asyncio.sleep(0.02)
                assert request.transport is not None
                request.transport.abort()
                return
        if asked.as_events:
            tokens = len(asked.text.split())
            usage = {"input_tokens": tokens, "output_tokens": 20 * tokens}
            usage["total_tokens"] = sum(usage.values())
            await _event(response, {"type": "speech.audio.done", "usage": usage})

    async def _pieces(self, text: str) -> AsyncIterator[bytes]:
        """200 ms each, the last one shorter."""
        # In a thread, so that a long text holds up no other call.
        pcm = await asyncio.to_thread(self.voice.speak, text, RATE)
        audio = np.pad(pcm, (0, int(_TAIL_SECONDS * RATE))).tobytes()
        for at in range(0, len(audio), _PIECE_BYTES):
            yield audio[at : at + _PIECE_BYTES]


async def _event(response: web.StreamResponse, event: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")


def _refusal(
    status: int, message: str, request_id: str, headers: dict[str, str] | None = None
) -> web.Response:
    error = {"message": message, "type": "error", "param": None, "code": None}
    return web.json_response(
        {"error": error}, status=status, headers={"x-request-id": request_id} | (headers or {})
    )
