"""The worker's health for whoever runs it: alive, and ready for a call."""

from collections.abc import Callable

from aiohttp import web


async def serve_health(port: int, why_not_ready: Callable[[], str | None]) -> web.AppRunner:
    """Serve ``/health`` (200: the process lives) and ``/ready`` (503 with the reason: no calls).

    Raises ``OSError`` where the port is taken. Clean the runner up when done.
    """

    async def health(_: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def ready(_: web.Request) -> web.Response:
        reason = why_not_ready()
        if reason is None:
            return web.Response(text="ready\n")
        return web.Response(status=503, text=f"{reason}\n")

    app = web.Application()
    app.add_routes([web.get("/health", health), web.get("/ready", ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner
