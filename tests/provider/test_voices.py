"""What is spoken is speech to a detector, and is heard again through what a line does to it."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from livekit.local_inference import VAD, VAD_WINDOW_SAMPLES

from tests.provider.damage import (
    RATE,
    Damage,
    cut,
    gain,
    jittered,
    lost,
    noise,
    opus,
    padded,
    telephone,
)
from tests.provider.formants import Floats, Pcm
from tests.provider.voices import Lexicon, speak

GREETING = (
    "Hi, this is Sarah, the AI assistant at Main Street Dental Clinic. Am I speaking with Maria?"
)
SHORT = ("Yes.", "No.", "Yeah.", "Okay.", "Hello?", "Who?", "Tuesday.")
LONG = (
    GREETING,
    "Yes, this is she.",
    "Could we do Wednesday instead?",
    "Could we do Thursday instead?",
    "No, I'd like to cancel it, please.",
    "March 3rd, 1984.",
    "March 4th, 1984.",
)
NOISES: dict[str, Callable[[Floats], Floats]] = {
    "beep": lambda t: np.sin(2 * np.pi * 1000 * t),
    "beeps": lambda t: np.sin(2 * np.pi * 440 * t) * ((t * 4).astype(int) % 2),
    "ringing": lambda t: np.sin(2 * np.pi * 440 * t) * np.sin(2 * np.pi * 20 * t),
    "a key": lambda t: (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t)) / 2,
    "hiss": lambda t: np.random.default_rng(1).uniform(-1, 1, len(t)),
    "a knock": lambda t: np.exp(-20 * t) * np.random.default_rng(1).uniform(-1, 1, len(t)),
    "clicks": lambda t: (np.random.default_rng(1).random(len(t)) < 0.002).astype(float),
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon().knows(*SHORT, *LONG)


def speech(pcm: Pcm) -> Floats:
    """Silero's probability of speech in each window."""
    detector = VAD()
    windows = pcm[: len(pcm) // VAD_WINDOW_SAMPLES * VAD_WINDOW_SAMPLES]
    return np.array([detector.predict(w) for w in windows.reshape(-1, VAD_WINDOW_SAMPLES)])


@pytest.mark.parametrize("text", [*SHORT, *LONG])
def test_a_detector_of_speech_hears_a_voice_and_then_none(text: str) -> None:
    pcm = speak(text, RATE)
    heard = speech(padded(pcm, 0.32, 0.6))
    during = heard[10 : 10 + len(pcm) // VAD_WINDOW_SAMPLES]
    assert (during > 0.5).mean() > 0.7
    # No quarter of a second is quiet enough to end a turn, which is what VAD ends it by.
    assert max(map(len, "".join("q" if p < 0.35 else " " for p in during).split()), default=0) < 8
    assert (heard[-8:] < 0.35).all()


def test_the_same_text_is_always_the_same_audio_about_15_characters_a_second() -> None:
    first, again = speak(GREETING, 24_000), speak(GREETING, 24_000)
    assert np.array_equal(first, again)
    assert len(GREETING) / (len(first) / 24_000) == pytest.approx(15, abs=1.5)
    assert 5000 < np.abs(first).max() < 9000
    assert len(speak("", 24_000)) == 0


@pytest.mark.parametrize(
    "damage",
    [
        *(cut(0, 0), cut(0.2, 0), cut(0, 0.2), gain(0.1), gain(8), noise(20), noise(10)),
        *(lost(0.05), jittered, telephone, opus),
        lambda pcm: noise(20)(jittered(lost(0.05)(opus(pcm)))),
    ],
    ids=[
        *("clean", "cut before", "cut after", "soft", "clipped", "noise", "more noise"),
        *("packets lost", "jitter", "telephone", "opus", "all of it"),
    ],
)
def test_it_is_heard_through_a_line(lexicon: Lexicon, damage: Damage) -> None:
    heard = {text: lexicon.recognise(damage(lexicon.speak(text, RATE)), RATE) for text in LONG}
    assert {text: heard_text for text, (heard_text, _) in heard.items()} == {t: t for t in LONG}
    assert all(confidence > 0.75 for _, confidence in heard.values())


@pytest.mark.parametrize(
    "damage", [gain(0.1), noise(10), jittered, telephone, opus, cut(0.05, 0.1)]
)
def test_so_is_a_single_word(lexicon: Lexicon, damage: Damage) -> None:
    heard = [lexicon.recognise(damage(padded(speak(text, RATE))), RATE)[0] for text in SHORT]
    assert heard == list(SHORT)


def test_a_long_text_is_as_sure_when_it_is_stretched(lexicon: Lexicon) -> None:
    assert lexicon.recognise(jittered(speak(GREETING, RATE)), RATE)[1] > 0.95


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("seconds", [0.2, 1.0])
def test_a_noise_is_nothing(lexicon: Lexicon, name: str, seconds: float) -> None:
    sound = NOISES[name](np.arange(int(seconds * RATE)) / RATE) * 8000
    assert lexicon.recognise(padded(sound.astype(np.int16)), RATE) == ("", 0.0)


def test_silence_and_nothing_are_nothing(lexicon: Lexicon) -> None:
    assert lexicon.recognise(np.zeros(RATE, np.int16), RATE) == ("", 0.0)
    assert lexicon.recognise(np.zeros(0, np.int16), RATE) == ("", 0.0)
    assert Lexicon().recognise(speak("Yes.", RATE), RATE) == ("", 0.0)


def test_what_was_never_said_is_not_heard_as_something_else() -> None:
    lexicon = Lexicon().knows(*LONG[:4])
    unknown = "My cousin Ted got a new boat last summer and sold the old one."
    assert lexicon.recognise(speak(unknown, RATE), RATE) == ("", 0.0)


@pytest.mark.parametrize("rate", [8000, 24_000, 48_000])
def test_it_is_heard_at_another_rate_than_it_was_remembered(lexicon: Lexicon, rate: int) -> None:
    assert lexicon.recognise(speak(GREETING, rate), rate)[0] == GREETING


def test_of_half_a_text_half_is_heard(lexicon: Lexicon) -> None:
    pcm = speak(GREETING, RATE)
    start, _ = lexicon.recognise(pcm[: int(len(pcm) * 0.4)], RATE)
    end, _ = lexicon.recognise(pcm[int(len(pcm) * 0.6) :], RATE)
    assert GREETING.startswith(start)
    assert GREETING.endswith(end)
    assert 0.25 < len(start) / len(GREETING) < 0.55
    assert 0.25 < len(end) / len(GREETING) < 0.55


@pytest.mark.parametrize("pause", [0.2, 0.45, 0.8])
def test_pauses_within_and_several_texts_in_a_row(lexicon: Lexicon, pause: float) -> None:
    quiet = np.zeros(int(pause * RATE), np.int16)
    two = np.concatenate([speak("March 4th, 1984.", RATE), quiet, speak("Yes, this is she.", RATE)])
    assert lexicon.recognise(two, RATE)[0] == "March 4th, 1984. Yes, this is she."
    words = ["Could we do", "Wednesday instead?"]
    broken = np.concatenate([speak(words[0], RATE), quiet, speak(words[1], RATE)])
    assert lexicon.recognise(broken, RATE)[0] == "Could we do Wednesday instead?"


def test_an_ellipsis_is_a_pause(lexicon: Lexicon) -> None:
    text = "Well… let me see."
    lexicon.knows(text)
    assert len(speak(text, RATE)) / RATE > 0.6 + len(text) / 20
    assert lexicon.recognise(speak(text, RATE), RATE)[0] == text


def test_recordings_are_learned_with_the_texts_beside_them(tmp_path: Path) -> None:
    for name, text in (("one", "I am recorded, and not spoken."), ("two", "So am I.")):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 24_000, 0, "NONE", ""))
            file.writeframes(speak(text[::-1], 24_000).tobytes())
        (tmp_path / f"{name}.txt").write_text(f"{text}\n")
    lexicon = Lexicon().learn(tmp_path)
    audio = opus(padded(speak("I am recorded, and not spoken."[::-1], RATE)))
    assert lexicon.recognise(audio, RATE)[0] == "I am recorded, and not spoken."


def test_a_recording_in_stereo_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setparams((2, 2, 24_000, 0, "NONE", ""))
    (tmp_path / "stereo.txt").write_text("Twice.")
    with pytest.raises(ValueError, match=r"stereo\.wav must be mono"):
        Lexicon().learn(tmp_path)
