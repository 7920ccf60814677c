"""The customer's mood, as their words and their asking back show it, and the words that answer it.

A mood changes how something is said and never what is decided.
"""

import functools
import re

from reception.calls.call import Call
from reception.calls.turn import Mood, Speaker, Turn, Words
from reception.dialogue.acts import Act
from reception.dialogue.language_data import language_data
from reception.dialogue.moves import Move, Say
from reception.dialogue.questions import ask_again
from reception.dialogue.understanding import Understood
from reception.dialogue.wording import language_of, word

_MACHINES = frozenset({Act.MACHINE, Act.SCREENING})
_ASKS_BACK = frozenset({Act.REPEAT, Act.WHO_IS_CALLING, Act.WHAT_IS_IT_ABOUT})
_EXPLAINS = ("who#", "about.")
_LOST = (*_EXPLAINS, "clarify.")
_LOOKS_BACK = 3
"""Turns of the customer."""


def notice(call: Call, heard: Understood) -> Mood | None:
    """The mood that a customer's turn shows, if it shows one; it has not entered the call yet."""
    if heard.acts & _MACHINES:
        return None
    if (mood := shown(heard.text, language_of(call))) is not None:
        return mood
    answered = next((t for t in reversed(call.turns) if t.speaker is Speaker.AGENT), None)
    if heard.acts & _ASKS_BACK and _used(answered, *_EXPLAINS):
        return Mood.CONFUSED
    if Act.CANNOT_HEAR in heard.acts and _used(answered, "hear#"):
        return Mood.SLOW
    turns = [turn for turn in call.turns if turn.speaker is Speaker.CUSTOMER][-_LOOKS_BACK:]
    return Mood.SLOW if sum(turn.silent for turn in turns) > 1 else None


def shown(text: str, language: str) -> Mood | None:
    """The mood that these words alone show."""
    said = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return next((mood for mood, shows in _shows(language).items() if shows.search(said)), None)


@functools.cache
def _shows(language: str) -> dict[Mood, re.Pattern[str]]:
    """In the order of the file: of two moods in one turn the first counts."""
    data = language_data(language, "moods")
    return {
        Mood(name): re.compile("|".join(f"(?:{pattern})" for pattern in entry["shows"]))
        for name, entry in data.items()
    }


def answer_mood(call: Call, mood: Mood | None, move: Move) -> Move:
    """Say a word to the mood before the answer, once for each mood and call.

    Whoever is lost for the first time is told once more who calls and why.
    """
    if mood is None or not isinstance(move.action, Say) or call.asked_with(f"mood.{mood}"):
        return move
    said, words = word(call, f"mood.{mood}"), move.action.words
    if mood is Mood.CONFUSED and _any_of(words.used, *_LOST):
        about = word(call, "about.verified" if call.verified else "about.unverified")
        words = word(call, "who") + about + ask_again(call)
    if mood is Mood.SLOW and _any_of(words.used, "hold#"):
        return move
    return Move(Say(said + words), move.certain)


def soothe(call: Call, words: Words) -> Words:
    """The same for what a tool did on the words of somebody upset."""
    heard = call.last_heard
    if heard is None or heard.mood is not Mood.UPSET or call.asked_with(f"mood.{Mood.UPSET}"):
        return words
    return word(call, f"mood.{Mood.UPSET}") + words


def _used(turn: Turn | None, *prefixes: str) -> bool:
    return turn is not None and _any_of(turn.used, *prefixes)


def _any_of(used: tuple[str, ...], *prefixes: str) -> bool:
    return any(use.startswith(prefixes) for use in used)
