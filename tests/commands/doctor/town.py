"""LiveKit, Deepgram and OpenAI as `reception doctor` meets them: one port of loopback.

Each speaks its service's wire format, and a test may have any path fail as the real one does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web
from livekit import api

Reply = Callable[[web.Request], Awaitable[web.Response]]

KEY, SECRET = "APIhouse", "livekit-secret-of-forty-characters-or-more"
DEEPGRAM_KEYS = ("deepgram-secret-one", "deepgram-secret-two")
OPENAI_KEYS = ("sk-openai-secret-one", "sk-openai-secret-two")
SECRETS = (SECRET, *DEEPGRAM_KEYS, *OPENAI_KEYS)
TRUNK = "ST_house"

LISTS_ROOMS = "/twirp/livekit.RoomService/ListRooms"
LISTS_TRUNKS = "/twirp/livekit.SIP/ListSIPOutboundTrunk"
HEARS = "/v1/auth/token"
TALKS = "/openai/models"
SPEAKS = "/speech/models"


class Town:
    """Use it as an async context manager; everything is well until a test says otherwise."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {
            "/": _says("OK"),
            LISTS_ROOMS: self._rooms,
            LISTS_TRUNKS: self._trunks,
            HEARS: self._token,
            TALKS: self._models,
            SPEAKS: self._models,
        }
        self.models = {"gpt-4o-mini", "gpt-4o-mini-tts"}
        self.refused: set[str] = set()
        self.date: str | None = None
        """In the header of LiveKit's answer, instead of the true one."""
        self._runner: web.AppRunner | None = None
        self._address = ""

    @property
    def environment(self) -> dict[str, str]:
        """All that is needed for calls."""
        return {
            "LIVEKIT_URL": f"ws://{self._address}",
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "SIP_TRUNK_ID": TRUNK,
            "DEEPGRAM_API_KEY": ", ".join(DEEPGRAM_KEYS),
            "DEEPGRAM_BASE_URL": f"http://{self._address}",
            "OPENAI_API_KEY": OPENAI_KEYS[0],
            "OPENAI_BASE_URL": f"http://{self._address}/openai",
            "HEALTH_PORT": "0",
        }

    @property
    def port(self) -> str:
        return self._address.rpartition(":")[2]

    @property
    def speech(self) -> str:
        """The address of a server that only speaks."""
        return f"http://{self._address}/speech"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._address = f"127.0.0.1:{site.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        reply = self.replies.get(request.path)
        if reply is None:
            return web.Response(status=404, text="404 page not found")
        answer = await reply(request)
        if self.date is not None:
            answer.headers["Date"] = self.date
        return answer

    async def _rooms(self, request: web.Request) -> web.Response:
        return _stranger(request) or _protobuf(api.ListRoomsResponse())

    async def _trunks(self, request: web.Request) -> web.Response:
        """As livekit-server: in the place of a trunk that is not there stands an empty one."""
        asked = api.ListSIPOutboundTrunkRequest.FromString(await request.read())
        items = [
            api.SIPOutboundTrunkInfo(sip_trunk_id=trunk, numbers=["+13125550100"])
            if trunk == TRUNK
            else api.SIPOutboundTrunkInfo()
            for trunk in asked.trunk_ids
        ]
        answer = _protobuf(api.ListSIPOutboundTrunkResponse(items=items))
        return _stranger(request) or answer

    async def _token(self, request: web.Request) -> web.Response:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Token" or key not in DEEPGRAM_KEYS or key in self.refused:
            refusal = {"err_code": "INVALID_AUTH", "err_msg": f"Invalid credentials: {key}"}
            return web.json_response(refusal, status=401)
        return web.json_response({"api_key_id": "1", "scopes": ["usage:write"]})

    async def _models(self, request: web.Request) -> web.Response:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or key not in OPENAI_KEYS or key in self.refused:
            error = {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"}
            return web.json_response({"error": error}, status=401)
        data = [{"id": model, "object": "model"} for model in sorted(self.models)]
        return web.json_response({"object": "list", "data": data})


async def hangs(_: web.Request) -> web.Response:
    """The request is taken, and nothing comes back."""
    await asyncio.sleep(3600)
    raise AssertionError("nobody waits that long")


def answers(status: int, body: object = None) -> Reply:
    """JSON, as all three send what went wrong."""

    async def reply(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    return reply


def _says(text: str, status: int = 200, content_type: str = "text/plain") -> Reply:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status, content_type=content_type)

    return reply


WEBSITE = _says("<html>Welcome to nginx!</html>", content_type="text/html")
"""Somebody else's server."""
ALIVE, READY = _says("alive\n"), _says("ready\n")
NOT_READY = _says("not connected to LiveKit\n", status=503)
NO_SIP = answers(
    500, {"code": "internal", "msg": "twirp error unknown: sip not connected (redis required)"}
)


def _stranger(request: web.Request) -> web.Response | None:
    """LiveKit's refusal, which is no JSON and quotes the token."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        api.TokenVerifier(KEY, SECRET).verify(token)
    except Exception as error:
        return web.Response(status=401, text=f"invalid token: {token}, error: {error}")
    return None


def _protobuf(message: Any) -> web.Response:
    return web.Response(body=message.SerializeToString(), content_type="application/protobuf")
