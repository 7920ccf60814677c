"""A voice made of formants, without a model: speech enough for a detector of speech.

A buzz of harmonics is shaped by resonances that move from syllable to syllable, as a mouth does
it, and every word begins with a hiss. Each token, as it is written, sounds the same wherever it
stands, so that "Yes." is known again in another sentence.
"""

import itertools
import re
import zlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pcm: TypeAlias = NDArray[np.int16]
"""Mono samples."""
Floats: TypeAlias = NDArray[np.float64]

CHARACTERS_A_SECOND = 15.0
_PEAK = 6000.0
_SYLLABLE_SECONDS = (0.06, 0.2)
_LAST_SYLLABLE = 0.14
"""Seconds by which a syllable is longer before a mark: what stands alone is not over at once."""
_BETWEEN_WORDS = 0.03
_PAUSES = {",": 0.1, ";": 0.1, ":": 0.1, ".": 0.18, "?": 0.18, "!": 0.18, "…": 0.6}
"""Seconds of quiet after a token that ends in the mark; the end of the text has none."""
_PITCH_HERTZ = (120.0, 180.0)
_VOICED_BELOW = 3800.0
_TILT = 1.2
"""How much duller a throat is than a buzzer: without it silero takes half of this for music."""
_HISS_HERTZ = (4000.0, 7900.0)
"""Silero hears a voice without consonants as an instrument, and forgets it after a second."""
_HISS_SECONDS = 0.05
_HISS_PEAK = 2000.0
_WIDTHS = (70.0, 100.0, 140.0, 200.0)
_FOURTH = 3500.0
_VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (660, 1720, 2410),
    (490, 1350, 1690),
    (640, 1190, 2390),
)
"""The resonances of English vowels, in hertz (Peterson and Barney, 1952)."""


@dataclass(frozen=True)
class Word:
    """A token as it is written, and when it is heard: seconds from the beginning of the audio."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Spoken:
    """The audio of a text, and where its words are in it."""

    pcm: Pcm
    words: tuple[Word, ...]


def speak(text: str, rate: int) -> Pcm:
    """The text as audio at ``rate`` hertz; the same text is always the same audio.

    About 15 characters a second; an ellipsis ``…`` is a pause of 0.6 s. An empty text is no audio.
    Below 16 kHz the hiss is lost, and silero hears less of it as speech.
    """
    return spoken(text, rate).pcm


def spoken(text: str, rate: int) -> Spoken:
    """As ``speak``, with the words' times."""
    pieces: list[Floats] = []
    words: list[Word] = []
    at = 0
    for token in text.split():
        sound = _token(token, rate)
        words.append(Word(token, at / rate, (at + len(sound)) / rate))
        quiet = np.zeros(int(_PAUSES.get(token[-1], _BETWEEN_WORDS) * rate))
        pieces += [sound, quiet]
        at += len(sound) + len(quiet)
    if not pieces:
        return Spoken(np.zeros(0, np.int16), ())
    return Spoken(np.concatenate(pieces[:-1]).astype(np.int16), tuple(words))


def _token(token: str, rate: int) -> Floats:
    """The hiss and the syllables of one token."""
    chance = np.random.default_rng(zlib.crc32(token.encode()))
    syllables = _syllables(token)
    knots = np.cumsum([0.0, *syllables])
    moments = np.arange(int(knots[-1] * rate)) / rate
    mouths = np.array([_mouth(chance) for _ in knots])
    formants = [np.interp(moments, knots, mouths[:, number]) for number in range(len(_WIDTHS))]
    hertz = np.interp(moments, knots, chance.uniform(*_PITCH_HERTZ, len(knots)))
    voiced = _buzz(hertz, formants, rate) * _swells(moments, knots)
    voiced *= _PEAK * chance.uniform(0.7, 1.0) / np.abs(voiced).max()
    hiss = _hiss(chance, rate)[: len(voiced)]
    voiced[: len(hiss)] += hiss
    return voiced


def _syllables(token: str) -> list[float]:
    """The seconds of each syllable."""
    count = max(len(re.findall(r"[aeiouyäöüáéíóúñ]+|\d", token.lower())), 1)
    each = len(token) / CHARACTERS_A_SECOND / count
    lengths = [float(np.clip(each, *_SYLLABLE_SECONDS))] * count
    if token[-1] in _PAUSES:
        lengths[-1] += _LAST_SYLLABLE
    return lengths


def _mouth(chance: np.random.Generator) -> list[float]:
    """The resonances of a vowel, each time a little different."""
    vowel = _VOWELS[int(chance.integers(len(_VOWELS)))]
    return [*(hertz * float(chance.uniform(0.95, 1.05)) for hertz in vowel), _FOURTH]


def _buzz(hertz: Floats, formants: list[Floats], rate: int) -> Floats:
    """The harmonics of a pitch, as loud as the resonances let them be."""
    phase = 2 * np.pi * np.cumsum(hertz) / rate
    sound = np.zeros(len(hertz))
    for number in range(1, int(min(_VOICED_BELOW, rate / 2) / hertz.max()) + 1):
        harmonic = number * hertz
        loud = np.full(len(hertz), 0.02)
        for weaker, (formant, width) in enumerate(zip(formants, _WIDTHS, strict=True)):
            loud += 0.6**weaker / (1 + ((harmonic - formant) / width) ** 2)
        sound += loud * (harmonic / 200) ** -_TILT * np.sin(number * phase)
    return sound


def _swells(moments: Floats, knots: Floats) -> Floats:
    """How loud each moment is, 0 to 1: every syllable swells and fades, within a word not quite."""
    loud = np.full(len(moments), 0.3)
    for start, end in itertools.pairwise(knots):
        along = (moments - start) / (end - start)
        inside = np.clip(np.minimum(along / 0.25, (1 - along) / 0.3), 0, 1)
        loud = np.maximum(loud, np.sin(inside * np.pi / 2))
    edges = np.minimum(moments - knots[0], knots[-1] - moments) / 0.015
    return np.asarray(loud * np.clip(edges, 0, 1))


def _hiss(chance: np.random.Generator, rate: int) -> Floats:
    """A consonant: close tones out of step, so that every rate gets the same."""
    moments = np.arange(int(_HISS_SECONDS * rate)) / rate
    tones = np.arange(*_HISS_HERTZ, 60.0)
    phases = chance.uniform(0, 2 * np.pi, len(tones))
    audible = tones < rate / 2
    sound = np.sin(2 * np.pi * np.outer(moments, tones[audible]) + phases[audible]).sum(axis=1)
    sound *= np.sin(np.pi * moments / _HISS_SECONDS)
    return np.asarray(sound * _HISS_PEAK / max(float(np.abs(sound).max()), 1.0))
