"""A callee in a process of its own, so that it can die as processes do: without a goodbye.

It picks up, says one thing and stays on the line. What it heard dies with it.
"""

import asyncio
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from livekit import api, rtc

from tests.line.leg import Dialled, publish_audio, tell_status
from tests.line.sounds import FRAME, RATE, Samples, Speak, on_line

START_SECONDS = 20.0


@dataclass(eq=False)
class ProcessCallee:
    """The handle of such a callee, who is told through a pipe when to pick up."""

    dialled: Dialled
    url: str
    lk: api.LiveKitAPI
    speak: Speak
    greeting: str
    dies_after: float | None
    """Seconds from the answer to its death; None when the test does it."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process has ended. The room may take it for a participant for much longer."""

    def __post_init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def kill(self) -> None:
        """End it at once, by SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    async def join(self) -> None:
        """Raises ``RuntimeError`` if the process does not come up."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.line.callee_process",
            self.url,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._tasks.append(asyncio.create_task(self._ends()))
        sound = on_line(await asyncio.to_thread(self.speak, self.greeting))
        self._tell(f"{self.dialled.token} {len(sound)}\n".encode() + sound.tobytes())
        await self._confirms()

    async def status(self, status: str) -> None:
        await tell_status(self.lk, self.dialled, status)

    async def answer(self) -> None:
        await self.status("active")
        self._tell(b"pick up\n")
        await self._confirms()
        if self.dies_after is not None:
            self._tasks.append(asyncio.create_task(self._dies(self.dies_after)))

    async def leave(
        self, reason: rtc.DisconnectReason.ValueType = rtc.DisconnectReason.CLIENT_INITIATED
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if not self.gone.is_set():
            await self.status("hangup")
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5.0):
                await self._process.wait()
        except TimeoutError:
            self.kill()

    async def close(self) -> None:
        if self._process is not None:
            await self.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _dies(self, after: float) -> None:
        await asyncio.sleep(after)
        self.kill()

    async def _ends(self) -> None:
        assert self._process is not None
        await self._process.wait()
        self.gone.set()

    def _tell(self, told: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            self._process.stdin.write(told)

    async def _confirms(self) -> None:
        """The process answers each thing that it was told by a line."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            if not await self._process.stdout.readline() and not self.gone.is_set():
                raise RuntimeError("the callee's process ended by itself")


async def _be_the_callee(url: str, told: BinaryIO) -> None:
    """What runs in the process. ``told`` is a token and a length, the greeting, when to pick up.

    It hangs up where that ends.
    """
    token, length = (await asyncio.to_thread(told.readline)).split()
    greeting = np.frombuffer(await asyncio.to_thread(told.read, int(length) * 2), np.int16)
    room, source = rtc.Room(), rtc.AudioSource(RATE, 1, queue_size_ms=60)
    await room.connect(url, token.decode())
    await publish_audio(room, source)
    _confirm()
    to_say: list[Samples] = []
    sending = asyncio.create_task(_send(source, to_say))
    if await asyncio.to_thread(told.readline):
        to_say.append(greeting)
        _confirm()
        await asyncio.to_thread(told.readline)
    sending.cancel()
    await room.disconnect()


async def _send(source: rtc.AudioSource, to_say: list[Samples]) -> None:
    while True:
        frame = np.zeros(FRAME, np.int16)
        if to_say:
            said, to_say[0] = to_say[0][:FRAME], to_say[0][FRAME:]
            frame[: len(said)] = said
            if not len(to_say[0]):
                to_say.pop()
        await source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, FRAME))


def _confirm() -> None:
    sys.stdout.write("done\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_be_the_callee(sys.argv[1], sys.stdin.buffer))
