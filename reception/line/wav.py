"""Sound as WAV files: what a customer says, read; a whole call, written."""

import wave
from pathlib import Path

import numpy as np
from livekit import rtc

from reception.voice.recording import Recording

_BYTES_A_SAMPLE = 2


class WavError(Exception):
    """A file that holds no usable sound. The text, one sentence, says what to do."""


def read_wav(file: Path) -> Recording:
    """The sound in ``file``: one channel, 16 bit, any rate. Raises ``WavError`` for any other."""
    try:
        with wave.open(str(file), "rb") as opened:
            channels, bits = opened.getnchannels(), 8 * opened.getsampwidth()
            recording = Recording(opened.getframerate(), opened.readframes(opened.getnframes()))
    except OSError as error:
        raise WavError(f"{file} cannot be read: {error.strerror or error}.") from error
    except (wave.Error, EOFError) as error:
        raise WavError(f"{file} is no plain WAV file; {_convert(file)}") from error
    if (channels, bits) != (1, 8 * _BYTES_A_SAMPLE):
        have = f"{channels} channel{'s' if channels > 1 else ''} with {bits} bits a sample"
        raise WavError(f"{file} has {have}, and must be mono with 16 bits; {_convert(file)}")
    if not recording.pcm:
        raise WavError(f"{file} holds no sound; record it again.")
    return recording


def _convert(file: Path) -> str:
    made = file.with_name(f"{file.stem}-mono.wav")
    return f"convert it, such as with `ffmpeg -i {file} -ac 1 -c:a pcm_s16le {made}`."


def resampled(recording: Recording, rate: int) -> Recording:
    """The same sound with ``rate`` samples a second."""
    if recording.rate == rate:
        return recording
    resampler = rtc.AudioResampler(
        recording.rate, rate, quality=rtc.AudioResamplerQuality.VERY_HIGH
    )
    frames = [*resampler.push(bytearray(recording.pcm)), *resampler.flush()]
    return Recording(rate, b"".join(bytes(frame.data) for frame in frames))


def write_stereo(file: Path, rate: int, left: bytes, right: bytes) -> None:
    """Write two sides of 16 bit and equal length. Raises ``OSError``."""
    sides = [np.frombuffer(side, np.int16) for side in (left, right)]
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(2)
        opened.setsampwidth(_BYTES_A_SAMPLE)
        opened.setframerate(rate)
        opened.writeframes(np.stack(sides, axis=1).tobytes())
