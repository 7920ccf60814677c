"""A real Jaeger on loopback, which keeps its traces in memory.

async with JaegerServer(or_skip(jaeger)) as server:
    await traces_of(server.url, call_id)
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import aiohttp

from tests.ports import free_port

START_SECONDS = 20.0
STOP_SECONDS = 5.0


class JaegerServer:
    """One server, used as an async context manager."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = [free_port() for _ in range(8)]
        self._folder = Path(tempfile.mkdtemp(prefix="reception-jaeger-"))

    @property
    def endpoint(self) -> str:
        """Where spans are sent (OTLP over HTTP)."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def url(self) -> str:
        """Where it is asked for traces."""
        return f"http://127.0.0.1:{self._ports[1]}"

    async def __aenter__(self) -> Self:
        """Start, and wait until it answers. Raises ``RuntimeError`` with the server's own words."""
        otlp, query, *others = self._ports
        at = {
            "collector.otlp.http": otlp,
            "query.http-server": query,
            **dict(zip(_OTHERS, others, strict=True)),
        }
        self._start(at)
        try:
            await self._comes_up()
        except (RuntimeError, TimeoutError):
            said = (self._folder / "log").read_text(errors="replace")[-2000:]
            await self.__aexit__()
            raise RuntimeError(f"Jaeger did not start: {said}") from None
        return self

    def _start(self, at: dict[str, int]) -> None:
        ports = [f"--{name}.host-port=127.0.0.1:{port}" for name, port in at.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "--collector.otlp.enabled=true", *ports],
                env={"PATH": os.environ["PATH"], "SPAN_STORAGE_TYPE": "memory"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def _comes_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not await self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(0.1)

    async def __aexit__(self, *_: object) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError("it has ended")
        with suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/services") as got:
                return got.status == 200
        return False


_OTHERS = (
    "collector.otlp.grpc",
    "collector.grpc-server",
    "collector.http-server",
    "query.grpc-server",
    "admin.http",
    "http-server",
)
