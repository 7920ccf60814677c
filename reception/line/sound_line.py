"""The line with sound but without a telephone: both sides on one clock, all of it recorded."""

import asyncio
from pathlib import Path

from livekit import rtc
from livekit.agents import utils
from livekit.agents.voice import io

from reception.line.loudspeaker import (
    FRAME,
    FRAME_BYTES,
    FRAME_SECONDS,
    RATE,
    SILENCE,
    Loudspeaker,
)
from reception.line.wav import resampled, write_stereo
from reception.voice.recording import Recording


class Microphone(io.AudioInput):
    """What the customer says, on its way to the session; silence while they say nothing."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._frames = utils.aio.Chan[rtc.AudioFrame]()

    def push(self, pcm: bytes) -> None:
        self._frames.send_nowait(rtc.AudioFrame(pcm, RATE, 1, FRAME))

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.__anext__()


class SoundLine:
    """One line: ``customer`` is the session's ear and ``agent`` its mouth."""

    def __init__(self) -> None:
        self.customer, self.agent = Microphone(), Loudspeaker()
        self._words = bytearray()
        self._said = asyncio.Event()
        self._customers_side, self._agents_side = bytearray(), bytearray()
        self._carried = asyncio.Event()
        self._gone = False

    @property
    def seconds(self) -> float:
        """How long the line has been open."""
        return len(self._customers_side) / 2 / RATE

    async def run(self) -> None:
        """Carry sound at the speed of speech until the line is dropped.

        A slow moment of this process is made up for at once, so that it is heard on neither side.
        """
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self._gone:
            due += FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._carry()

    async def say(self, words: Recording) -> None:
        """The customer says this, after what they are saying; returns when it was said."""
        self._words += resampled(words, RATE).pcm
        self._said.clear()
        await self._said.wait()

    async def moment(self) -> None:
        """Wait for the next 20 ms to be over."""
        await self._carried.wait()

    async def drop(self) -> None:
        """Nothing is heard any more, on either side."""
        self._gone = True

    def save(self, file: Path) -> None:
        """Write the call so far as WAV: the customer left, the agent right. Raises ``OSError``."""
        write_stereo(file, RATE, bytes(self._customers_side), bytes(self._agents_side))

    def _carry(self) -> None:
        spoken = bytes(self._words[:FRAME_BYTES]).ljust(FRAME_BYTES, b"\0")
        del self._words[:FRAME_BYTES]
        heard = SILENCE if self._gone else self.agent.next_frame()
        self.customer.push(spoken)
        self._customers_side += spoken
        self._agents_side += heard
        if not self._words:
            self._said.set()
        self._carried.set()
        self._carried = asyncio.Event()
