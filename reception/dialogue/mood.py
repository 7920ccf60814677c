"""The customer's mood, as their words show it, and the few words that answer it.

A mood changes how something is said and never what is done.
"""

import functools
import re

from reception.calls.call import Call
from reception.calls.turn import Mood
from reception.dialogue.language_data import language_data
from reception.dialogue.moves import Move, Say
from reception.dialogue.wording import language_of, word


def notice(text: str, language: str) -> Mood | None:
    """The mood that a customer's turn shows, if it shows one."""
    said = text.casefold()
    return next((mood for mood, shows in _shows(language).items() if shows.search(said)), None)


@functools.cache
def _shows(language: str) -> dict[Mood, re.Pattern[str]]:
    """In the order of the file: of two moods in one turn the first counts."""
    data = language_data(language, "moods")
    return {
        Mood(name): re.compile("|".join(f"(?:{pattern})" for pattern in entry["shows"]))
        for name, entry in data.items()
    }


def answer_mood(call: Call, text: str, move: Move) -> Move:
    """Say a word to the mood before the answer, once for each mood and call."""
    mood = notice(text, language_of(call))
    if mood is None or not isinstance(move.action, Say) or call.asked_with(f"mood.{mood}"):
        return move
    return Move(Say(word(call, f"mood.{mood}") + move.action.words), move.certain)
