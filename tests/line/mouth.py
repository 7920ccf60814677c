"""What a callee sends: silence, which a phone line carries all the time, and what they say."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from tests.line.recording import Track
from tests.line.sounds import FRAME, RATE, Carrier, Line, Samples, Sound, is_loud, on_line

QUEUE_MS = 60
"""Sound that is handed to the line ahead of its time, so that a slow moment is not heard."""


@dataclass(eq=False)
class _Speech:
    """What is being said, and from when to when."""

    left: Samples
    over: asyncio.Future[float]
    began: float | None = None


class Mouth:
    """Speaks over a line into ``source``, and notes in ``track`` what was sent and when."""

    def __init__(self, line: Line, clock: Callable[[], float], track: Track) -> None:
        self.source = rtc.AudioSource(RATE, 1, queue_size_ms=QUEUE_MS)
        self.background: Samples | None = None
        """What is sent over and over while nobody speaks, instead of silence."""
        self.open = asyncio.Event()
        """Cleared, nothing is sent, not even silence."""
        self.open.set()
        self._carrier, self._clock, self._track = Carrier(line), clock, track
        self._speeches: list[_Speech] = []

    async def say(self, sound: Sound) -> tuple[float, float]:
        """Say it after what is being said; from when to when it was. Cancelled, it breaks off."""
        over: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        speech = _Speech(self._carrier.level(on_line(sound)), over)
        self._speeches.append(speech)
        try:
            ended = await over
        finally:
            if speech in self._speeches:
                self._speeches.remove(speech)
        assert speech.began is not None
        return speech.began, ended

    async def run(self, until: asyncio.Event) -> None:
        while not until.is_set():
            await self.open.wait()
            at = self._clock() + self.source.queued_duration
            clean = self._next_frame(at)
            frame = self._carrier.carry(clean)
            # Noted before it is sent, or the end of a call cut its last frames.
            self._track.add(at, frame, spoken=is_loud(clean))
            await self.source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, FRAME))

    def _next_frame(self, at: float) -> Samples:
        if not self._speeches:
            return self._in_the_background(at)
        speech = self._speeches[0]
        if speech.began is None:
            speech.began = at
        frame, speech.left = speech.left[:FRAME], speech.left[FRAME:]
        if not len(speech.left):
            self._speeches.pop(0)
            if not speech.over.done():
                speech.over.set_result(at + len(frame) / RATE)
        return np.pad(frame, (0, FRAME - len(frame)))

    def _in_the_background(self, at: float) -> Samples:
        if self.background is None:
            return np.zeros(FRAME, np.int16)
        first = round(at * RATE / FRAME) * FRAME
        return self.background.take(range(first, first + FRAME), mode="wrap")
