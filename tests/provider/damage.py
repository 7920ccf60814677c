"""What a telephone line does to audio: each function takes audio at 16 kHz and returns it."""

from collections.abc import Callable
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.provider.formants import Pcm

RATE = 16_000
Damage = Callable[[Pcm], Pcm]


def padded(pcm: Pcm, before: float = 0.3, after: float = 0.3) -> Pcm:
    """So many seconds of silence around it."""
    return np.pad(pcm, (int(before * RATE), int(after * RATE)))


def cut(before: float, after: float) -> Damage:
    """So many seconds are missing at the ends."""
    return lambda pcm: pcm[int(before * RATE) : len(pcm) - int(after * RATE)]


def gain(factor: float) -> Damage:
    """Louder or softer; what is too loud is clipped."""

    def heard(pcm: Pcm) -> Pcm:
        return _as_pcm(pcm * np.float64(factor))

    return heard


def noise(decibels: float) -> Damage:
    """White noise, so much softer than the speech."""

    def heard(pcm: Pcm) -> Pcm:
        level = np.sqrt((pcm.astype(np.float64) ** 2).mean()) / 10 ** (decibels / 20)
        hiss = np.random.default_rng(0).standard_normal(len(pcm)) * level
        return _as_pcm(pcm + hiss)

    return heard


def lost(share: float, seed: int = 0) -> Damage:
    """This share of the packets of 20 ms is missing, and heard as silence."""

    def heard(pcm: Pcm) -> Pcm:
        packets = np.array_split(pcm, range(320, len(pcm), 320))
        chance = np.random.default_rng(seed)
        return np.concatenate([p * np.int16(chance.random() >= share) for p in packets])

    return heard


def jittered(pcm: Pcm) -> Pcm:
    """A jitter buffer plays 10 ms twice here and there: after six seconds it is 0.2 s behind."""
    chance = np.random.default_rng(0)
    pieces = []
    for piece in np.array_split(pcm, range(1600, len(pcm), 1600)):
        pieces += [piece[:160], piece] if chance.random() < 0.3 else [piece]
    return np.concatenate(pieces)


def telephone(pcm: Pcm) -> Pcm:
    """Sampled at 8 kHz on the way."""
    spectrum = np.fft.rfft(pcm)
    spectrum[len(spectrum) // 2 :] = 0
    return _as_pcm(np.fft.irfft(spectrum, len(pcm)))


def opus(pcm: Pcm) -> Pcm:
    """Coded with 16 kbit/s, as WebRTC does it on a poor line, and decoded again."""
    coder, decoder = av.CodecContext.create("libopus", "w"), av.CodecContext.create("libopus", "r")
    assert isinstance(coder, av.AudioCodecContext)
    assert isinstance(decoder, av.AudioCodecContext)
    for context in (coder, decoder):
        context.sample_rate, context.layout, context.format = RATE, "mono", "s16"
    coder.bit_rate, coder.options = 16_000, {"application": "voip"}
    decoded = []
    padded_pcm = np.pad(pcm, (0, -len(pcm) % 320))
    for at in range(0, len(padded_pcm), 320):
        frame = av.AudioFrame.from_ndarray(padded_pcm[None, at : at + 320], "s16", "mono")
        frame.sample_rate, frame.pts = RATE, at
        decoded += [heard for packet in coder.encode(frame) for heard in decoder.decode(packet)]
    # It is decoded at 48 kHz, and there is nothing in it above 8 kHz.
    heard = np.concatenate([frame.to_ndarray()[0] for frame in decoded])[::3]
    return _as_pcm(heard * 32767 if heard.dtype.kind == "f" else heard)


def _as_pcm(samples: NDArray[Any]) -> Pcm:
    return np.asarray(np.clip(samples, -32768, 32767), np.int16)
