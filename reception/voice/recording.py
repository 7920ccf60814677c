"""Sound in memory: 16 bit, one channel."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from livekit import rtc

_FRAMES_A_SECOND = 50
_BYTES_A_SAMPLE = 2


@dataclass(frozen=True)
class Recording:
    """PCM, little endian, at ``rate`` samples a second."""

    rate: int
    pcm: bytes

    @classmethod
    def of(cls, frames: Iterable[rtc.AudioFrame]) -> "Recording":
        """All of ``frames``, of which there is at least one; a copy."""
        taken = list(frames)
        return cls(taken[0].sample_rate, b"".join(bytes(frame.data) for frame in taken))

    @classmethod
    def silence(cls, seconds: float, rate: int) -> "Recording":
        return cls(rate, bytes(round(seconds * rate) * _BYTES_A_SAMPLE))

    @property
    def seconds(self) -> float:
        return len(self.pcm) / _BYTES_A_SAMPLE / self.rate

    def frames(self) -> Iterator[rtc.AudioFrame]:
        """New frames of 20 ms, the last one shorter; used ones carry the stamps of their use."""
        size = self.rate // _FRAMES_A_SECOND * _BYTES_A_SAMPLE
        for start in range(0, len(self.pcm), size):
            piece = self.pcm[start : start + size]
            yield rtc.AudioFrame(piece, self.rate, 1, len(piece) // _BYTES_A_SAMPLE)
