"""What the customer's words mean in this call: after the question that was heard last."""

import re

from reception.calls.call import Call
from reception.calls.question import ASIDES, Asked, Question
from reception.dialogue.language_data import language_data
from reception.dialogue.understanding import Act, Understood, understand
from reception.dialogue.wording import language_of

SOMEBODY_ELSE = frozenset({Act.FETCHING, Act.NOT_ME, Act.WRONG_NUMBER, Act.NOT_HERE, Act.DIED})
"""Said by, or about, somebody who is not the person that was verified."""

_JUST_THERE = frozenset({Act.YES, Act.GREETING, Act.THANKS})
_JUST_ANSWERED = frozenset({Act.YES, Act.NO, Act.THANKS})


def hear(call: Call, text: str) -> Understood:
    """Understand ``text`` as the answer to what was asked last.

    An answer to a question aside that says more than that answers the question that is open.
    """
    asked = call.last_question
    heard = _understand(call, text, asked)
    if asked is None or asked.question not in ASIDES:
        return heard
    aside = answers_aside(call, heard) is not None
    if aside and heard.clear:
        return heard
    otherwise = _understand(call, text, call.open_question)
    return heard if aside and not otherwise.clear else otherwise


def only_listens(call: Call, text: str) -> bool:
    """Whether words said over ours take no turn: "mm-hmm"."""
    listens = language_data(language_of(call), "outside")["listens"]
    return re.search(listens, text.strip().casefold()) is not None


def answers_aside(call: Call, heard: Understood) -> Question | None:
    """The question aside that was asked last, if this is an answer to it and to nothing else.

    "Yes, I'm still here" is no yes to whether they will come.
    """
    asked = call.last_question
    if asked is None or heard.question is not asked.question:
        return None
    match asked.question:
        case Question.STILL_THERE if heard.clear:
            return asked.question if heard.acts <= _JUST_THERE else None
        case Question.DESK_SURE | Question.MEANT if heard.clear or heard.leans_no:
            return asked.question if heard.acts <= _JUST_ANSWERED else None
        case _:
            return None


def last_heard(call: Call) -> Understood | None:
    """What the customer's latest turn means; None when there is none, or it was silence."""
    turn = call.last_heard
    return None if turn is None or turn.silent else hear(call, turn.text)


def _understand(call: Call, text: str, asked: Asked | None) -> Understood:
    return understand(
        text,
        None if asked is None else asked.question,
        name=call.brief.recipient,
        now=call.now(),
        language=language_of(call),
        agent=call.practice.persona.name,
    )
