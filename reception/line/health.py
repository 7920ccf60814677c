"""The worker's health for whoever runs it: alive, ready for a call, and what it has measured."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST


async def serve_health(
    port: int,
    why_not_ready: Callable[[], str | None],
    measured: Callable[[], bytes] | None = None,
) -> web.AppRunner:
    """Serve ``/health`` (200: the process lives) and ``/ready`` (503 with the reason: no calls).

    With ``measured`` also ``/metrics``, in Prometheus's format. Raises ``OSError`` where the port
    is taken. Clean the runner up when done.
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
    if measured is not None:

        async def metrics(_: web.Request) -> web.Response:
            # Many small files are read.
            text = await asyncio.to_thread(measured)
            return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

        app.add_routes([web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner
