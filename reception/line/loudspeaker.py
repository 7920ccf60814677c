"""What the agent says, played at the speed of speech to nobody but a recording."""

import time
from collections import deque
from dataclasses import dataclass, field

from livekit import rtc
from livekit.agents.voice import io

RATE = 24_000
"""Samples a second, 16 bit, one channel: what OpenAI's voice speaks with."""
FRAME_SECONDS = 0.02
FRAME = round(RATE * FRAME_SECONDS)
FRAME_BYTES = 2 * FRAME
SILENCE = bytes(FRAME_BYTES)


@dataclass
class _Reply:
    """What is left of a reply, the seconds of it that were heard, and whether more is to come."""

    pcm: bytearray = field(default_factory=bytearray)
    heard: float = 0.0
    whole: bool = False


class Loudspeaker(io.AudioOutput):
    """Takes replies as fast as they come; ``next_frame`` plays them, 20 ms at a time.

    The session hears when a reply begins, when it ends, and how much of it was heard before it was
    cut off, as it does on a telephone.
    """

    def __init__(self) -> None:
        super().__init__(
            label="loudspeaker",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=RATE,
        )
        self.played = 0.0
        """Seconds of sound so far."""
        self.quiet = 0.0
        """Seconds since there was last anything to play."""
        self._replies: deque[_Reply] = deque()
        self._coming: _Reply | None = None
        self._paused = False

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if self._coming is None:
            self._coming = _Reply()
            self._replies.append(self._coming)
        # What still comes of a reply that was cut off goes nowhere.
        self._coming.pcm += bytes(frame.data)

    def flush(self) -> None:
        super().flush()
        if self._coming is not None:
            self._coming.whole, self._coming = True, None

    def clear_buffer(self) -> None:
        while self._replies:
            self._finish(interrupted=True)

    def pause(self) -> None:
        super().pause()
        self._paused = True

    def resume(self) -> None:
        super().resume()
        self._paused = False

    def next_frame(self) -> bytes:
        """The next 20 ms as they are heard: silence where nothing is said or ready."""
        if not self._replies:
            self.quiet += FRAME_SECONDS
            return SILENCE
        self.quiet = 0.0
        reply = self._replies[0]
        if self._paused or not (reply.whole or len(reply.pcm) >= FRAME_BYTES):
            return SILENCE
        frame = bytes(reply.pcm[:FRAME_BYTES])
        del reply.pcm[:FRAME_BYTES]
        if frame and not reply.heard:
            self.on_playback_started(created_at=time.time())
        reply.heard += len(frame) / 2 / RATE
        self.played += len(frame) / 2 / RATE
        if reply.whole and not reply.pcm:
            self._finish(interrupted=False)
        return frame.ljust(FRAME_BYTES, b"\0")

    def _finish(self, *, interrupted: bool) -> None:
        reply = self._replies.popleft()
        self.on_playback_finished(playback_position=reply.heard, interrupted=interrupted)
