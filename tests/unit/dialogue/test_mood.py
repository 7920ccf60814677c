"""Moods as people show them: the data's own examples, and what is no mood."""

import pytest

from reception.calls.turn import Mood
from reception.dialogue.language_data import language_data
from reception.dialogue.mood import shown

MOODS = language_data("en", "moods")
SHOWN = [(mood, text) for mood, entry in MOODS.items() for text in entry["examples"]]
NOT_SHOWN = [(mood, text) for mood, entry in MOODS.items() for text in entry["not"]]


def test_every_mood_is_described() -> None:
    assert set(MOODS) == {mood.value for mood in Mood}


@pytest.mark.parametrize(("mood", "text"), SHOWN)
def test_an_example_shows_its_mood(mood: str, text: str) -> None:
    assert shown(text, "en") is Mood(mood)


@pytest.mark.parametrize(("mood", "text"), NOT_SHOWN)
def test_a_counter_example_does_not(mood: str, text: str) -> None:
    assert shown(text, "en") is not Mood(mood)


@pytest.mark.parametrize("text", ["Yes.", "No, thanks.", "I'll be there.", "Can we move it?"])
def test_most_people_are_in_no_mood(text: str) -> None:
    assert shown(text, "en") is None
