"""What Piper says, Whisper hears: only where both are installed."""

import numpy as np
import pytest

from tests.provider.offline_speech import OfflineVoice, available, hear, say

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not available(), reason="the group offline-speech is not installed"),
]


def test_a_sentence_is_heard_as_it_was_said() -> None:
    assert hear(*say("Could we do Wednesday instead?")) == "Could we do Wednesday instead?"


def test_the_voice_speaks_and_hears_at_any_rate() -> None:
    voice = OfflineVoice()
    text, confidence = voice.recognise(voice.speak("Yes, this is she.", 24_000), 24_000)
    assert text == "Yes, this is she."
    assert 0.5 < confidence <= 1


def test_a_beep_and_silence_are_nothing() -> None:
    beep = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000) * 8000
    assert hear(beep.astype(np.int16), 16_000) == ""
    assert hear(np.zeros(16_000, np.int16), 16_000) == ""
