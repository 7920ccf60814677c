"""A real livekit-server on loopback: its own ports, its own keys, nothing left afterwards.

async with LiveKitServer(or_skip(livekit_server)) as server:
    async with server.api() as lk:
        await lk.room.list_rooms(api.ListRoomsRequest())
"""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import aiohttp
import yaml
from livekit import api

from tests.ports import free_port

START_SECONDS = 20.0
STOP_SECONDS = 5.0
ATTEMPTS = 3
"""A free port may be taken by somebody else before the server has it."""


class LiveKitServer:
    """One server, used as an async context manager. Several may run at once."""

    def __init__(self, program: Path) -> None:
        """``program`` is the binary; see ``tests.servers.build.livekit_server``."""
        self._program = program
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.key = "test"
        # The server's own: whoever answers to it is this server and not one of another test.
        self.secret = secrets.token_hex(20)

    @property
    def url(self) -> str:
        """Where participants and workers connect."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def api(self) -> api.LiveKitAPI:
        """A client of this server, for ``async with``."""
        return api.LiveKitAPI(self.http_url, self.key, self.secret)

    def log(self) -> str:
        """The last of what the server logged."""
        return "" if self._folder is None else _tail(self._folder / "log")

    async def __aenter__(self) -> Self:
        """Start and wait until it answers. Raises ``RuntimeError`` with the server's own words."""
        self._folder = Path(tempfile.mkdtemp(prefix="reception-livekit-"))
        try:
            for _ in range(ATTEMPTS):
                self._start(self._folder)
                if await self._comes_up():
                    return self
                await self._stop()
            raise RuntimeError(f"livekit-server did not start: {self.log()}")
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, folder: Path) -> None:
        self._port, tcp_port, udp_port = free_port(), free_port(), free_port()
        config = {
            "port": self._port,
            "bind_addresses": ["127.0.0.1"],
            "keys": {self.key: self.secret},
            "rtc": {
                "tcp_port": tcp_port,
                "udp_port": udp_port,
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo"]},
                # Without it two joins of three took a second longer on loopback.
                "use_ice_lite": True,
            },
        }
        file = folder / "config.yaml"
        file.touch(0o600)
        file.write_text(yaml.safe_dump(config))
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_tied_to_us(), self._program, "--config", file],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _comes_up(self) -> bool:
        """Whether the server came to answer to its own secret."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        async with self.api() as lk:
            while self._process.poll() is None and time.monotonic() < deadline:
                try:
                    await lk.room.list_rooms(api.ListRoomsRequest())
                except (aiohttp.ClientError, api.TwirpError):
                    await asyncio.sleep(0.02)
                else:
                    return True
        return False

    async def _stop(self) -> None:
        """End the server and whatever it started. Its rooms end with it."""
        process, self._process = self._process, None
        if process is None:
            return
        # A server that is told to stop waits for its participants; nobody here does.
        _kill_group(process.pid)
        await asyncio.to_thread(process.wait, STOP_SECONDS)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _tied_to_us() -> list[str]:
    """On Linux the server ends with the test run, even if that was killed."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL", "--"]


def _tail(file: Path) -> str:
    return file.read_text(errors="replace")[-2000:] if file.exists() else ""
