"""A collector on loopback, which keeps what a worker exports."""

import asyncio
import gzip
from types import TracebackType
from typing import Self

from aiohttp import web
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

_PATH = "/v1/traces"


class Collector:
    """Used as an async context manager. ``hangs``: it takes every request and answers none."""

    def __init__(self, *, hangs: bool = False) -> None:
        self._hangs = hangs
        self.requests: list[ExportTraceServiceRequest] = []
        self.asked = 0
        self.bytes = 0
        self._runner: web.AppRunner | None = None
        self.endpoint = ""

    @property
    def all_spans(self) -> list[Span]:
        """In the order in which they came."""
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def spans(self) -> int:
        return len(self.all_spans)

    @property
    def text(self) -> str:
        """All that left, names and values."""
        return "\n".join(map(MessageToJson, self.requests))

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.add_routes([web.post(_PATH, self._take)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.endpoint = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        body = await request.read()
        if self._hangs:
            await asyncio.Event().wait()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.bytes += len(body)
        self.requests.append(ExportTraceServiceRequest.FromString(body))
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")
