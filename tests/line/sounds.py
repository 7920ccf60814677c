"""Sound on the test's telephone line: 16 kHz, mono, int16; tones, noise, and what a line loses."""

import math
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Sound = tuple[NDArray[np.int16], int]
"""Samples and how many of them a second has."""

Words = str | Path | Sound
"""What is said: text for the voice, a WAV file, or the sound itself."""

Speak = Callable[[str], Sound]
"""A voice. It is called in a thread of its own, by several callees at once."""

RATE = 16_000
FRAME_SECONDS = 0.02
FRAME = int(RATE * FRAME_SECONDS)
"""Samples in a frame."""

LOUD = 300.0
"""Mean absolute amplitude from which a frame is taken for speech; silence from opus is below 5."""

SPEECH_RMS = 3000.0
"""How loud people speak on a line with noise, so that its signal-to-noise ratio is as stated."""


def is_loud(samples: Samples) -> bool:
    return bool(np.abs(samples.astype(np.int32)).mean() > LOUD)


def tone(hertz: float, seconds: float, amplitude: float = 8000.0) -> Sound:
    wave_of = np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE)
    return (amplitude * wave_of).astype(np.int16), RATE


def beep() -> Sound:
    """What an answering machine says before it records."""
    return tone(1000.0, 0.4)


def ringback() -> Sound:
    """What some carriers play to the caller while it rings: two seconds in six (North America)."""
    low, high = tone(440.0, 2.0, 3000.0)[0], tone(480.0, 2.0, 3000.0)[0]
    return np.concatenate([low + high, np.zeros(4 * RATE, np.int16)]), RATE


def on_line(sound: Sound) -> Samples:
    """The sound at the line's rate."""
    samples, rate = sound
    if rate == RATE:
        return samples
    resampler = rtc.AudioResampler(rate, RATE)
    frames = [*resampler.push(bytearray(samples.tobytes())), *resampler.flush()]
    return np.concatenate([np.frombuffer(frame.data, np.int16) for frame in frames])


def read_wav(file: Path) -> Sound:
    """A WAV file of one channel and 16 bits a sample. Raises ``ValueError`` for another."""
    with wave.open(str(file), "rb") as opened:
        if (opened.getnchannels(), opened.getsampwidth()) != (1, 2):
            raise ValueError(f"{file} is not mono with 16 bits a sample")
        samples = opened.readframes(opened.getnframes())
        return np.frombuffer(samples, np.int16), opened.getframerate()


@dataclass(frozen=True)
class Line:
    """How well the callee is heard. What goes wrong is the same each time: ``seed`` decides it."""

    snr_db: float | None = None
    """Speech above the noise, in decibels; None for a line without noise."""
    loss: float = 0.0
    """The share of frames that are lost, from 0 to 1; in their place there is silence."""
    seed: int = 0


CLEAR = Line()


def noisy(snr_db: float) -> Line:
    return Line(snr_db=snr_db)


def lossy(share: float) -> Line:
    return Line(loss=share)


@dataclass
class Carrier:
    """Carries one callee's sound over their line, frame by frame."""

    line: Line
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.line.seed)

    def level(self, speech: Samples) -> Samples:
        """Speech as loud as this line's noise was measured against."""
        if self.line.snr_db is None or not is_loud(speech):
            return speech
        loud = speech[np.abs(speech.astype(np.int32)) > LOUD].astype(np.float64)
        return _int16(speech * (SPEECH_RMS / math.sqrt(float(np.mean(loud**2)))))

    def carry(self, frame: Samples) -> Samples:
        """The frame as it arrives."""
        if self.line.loss and self._random.random() < self.line.loss:
            return np.zeros_like(frame)
        if self.line.snr_db is None:
            return frame
        noise_rms = SPEECH_RMS / 10 ** (self.line.snr_db / 20)
        return _int16(frame + self._random.normal(0.0, noise_rms, len(frame)))


def _int16(samples: NDArray[Any]) -> Samples:
    clipped: Samples = np.clip(samples, -32768, 32767).astype(np.int16)
    return clipped
