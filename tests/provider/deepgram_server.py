"""A provider that speaks Deepgram's streaming protocol on loopback, and fails as providers do.

It hears what its voice recognises, and keeps what it was asked::

    voice = Lexicon().knows("Yes, this is she.")
    async with DeepgramServer(voice=voice) as server:
        server.faults(Fault.RATE_LIMITED, None)  # the first connection is refused, the next works
        stt = deepgram.STT(base_url=server.listen_url, api_key="none")
        ...
        assert server.connections[0].keyterms == ["Santos"]
"""

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.provider.listening import Listener
from tests.provider.voices import Lexicon, Voice

_IDLE_SECONDS = 12.0
"""Deepgram gives up on a connection that sends neither audio nor KeepAlive."""


class Fault(StrEnum):
    """How a connection fails. Those below ``SILENT`` do so when they would first send words."""

    UNAUTHORIZED = "unauthorized"
    """HTTP 401 at the handshake."""
    RATE_LIMITED = "rate_limited"
    """HTTP 429 at the handshake, with the advice to come back in 20 seconds."""
    SERVER_ERROR = "server_error"
    """HTTP 500 at the handshake."""
    HANGS = "hangs"
    """The handshake is never answered."""
    SILENT = "silent"
    """It connects, takes the audio, and never says a word. The plugin does not notice."""
    CLOSED = "closed"
    """The websocket is closed with the code 1011, as by an overloaded server."""
    CUT = "cut"
    """The connection breaks off without a close."""
    GARBAGE = "garbage"
    """Every message is JSON that breaks off. The plugin logs it and stays."""


@dataclass
class Connection:
    """One connection as it was asked for, and what was heard on it."""

    key: str
    query: list[tuple[str, str]]
    fault: Fault | None
    finals: list[str] = field(default_factory=list)
    """The texts of the final results, empty ones included."""
    audio_seconds: float = 0.0
    controls: list[str] = field(default_factory=list)
    """The types of the JSON messages that came: KeepAlive, Finalize, CloseStream."""
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is over, from whichever side."""

    def asked(self, name: str, default: str = "") -> str:
        """The query's first parameter of this name."""
        return next((value for key, value in self.query if key == name), default)

    @property
    def model(self) -> str:
        return self.asked("model")

    @property
    def language(self) -> str:
        return self.asked("language")

    @property
    def keyterms(self) -> list[str]:
        return [value for key, value in self.query if key == "keyterm"]


@dataclass
class DeepgramServer:
    """The provider. Use it as an async context manager; it listens on a free port."""

    voice: Voice = field(default_factory=Lexicon)
    final_seconds: float = 0.3
    """From the end of speech in the audio to its final result."""
    pause_seconds: float = 0.3
    """A quiet as long as this ends an utterance; shorter if the final has to come sooner."""
    interim_seconds: float = 0.5
    """Of speech between two interim results."""
    keys: frozenset[str] | None = None
    """The keys that are let in; by default any."""
    connections: list[Connection] = field(default_factory=list)
    _faults: list[Fault | None] = field(default_factory=lambda: [None])
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None
    _port: int = 0

    @property
    def base_url(self) -> str:
        """Of the whole provider, as ``DEEPGRAM_BASE_URL`` has it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def listen_url(self) -> str:
        """As ``deepgram.STT(base_url=...)`` has it."""
        return f"{self.base_url}/v1/listen"

    def faults(self, *faults: Fault | None) -> None:
        """From now on each connection takes the next fault, None for none; the last one stays.

        The plugin connects again by itself, so that is a connection as well.
        """
        self._faults = list(faults)

    async def __aenter__(self) -> Self:
        await self.comes_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.goes_down()

    async def comes_up(self) -> None:
        """Listen, after ``goes_down`` on the same port as before."""
        app = web.Application()
        app.router.add_get("/v1/listen", self._listen)
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

    def _lets_in(self, request: web.Request) -> bool:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Token" and bool(key) and (self.keys is None or key in self.keys)

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").partition(" ")[2]
        fault = self._faults.pop(0) if len(self._faults) > 1 else self._faults[0]
        connection = Connection(key, list(request.query.items()), fault)
        self.connections.append(connection)
        try:
            if not self._lets_in(request):
                return _refusal(401, "INVALID_AUTH", "Invalid credentials.")
            return await _refused(fault) or await self._served(request, connection)
        finally:
            connection.closed.set()

    async def _served(self, request: web.Request, connection: Connection) -> web.StreamResponse:
        request_id = f"dg-{next(self._ids)}"
        socket = web.WebSocketResponse()
        socket.headers["dg-request-id"] = request_id
        await socket.prepare(request)

        async def send(message: dict[str, Any]) -> None:
            await _send(socket, request, connection, message)

        listener = Listener(
            voice=self.voice,
            query=dict(reversed(connection.query)),
            request_id=request_id,
            final_seconds=self.final_seconds,
            pause_seconds=min(self.pause_seconds, self.final_seconds),
            interim_seconds=self.interim_seconds,
            send=send,
        )
        try:
            await _hear(socket, connection, listener)
        finally:
            await listener.aclose()
        return socket


async def _hear(socket: web.WebSocketResponse, connection: Connection, listener: Listener) -> None:
    """Pass on what comes until the stream is closed from either side, or idle for too long."""
    while not socket.closed:
        try:
            message = await socket.receive(_IDLE_SECONDS)
        except TimeoutError:
            await socket.close(code=1011, message=b"NET-0001")
            return
        match message.type:
            case WSMsgType.BINARY:
                listener.push(message.data)
                connection.audio_seconds = listener.seconds
            case WSMsgType.TEXT:
                control = str(json.loads(message.data).get("type"))
                connection.controls.append(control)
                if control == "Finalize":
                    await listener.finalize()
                elif control == "CloseStream":
                    await listener.finalize()
                    await listener.metadata()
                    await socket.close()
            case _:
                return


async def _send(
    socket: web.WebSocketResponse,
    request: web.Request,
    connection: Connection,
    message: dict[str, Any],
) -> None:
    """One message to the client, or what the connection's fault makes of it."""
    if message.get("is_final"):
        connection.finals.append(message["channel"]["alternatives"][0]["transcript"])
    if socket.closed:
        return
    match connection.fault:
        case Fault.SILENT:
            return
        case Fault.GARBAGE:
            await socket.send_str(json.dumps(message)[:40])
        case Fault.CLOSED if message["type"] == "Results":
            await socket.close(code=1011, message=b"Internal error")
        case Fault.CUT if message["type"] == "Results":
            assert request.transport is not None
            request.transport.abort()
        case _:
            await socket.send_json(message)


async def _refused(fault: Fault | None) -> web.Response | None:
    match fault:
        case Fault.UNAUTHORIZED:
            return _refusal(401, "INVALID_AUTH", "Invalid credentials.")
        case Fault.RATE_LIMITED:
            return _refusal(429, "TOO_MANY_REQUESTS", "Too many requests.", "20")
        case Fault.SERVER_ERROR:
            return _refusal(500, "INTERNAL_SERVER_ERROR", "Internal server error.")
        case Fault.HANGS:
            await asyncio.sleep(3600)
    return None


def _refusal(status: int, code: str, message: str, retry_after: str = "") -> web.Response:
    headers = {"dg-error": message} | ({"Retry-After": retry_after} if retry_after else {})
    body = {"err_code": code, "err_msg": message, "request_id": "dg-0"}
    return web.json_response(body, status=status, headers=headers)
