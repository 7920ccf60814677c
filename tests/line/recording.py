"""What was said on a call and when, and the whole call as one WAV file."""

import time
import wave
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.line.sounds import RATE, Samples

STILL_SPEAKING_SECONDS = 0.25
"""Quiet that is shorter does not end an utterance."""

UNMOVED_SECONDS = 1.5
"""Who speaks on for longer over an interruption has not stopped for it."""

SEAM_SECONDS = 0.06
"""A gap between frames that is shorter came from a clock, not from the speaker: it is closed."""


_Frame = tuple[float, Samples]


@dataclass
class Utterance:
    """Sound without a longer pause, in seconds of the call."""

    start: float
    end: float


@dataclass
class Track:
    """One side of a call, in seconds of the call. It may have several sources, which are mixed."""

    utterances: list[Utterance] = field(default_factory=list)
    _sources: dict[str, list[_Frame]] = field(default_factory=dict)

    def add(self, at: float, samples: Samples, *, spoken: bool, source: str = "") -> None:
        """Note a frame that began at ``at``, the latest of its source."""
        self._sources.setdefault(source, []).append((at, samples))
        if spoken:
            end = at + len(samples) / RATE
            last = self.utterances[-1] if self.utterances else None
            if last is None or at - last.end > STILL_SPEAKING_SECONDS:
                self.utterances.append(Utterance(at, end))
            else:
                last.end = max(last.end, end)

    def answers(self, began: float, ended: float) -> float | None:
        """When this side took its turn after words from ``began`` to ``ended``; None if it did not.

        What was under way before those words is no answer to them, unless it goes on as if nothing
        had been said.
        """
        for index in range(self._later(ended), len(self.utterances)):
            utterance = self.utterances[index]
            if utterance.start >= began or utterance.end - ended > UNMOVED_SECONDS:
                return max(ended, utterance.start)
        return None

    def starts_after(self, moment: float) -> float | None:
        """When the first utterance began that did so after ``moment``."""
        starts = (utterance.start for utterance in self.utterances[self._later(moment) :])
        return next((start for start in starts if start >= moment), None)

    def _later(self, moment: float) -> int:
        """The index of the first utterance that lasted beyond ``moment``."""
        return bisect_right(self.utterances, moment, key=lambda utterance: utterance.end)

    @property
    def last_spoke(self) -> float | None:
        """When it last was heard."""
        return self.utterances[-1].end if self.utterances else None

    def samples(self, start: float = 0.0, end: float | None = None) -> Samples:
        """The sound from ``start`` to ``end``, by default to the last frame; silence between."""
        placed = [frame for source in self._sources.values() for frame in _placed(source)]
        last = max((at + len(samples) / RATE for at, samples in placed), default=0.0)
        end = last if end is None else end
        whole = np.zeros(round(RATE * max(last, end)) + RATE, np.int32)
        for at, samples in placed:
            first = round(at * RATE)
            whole[first : first + len(samples)] += samples
        mixed = np.clip(whole, -32768, 32767).astype(np.int16)
        return mixed[round(start * RATE) : round(end * RATE)]


def _placed(frames: list[_Frame]) -> list[_Frame]:
    """The frames of one source with the times at which they really began.

    Frames that arrive late come in a bunch: none can have begun later than those that followed it
    allow. Then the small gaps that are left are closed.
    """
    moments = [at for at, _ in frames]
    for index in range(len(frames) - 2, -1, -1):
        lasts = len(frames[index][1]) / RATE
        moments[index] = min(moments[index], moments[index + 1] - lasts)
    ready = moments[0] = max(0.0, moments[0])
    for index, (_, samples) in enumerate(frames):
        if moments[index] - ready < SEAM_SECONDS:
            moments[index] = ready
        ready = moments[index] + len(samples) / RATE
    return [(at, samples) for at, (_, samples) in zip(moments, frames, strict=True)]


@dataclass
class Recording:
    """A call from its first ring: both sides on one clock, whose zero is ``began``."""

    began: float = field(default_factory=time.time)
    """Seconds of the epoch, to find the call in a trace or a log."""
    callee: Track = field(default_factory=Track)
    agent: Track = field(default_factory=Track)
    """What the callee heard: nothing before they answered."""
    _zero: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Seconds of the call."""
        return time.monotonic() - self._zero

    def stereo(self) -> Samples:
        """The call as rows of (callee, agent)."""
        sides = [self.callee.samples(), self.agent.samples()]
        longest = max(len(side) for side in sides)
        return np.stack([np.pad(side, (0, longest - len(side))) for side in sides], axis=1)

    def save(self, file: Path) -> None:
        """Write the call as WAV: 16 kHz, the callee on the left, the agent on the right."""
        with wave.open(str(file), "wb") as opened:
            opened.setnchannels(2)
            opened.setsampwidth(2)
            opened.setframerate(RATE)
            opened.writeframes(self.stereo().tobytes())

    def replies(self) -> list[float]:
        """Seconds from the end of each utterance of the callee to the agent's next sound.

        An utterance that the callee followed up before the agent spoke is not among them.
        """
        waits = []
        said = self.callee.utterances
        for index, utterance in enumerate(said):
            answer = self.agent.starts_after(utterance.end)
            follow_up = said[index + 1].start if index + 1 < len(said) else None
            if answer is not None and (follow_up is None or answer <= follow_up):
                waits.append(answer - utterance.end)
        return waits
