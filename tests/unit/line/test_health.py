"""Whoever runs a worker asks whether it lives, and whether it can take a call."""

import aiohttp

from reception.line.health import serve_health
from tests.ports import free_port


async def test_alive_is_not_yet_ready() -> None:
    reasons: list[str | None] = ["no room for another call"]
    port = free_port()
    runner = await serve_health(port, lambda: reasons[0])
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            assert await asked(http, "/health") == (200, "alive")
            assert await asked(http, "/ready") == (503, "no room for another call")
            reasons[0] = None
            assert await asked(http, "/ready") == (200, "ready")
    finally:
        await runner.cleanup()


async def asked(http: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with http.get(path) as response:
        return response.status, (await response.text()).strip()
