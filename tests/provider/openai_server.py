"""A provider that speaks OpenAI's chat completions on loopback, and fails as providers do.

It says what a test scripts, in the real wire format, and keeps what it was asked::

    async with OpenAIServer() as server:
        server.replies(Reply("I see."), Reply(failure=Failure.HANGS))
        llm = openai.LLM(base_url=server.base_url, api_key="none")
        ...
        assert server.requests[0].temperature == 0.8
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiohttp import web

from tests.provider.openai_speech import OpenAISpeech

_FOREVER = 3600.0
_KEEP_ALIVE_SECONDS = 0.02
_PIECE = re.compile(r"\S{1,4}|\s+")


class Failure(StrEnum):
    """How a reply fails. Those below ``HEADERS_ONLY`` first stream its text and its tool calls."""

    SERVER_ERROR = "server_error"
    """HTTP 500."""
    RATE_LIMITED = "rate_limited"
    """HTTP 429, with the advice to come back in 20 seconds."""
    HANGS = "hangs"
    """The request is taken, and nothing comes back."""
    HEADERS_ONLY = "headers_only"
    """HTTP 200, and then nothing."""
    KEEP_ALIVES = "keep_alives"
    """HTTP 200, then comments that keep the connection alive, and no more words."""
    CUT = "cut"
    """The connection breaks off."""
    STALLS = "stalls"
    """Nothing more comes, and the connection stays open."""
    ENDS_EARLY = "ends_early"
    """The stream ends cleanly, without a finish reason."""
    GARBAGE = "garbage"
    """What comes next is not JSON."""


@dataclass(frozen=True)
class ToolCall:
    """A tool that the LLM calls. ``arguments`` is sent as it stands, JSON or not."""

    name: str
    arguments: str = "{}"
    id: str | None = None
    """By default an id that no other call has."""


@dataclass(frozen=True)
class Reply:
    """What one request is answered with: the text, the tool calls, and how it fails, if it does."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    failure: Failure | None = None
    first_word_seconds: float = 0.0
    """From the request to the first piece of the reply; the headers come at once."""
    seconds_a_word: float = 0.0
    finish_reason: str | None = None
    """By default what OpenAI would send: ``tool_calls`` or ``stop``."""


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    body: dict[str, Any]
    key: str

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def temperature(self) -> float | None:
        return self.body.get("temperature")

    @property
    def parallel_tool_calls(self) -> bool | None:
        return self.body.get("parallel_tool_calls")

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body["messages"])

    @property
    def tools(self) -> list[str]:
        """The names of the tools on offer."""
        return [tool["function"]["name"] for tool in self.body.get("tools", ())]

    @property
    def text(self) -> str:
        """All that the LLM was told, tools included, as it stood in the body."""
        return json.dumps(self.body, ensure_ascii=False)


@dataclass
class OpenAIServer:
    """The provider. Use it as an async context manager; it listens on a free port."""

    requests: list[Request] = field(default_factory=list)
    speech: OpenAISpeech = field(default_factory=OpenAISpeech)
    _script: list[Reply] = field(default_factory=lambda: [Reply("I see.")])
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None
    _port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def replies(self, *replies: Reply) -> None:
        """From now on each request takes the next reply; the last one stays for all that follow.

        A fallback adapter asks a failed provider again by itself, so that is a request as well.
        """
        self._script = list(replies)

    async def __aenter__(self) -> Self:
        await self.comes_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.goes_down()

    async def comes_up(self) -> None:
        """Listen, after ``goes_down`` on the same port as before."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        self.speech.mount(app)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.01)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site.port
        self._runner = runner

    async def goes_down(self) -> None:
        """Drop every connection and listen no more: the port is dead."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Request(await request.json(), key)
        self.requests.append(asked)
        reply = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        match reply.failure:
            case Failure.SERVER_ERROR:
                return _refusal(500, "The server had an error while processing your request.")
            case Failure.RATE_LIMITED:
                return _refusal(429, "Rate limit reached.", {"Retry-After": "20"})
            case Failure.HANGS:
                await asyncio.sleep(_FOREVER)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream = _Stream(response, f"chatcmpl-{next(self._ids)}", asked)
        if reply.failure is Failure.HEADERS_ONLY:
            await asyncio.sleep(_FOREVER)
        await asyncio.sleep(reply.first_word_seconds)
        await stream.words(reply)
        await stream.tool_calls(reply.tool_calls, self._ids)
        if reply.failure is None:
            await stream.finish(reply)
        else:
            await _fail(reply.failure, request, response)
        return response


async def _fail(failure: Failure, request: web.Request, response: web.StreamResponse) -> None:
    """What comes after the words, when the reply does not come to its end."""
    match failure:
        case Failure.CUT:
            # What was written is on its way before the connection is torn down.
            await asyncio.sleep(_KEEP_ALIVE_SECONDS)
            assert request.transport is not None
            request.transport.abort()
        case Failure.STALLS:
            await asyncio.sleep(_FOREVER)
        case Failure.KEEP_ALIVES:
            while True:
                await response.write(b": keep-alive\n\n")
                await asyncio.sleep(_KEEP_ALIVE_SECONDS)
        case Failure.GARBAGE:
            await response.write(b'data: {"id": "chatcmpl-0", "choices": [{"delta": {"con\n\n')


def _refusal(
    status: int, message: str, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    error = {"message": message, "type": "error", "param": None, "code": None}
    return web.json_response({"error": error}, status=status, headers=headers)


class _Stream:
    """One answer as server-sent events, each a ``chat.completion.chunk``."""

    def __init__(self, response: web.StreamResponse, answer_id: str, asked: Request) -> None:
        self._response, self._id, self._asked = response, answer_id, asked
        self._created = int(time.time())

    async def words(self, reply: Reply) -> None:
        """The role, then the text in pieces smaller than words."""
        await self._delta({"role": "assistant", "content": "" if reply.text else None})
        for piece in _PIECE.findall(reply.text):
            if piece.isspace() and reply.seconds_a_word:
                await asyncio.sleep(reply.seconds_a_word)
            await self._delta({"content": piece})

    async def tool_calls(self, calls: tuple[ToolCall, ...], ids: Iterator[int]) -> None:
        """Each call by its index: its id and name first, then its arguments piece by piece."""
        for index, call in enumerate(calls):
            opening = {
                "index": index,
                "id": call.id or f"call_{next(ids)}",
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
            await self._delta({"tool_calls": [opening]})
            for piece in _PIECE.findall(call.arguments):
                part = {"index": index, "function": {"arguments": piece}}
                await self._delta({"tool_calls": [part]})

    async def finish(self, reply: Reply) -> None:
        """The finish reason, the usage where it was asked for, and the end of the stream."""
        usual = "tool_calls" if reply.tool_calls else "stop"
        await self._delta({}, reply.finish_reason or usual)
        if (self._asked.body.get("stream_options") or {}).get("include_usage"):
            tokens = len(_PIECE.findall(reply.text))
            usage = {"prompt_tokens": 100, "completion_tokens": tokens}
            await self._event([], usage | {"total_tokens": 100 + tokens})
        await self._response.write(b"data: [DONE]\n\n")

    async def _delta(self, delta: dict[str, Any], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        await self._event([choice], None)

    async def _event(self, choices: list[dict[str, Any]], usage: dict[str, int] | None) -> None:
        chunk = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._asked.model,
            "choices": choices,
            "usage": usage,
        }
        await self._response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
