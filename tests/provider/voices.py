"""Text to audio and back, without a model, for whole calls by sound on loopback.

``speak`` makes the audio. A ``Lexicon`` remembers which audio belongs to which text and hears it
again at the other end of a line::

    voice = Lexicon()
    audio = voice.speak("Yes, this is she.", 16_000)
    assert voice.recognise(audio, 16_000)[0] == "Yes, this is she."
"""

import threading
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from tests.provider.formants import Floats, Pcm, Spoken, Word, speak, spoken
from tests.provider.matching import FRAMES_A_SECOND, GUARD, Known, Match, frames, loudness, matches

__all__ = ["Lexicon", "Pcm", "Voice", "speak"]

_ALIKE, _ALIKE_IF_SHORT = 0.55, 0.65
"""From here on it is that text; beeps, knocks and babble reach 0.5."""
_SHORT = 20
_SHORTEST = 6
"""Frames. What is shorter is a click."""
_PAUSE = 7
"""Quiet frames between two parts that may come from different texts."""
_CUT = 13
"""Frames at either end that may be missing: 200 ms, and what of its edge is too soft to hear."""


class Voice(Protocol):
    """What speaks and hears behind the provider's protocols, from any thread."""

    def speak(self, text: str, rate: int) -> Pcm:
        """The text as audio at ``rate`` hertz."""

    def recognise(self, pcm: Pcm, rate: int) -> tuple[str, float]:
        """The text of one utterance and the confidence, 0 to 1; ``("", 0.0)`` for a noise."""


@dataclass(frozen=True)
class _Entry:
    """A text, where its audio lies in the known (in frames), and when its words are heard in it."""

    text: str
    start: int
    length: int
    words: tuple[Word, ...]

    def unheard(self, match: Match) -> int:
        """The frames of this that the match leaves out."""
        end = self.start + self.length
        return self.length - max(0, min(match.end, end) - max(match.start, self.start))

    def text_in(self, match: Match) -> str:
        """The words that were heard by half. What is cut by up to 200 ms is still all there."""
        start, end = match.start - self.start, match.end - self.start
        start = -GUARD if start <= _CUT else start
        end = self.length + GUARD if end >= self.length - _CUT else end
        heard = [
            word.text
            for word in self.words
            if start <= (word.start + word.end) / 2 * FRAMES_A_SECOND <= end
        ]
        return self.text if len(heard) == len(self.words) else " ".join(heard)


@dataclass(frozen=True)
class _Heard:
    """What one part of the heard is taken for. The text is empty where nothing is alike enough."""

    text: str
    alike: float
    length: int


