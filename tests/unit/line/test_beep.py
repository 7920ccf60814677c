"""A beep is a pure tone that lasts and then stops; a voice and a click are none."""

from collections.abc import Iterator

import numpy as np
import pytest

from reception.line.beep import RATE, Tone

FRAME = RATE // 50
RANDOM = np.random.default_rng(7)


def tone(hertz: float, seconds: float, loudness: float = 8000) -> np.ndarray:
    return loudness * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def hiss(seconds: float, loudness: float = 40) -> np.ndarray:
    return RANDOM.normal(0, loudness, int(seconds * RATE))


def voice(seconds: float) -> np.ndarray:
    """Harmonics of a gliding pitch, as in a vowel."""
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 3 * time)) / RATE
    harmonics = [(4000 / n) * np.sin(n * phase) for n in range(1, 12)]
    total: np.ndarray = np.sum(harmonics, axis=0)
    return total


def beeps(*parts: np.ndarray) -> int:
    detector = Tone()
    return sum(detector.feed(frame) for frame in frames(np.concatenate(parts)))


def frames(samples: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(samples) - FRAME, FRAME):
        yield samples[start : start + FRAME].astype(np.int16)


@pytest.mark.parametrize("hertz", [440, 700, 1000, 1400, 2000])
@pytest.mark.parametrize("seconds", [0.25, 0.5, 1.0])
def test_a_beep_is_heard_once_when_it_ends(hertz: float, seconds: float) -> None:
    assert beeps(hiss(0.3), tone(hertz, seconds), hiss(0.3)) == 1


def test_it_is_heard_after_a_greeting_and_through_noise() -> None:
    assert beeps(voice(1.5), hiss(0.3), tone(1000, 0.4) + hiss(0.4, 300), hiss(0.3)) == 1


def test_not_before_it_ends() -> None:
    detector = Tone()
    assert not any(detector.feed(frame) for frame in frames(tone(1000, 0.4)))


@pytest.mark.parametrize(
    "sound", [voice(3.0), hiss(2.0), hiss(1.0, 3000), tone(1000, 0.08), tone(60, 1.0)]
)
def test_nothing_else_is_a_beep(sound: np.ndarray) -> None:
    assert beeps(hiss(0.2), sound, hiss(0.3)) == 0
