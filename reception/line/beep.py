"""The beep of a mailbox, or the end of its greeting: when a message may begin."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import numpy as np
from livekit import rtc

RATE = 16_000
"""Samples a second."""
_FRAME_MS = 20
_TONE_SECONDS = 0.16
"""Shorter is a click or a key."""
_PURE = 0.7
"""Share of a frame's energy in one narrow band; a voice has less than half of it there."""
_LOUD = 250.0
"""Root mean square of 16-bit samples, above the hiss of a line."""
_QUIET_SECONDS = 2.0
"""A mailbox that has not beeped by then does not."""
LONGEST_SECONDS = 20.0


class Tone:
    """Fed with frames of sound, says when a beep has just ended."""

    def __init__(self) -> None:
        frames = int(_TONE_SECONDS * 1000 / _FRAME_MS)
        self._pitches: deque[float | None] = deque(maxlen=frames)
        self._on = False

    def feed(self, samples: np.ndarray) -> bool:
        """One frame of int16 samples at ``RATE``."""
        pitch = _pitch(samples.astype(np.float64))
        self._pitches.append(pitch)
        steady = [p for p in self._pitches if p is not None]
        lasting = len(steady) == self._pitches.maxlen and max(steady) - min(steady) <= 60
        ended = self._on and pitch is None
        self._on = lasting or (self._on and not ended)
        return ended


def _pitch(samples: np.ndarray) -> float | None:
    """The frequency of a pure tone in Hz, or None where there is none."""
    if np.sqrt(np.mean(samples**2)) < _LOUD:
        return None
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(power.argmax())
    near = power[max(0, peak - 2) : peak + 3].sum()
    hertz = peak * RATE / len(samples)
    return hertz if near / power.sum() >= _PURE and 300 <= hertz <= 2600 else None


async def beep_or_quiet(track: rtc.Track) -> bool:
    """Wait until the message may begin; whether a beep was heard."""
    tone, quiet = Tone(), 0.0
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=_FRAME_MS)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            async for samples in _samples(stream):
                if tone.feed(samples):
                    return True
                loud = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) >= _LOUD
                quiet = 0.0 if loud else quiet + _FRAME_MS / 1000
                if quiet >= _QUIET_SECONDS:
                    return False
    except TimeoutError:
        pass
    finally:
        await stream.aclose()
    return False


async def _samples(stream: rtc.AudioStream) -> AsyncIterator[np.ndarray]:
    async for event in stream:
        yield np.frombuffer(event.frame.data, dtype=np.int16)