@dataclass
class Lexicon:
    """Every text that was spoken or learned, and its audio. Several threads may use it."""

    _spoken: dict[tuple[str, int], Pcm] = field(default_factory=dict, repr=False)
    _entries: dict[str, _Entry] = field(default_factory=dict, repr=False)
    _known: Known = field(default_factory=Known, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def speak(self, text: str, rate: int) -> Pcm:
        """As the function ``speak``, and remembered."""
        if (text, rate) not in self._spoken:
            made = spoken(text, rate)
            self._remember(text, made, rate)
            self._spoken[text, rate] = made.pcm
        return self._spoken[text, rate]

    def knows(self, *texts: str) -> Self:
        """Remember these, as if they had been spoken."""
        for text in texts:
            self.speak(text, 16_000)
        return self

    def remember(self, text: str, pcm: Pcm, rate: int) -> None:
        """This audio is this text. Its words are thought to share the audio by their length."""
        self._remember(text, Spoken(pcm, _shared_out(text, loudness(pcm, rate))), rate)

    def learn(self, folder: Path) -> Self:
        """Every WAV file in the folder that has a ``.txt`` with its text beside it.

        Raises ValueError for a file that is not mono with 16 bits a sample.
        """
        for path in sorted(folder.glob("*.wav")):
            text = path.with_suffix(".txt")
            if text.exists():
                with wave.open(str(path)) as file:
                    if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                        raise ValueError(f"{path} must be mono with 16 bits a sample")
                    pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
                    self.remember(text.read_text().strip(), pcm, file.getframerate())
        return self

    def recognise(self, pcm: Pcm, rate: int) -> tuple[str, float]:
        """The text of one utterance and how sure it is, 0 to 1; ``("", 0.0)`` for anything else.

        It is heard through a codec, another rate, noise, gain, lost packets, and with up to
        200 ms missing at either end, if about 200 ms are left. Of a piece, the words in it are
        returned; of several audios in a row, with pauses of 160 ms between them, all texts.
        """
        with self._lock:
            known, entries = self._known, tuple(self._entries.values())
        parts = _parts(loudness(pcm, rate))
        if not parts or not entries:
            return "", 0.0
        heard = frames(pcm, rate)
        best = [_taken_for(heard[parts[0][0] : parts[-1][1]], known, entries)]
        if len(parts) > 1:
            each = [_taken_for(heard[start:end], known, entries) for start, end in parts]
            # One text with its pauses is likelier than many.
            best = each if _explained(each) > _explained(best) + 0.1 else best
        text = " ".join(part.text for part in best if part.text)
        return (text, round(min(0.99, 0.5 + _explained(best) / 2), 3)) if text else ("", 0.0)

    def _remember(self, text: str, made: Spoken, rate: int) -> None:
        heard = frames(made.pcm, rate)
        with self._lock:
            if len(heard) and text not in self._entries:
                start = len(self._known.rows)
                self._entries[text] = _Entry(text, start, len(heard), made.words)
                self._known = self._known.and_also(heard)


def _taken_for(heard: np.ndarray, known: Known, entries: tuple[_Entry, ...]) -> _Heard:
    """The text that one part is most like; of those it is about as like, the one heard whole."""
    starts = [entry.start - GUARD // 2 for entry in entries]
    candidates = []
    for match in matches(heard, known):
        number = int(np.searchsorted(starts, (match.start + match.end) // 2, side="right")) - 1
        entry = entries[max(number, 0)]
        candidates.append((max(entry.unheard(match) - 3, 0), -match.alike, entry.text_in(match)))
    _, unlike, text = min(candidates)
    enough = _ALIKE_IF_SHORT if len(heard) < _SHORT else _ALIKE
    return _Heard(text if -unlike >= enough else "", -unlike, len(heard))


def _explained(parts: list[_Heard]) -> float:
    """How much of what was heard is accounted for by texts, 0 to 1."""
    known = sum(part.alike * part.length for part in parts if part.text)
    return known / sum(part.length for part in parts)


def _parts(loud: Floats) -> list[tuple[int, int]]:
    """The stretches of sound between pauses: the first frame, and the frame after the last."""
    if not len(loud):
        return []
    floor = float(np.quantile(loud, 0.1))
    sounds = np.flatnonzero(loud > max(30.0, 2 * floor, 0.06 * float(loud.max())))
    if not len(sounds):
        # As loud throughout as a tone is: all of it.
        return [(0, len(loud))] if floor > 30.0 and len(loud) >= _SHORTEST else []
    breaks = np.flatnonzero(np.diff(sounds) > _PAUSE)
    starts = [int(sounds[0]), *(int(sounds[at + 1]) for at in breaks)]
    ends = [*(int(sounds[at]) + 1 for at in breaks), int(sounds[-1]) + 1]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if b - a >= _SHORTEST]


def _shared_out(text: str, loud: Floats) -> tuple[Word, ...]:
    """The words of a text over the sound in its audio, each as long as it is written."""
    tokens = text.split()
    sounds = np.flatnonzero(loud > 0.06 * loud.max(initial=0.0))
    if not tokens or not len(sounds):
        return ()
    ends = np.cumsum([len(token) + 1 for token in tokens])
    knots = np.interp([0, *ends / ends[-1]], np.linspace(0, 1, len(sounds)), sounds)
    seconds = [float(frame) / FRAMES_A_SECOND for frame in knots]
    return tuple(
        Word(token, start, end)
        for token, start, end in zip(tokens, seconds[:-1], seconds[1:], strict=True)
    )
