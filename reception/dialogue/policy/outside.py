"""What is asked outside the task: answered from the practice's own facts, or honestly not."""

import re

from reception.calls.call import Call
from reception.calls.question import Question
from reception.dialogue.language_data import language_data
from reception.dialogue.moves import Move, Say, say
from reception.dialogue.questions import ask_again
from reception.dialogue.understanding import Understood
from reception.dialogue.wording import language_of, word
from reception.practice import Fact

_SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s+")
_UNKNOWN_AT_MOST = 3
"""Who asks more than that about other things is helped by the desk, not by one more refusal."""


def decide(call: Call, heard: Understood) -> Move | None:
    """Answer a question that was not understood as anything else; None when it is no question."""
    if (fact := _fact(call, heard.text)) is not None:
        return say(word(call, "outside.fact", answer=fact.answer) + ask_again(call))
    asks = re.search(language_data(language_of(call), "outside")["question"], heard.text.casefold())
    if not asks or call.asked_with("outside.") >= _UNKNOWN_AT_MOST:
        return None
    if not call.verified:
        return Move(Say(word(call, "outside.private") + ask_again(call)), certain=False)
    return Move(Say(word(call, "outside.unknown", Question.DESK_SURE)), certain=False)


def _fact(call: Call, text: str) -> Fact | None:
    """The one fact whose words are in a sentence; two that match are none.

    A sentence that is also about something else is another question: "can I bring my dog?".
    """
    common = set(language_data(language_of(call), "outside")["common_words"])
    sentences = [_words(part) - common for part in _SENTENCE_ENDS.split(text)]
    found = [
        fact
        for fact in call.practice.facts
        if any(
            said & _words(*fact.words) and said <= _words(*fact.words, fact.answer)
            for said in sentences
        )
    ]
    return found[0] if len(found) == 1 else None


def _words(*texts: str) -> set[str]:
    return {word for text in texts for word in re.findall(r"[\w-]+", text.casefold())}
