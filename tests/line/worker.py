"""The real worker, as an operator starts it, in a process group of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp
import psutil

from reception.settings import PROJECT

START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass
class Worker:
    """One worker, used as an async context manager; it is ready for calls inside.

    ``environment`` is what an operator sets; nothing else of ours reaches the worker.
    """

    environment: dict[str, str]
    folder: Path
    health_port: int
    entrypoint: Path = PROJECT / "entrypoint.py"
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text(errors="replace")

    async def __aenter__(self) -> Self:
        self.start()
        try:
            await self.ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "livekit.agents", "start", str(self.entrypoint)],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
                | {"PYTHONPATH": str(PROJECT), "HEALTH_PORT": str(self.health_port)}
                | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Wait until it may be given a call. Raises ``RuntimeError`` with its own words."""
        deadline = time.monotonic() + START_SECONDS
        while (answer := await self.asked("/ready")) != (200, "ready"):
            if self.running is False or time.monotonic() > deadline:
                raise RuntimeError(f"the worker is not ready ({answer}): {self.log[-3000:]}")
            await asyncio.sleep(0.1)

    async def asked(self, path: str) -> tuple[int, str] | None:
        """What its health server says; None while there is none."""
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{self.health_port}{path}") as response,
            ):
                return response.status, (await response.text()).strip()
        except aiohttp.ClientError:
            return None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The worker's own process, the parent of all the others."""
        assert self._process is not None
        return self._process.pid

    def job_processes(self) -> list[psutil.Process]:
        """The processes that hold calls or wait for them."""
        assert self._process is not None
        (fork_server,) = (
            child
            for child in psutil.Process(self._process.pid).children()
            if "forkserver" in _command(child)
        )
        return fork_server.children()

    def told_to_stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    async def stopped(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, STOP_SECONDS)

    def kill(self) -> None:
        """End it and every process it started."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""
