"""Where in known audio something heard comes from, by how loud it is in bands every 20 ms.

What is compared is how each band moves, in decibels, so gain does not matter, and a steady tone
or noise looks like nothing. The heard is matched in pieces of half a second that may shift
against each other, as a jitter buffer stretches audio to hide what was lost.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tests.provider.formants import Floats, Pcm

FRAMES_A_SECOND = 50
GUARD = 60
"""Frames of silence around every known audio: more than any piece is long."""
_EDGES = np.geomspace(180.0, 3500.0, 11)
"""Of the bands, in hertz: what a telephone carries."""
_DECIBELS = 30.0
"""Below the loudest by more than this is silence: there line noise would be compared."""
_PIECE = 25
_SHIFT = 3
"""Frames by which a piece may come sooner or later than the one before says."""
_AS_GOOD = 0.03

Frames: TypeAlias = NDArray[np.float32]
"""A row a frame. A column a band, how far it is from the others; the last one is their mean."""


@dataclass(frozen=True)
class Match:
    """Where the heard lies in the known: frames, the end exclusive, and how alike it is, to 1."""

    start: int
    end: int
    alike: float


def frames(pcm: Pcm, rate: int) -> Frames:
    """The bands over time. An incomplete last frame is left out."""
    size = rate // FRAMES_A_SECOND
    count = len(pcm) // size
    if not count:
        return np.zeros((0, len(_EDGES)), np.float32)
    shaped = pcm[: count * size].reshape(count, size) * np.hanning(size)
    power = np.abs(np.fft.rfft(shaped, max(512, size), axis=1)) ** 2
    hertz = np.fft.rfftfreq(max(512, size), 1 / rate)
    bins = np.clip(np.searchsorted(hertz, _EDGES), 0, power.shape[1] - 1)
    loud = 10 * np.log10(np.add.reduceat(power, bins, axis=1)[:, :-1] + 1e-3)
    # A band is 0 where it is silent, and 1 where it is as loud as it gets.
    bands = np.clip((loud - loud.max()) / _DECIBELS + 1, 0, 1)
    mean = bands.mean(axis=1, keepdims=True)
    return np.hstack([bands - mean, mean]).astype(np.float32)


def loudness(pcm: Pcm, rate: int) -> Floats:
    """The effective value of each frame, in units of a sample."""
    size = rate // FRAMES_A_SECOND
    shaped = pcm[: len(pcm) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(np.sqrt((shaped**2).mean(axis=1)))


@dataclass(frozen=True)
class Known:
    """Known audios in one row, ``GUARD`` silent frames around each; a value, it never changes."""

    rows: Frames = field(default_factory=lambda: _silence(GUARD))
    _sums: Floats = field(default_factory=lambda: np.zeros((GUARD + 1, len(_EDGES))))
    _squares: Floats = field(default_factory=lambda: np.zeros(GUARD + 1))

    def and_also(self, heard: Frames) -> "Known":
        """These, then one more and its guard."""
        more = np.concatenate([heard, _silence(GUARD)])
        return Known(
            np.concatenate([self.rows, more]),
            np.concatenate([self._sums, self._sums[-1] + np.cumsum(more, axis=0)]),
            np.concatenate([self._squares, self._squares[-1] + np.cumsum((more**2).sum(axis=1))]),
        )

    def at_least(self, length: int) -> "Known":
        """These, with so much silence after them that it is ``length`` frames."""
        missing = length - len(self.rows)
        return self.and_also(_silence(missing)) if missing > 0 else self

    def likeness(self, piece: Frames, offset: int, count: int) -> Frames:
        """The correlation of the piece with each of ``count`` places from ``offset``, -1 to 1."""
        moving = piece - piece.mean(axis=0)
        size, end = len(piece), offset + count
        products = moving @ self.rows[offset : end + size - 1].T
        across = products[0, :count].copy()
        for row in range(1, size):
            across += products[row, row : row + count]
        sums = self._sums[offset + size : end + size] - self._sums[offset:end]
        squares = self._squares[offset + size : end + size] - self._squares[offset:end]
        spread = np.sqrt(np.maximum(squares - (sums**2).sum(axis=1) / size, 0.0))
        own = float(np.sqrt((moving**2).sum()))
        # Where the known hardly moves, nothing is like anything.
        return np.asarray(across / (own * np.maximum(spread, 0.3 * own) + 1e-6), np.float32)


def matches(heard: Frames, known: Known) -> list[Match]:
    """The places where the known is most like the heard: all that are about as good as the best."""
    known = known.at_least(len(heard) + GUARD)
    pieces = np.array_split(heard, max(1, round(len(heard) / _PIECE)))
    # A piece counts by how much it moves: a pause tells little.
    weights = [float(((piece - piece.mean(axis=0)) ** 2).sum()) for piece in pieces]
    total = sum(weights) or 1.0
    count = len(known.rows) - len(heard) + 1
    scores, shifts, offset = np.zeros(count, np.float32), [], 0
    for piece, weight in zip(pieces, weights, strict=True):
        if offset:
            scores, shift = _best_nearby(scores)
            shifts.append(shift)
        scores = scores + weight / total * known.likeness(piece, offset, count)
        offset += len(piece)
    return [_traced(int(at), shifts, len(heard), scores) for at in _peaks(scores)]


def _silence(length: int) -> Frames:
    return np.zeros((length, len(_EDGES)), np.float32)


def _peaks(scores: Frames) -> NDArray[np.intp]:
    """Where a score is the best around, and nearly the best of all."""
    around, _ = _best_nearby(scores)
    return np.flatnonzero((scores >= around) & (scores > scores.max() - _AS_GOOD))


def _traced(end: int, shifts: list[NDArray[np.intp]], length: int, scores: Frames) -> Match:
    """The match whose last piece ends at this place, followed back to where it began."""
    start = end
    for shift in reversed(shifts):
        start += int(shift[start])
    return Match(start, end + length, float(scores[end]))


def _best_nearby(scores: Frames) -> tuple[Frames, NDArray[np.intp]]:
    """For each place the best score within ``_SHIFT``, and how far away it is."""
    padded = np.pad(scores, _SHIFT, constant_values=-2.0)
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * _SHIFT + 1)
    where = near.argmax(axis=1)
    return np.take_along_axis(near, where[:, None], axis=1)[:, 0], where - _SHIFT
