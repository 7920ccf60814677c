"""Passes requests and websockets on to the server, as they came."""

import asyncio
from collections.abc import Mapping

import aiohttp
from aiohttp import WSMsgType, web
from yarl import URL

_OF_ONE_HOP = frozenset(
    (
        "connection",
        "content-encoding",
        "content-length",
        "host",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "transfer-encoding",
        "upgrade",
    )
)
_Socket = aiohttp.ClientWebSocketResponse | web.WebSocketResponse


class Proxy:
    """Answers with what the server at ``upstream`` answers. The session stays its owner's."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self._upstream, self._session = upstream, session
        self.told: list[str] = []
        """Each request and its body."""

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        url = URL(self._upstream + request.raw_path, encoded=True)
        headers = _passed_on(request.headers)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._websocket(request, url, headers)
        body = await request.read()
        self.told.append(f"{request.raw_path} {body.decode(errors='backslashreplace')}")
        async with self._session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers=_passed_on(answer.headers),
            )

    async def _websocket(
        self, request: web.Request, url: URL, headers: dict[str, str]
    ) -> web.StreamResponse:
        try:
            server = await self._session.ws_connect(url, headers=headers, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as refusal:
            # The SDK asks for /rtc/v1 first, and for /rtc when that is answered with 404.
            return web.Response(status=refusal.status, text=refusal.message)
        client = web.WebSocketResponse(max_msg_size=0, compress=False)
        try:
            await client.prepare(request)
            async with asyncio.TaskGroup() as both:
                both.create_task(_relay(client, server))
                both.create_task(_relay(server, client))
        finally:
            await server.close()
        return client


async def _relay(source: _Socket, target: _Socket) -> None:
    """Pass messages on, then the end: closing the target ends the relay the other way as well."""
    async for message in source:
        try:
            if message.type is WSMsgType.BINARY:
                await target.send_bytes(message.data)
            elif message.type is WSMsgType.TEXT:
                await target.send_str(message.data)
        except ConnectionError:
            break
    await target.close(code=source.close_code or aiohttp.WSCloseCode.OK)


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_ONE_HOP}
