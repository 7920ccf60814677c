"""What the customer's words mean in this call: after the question that was heard last."""

from reception.calls.call import Call
from reception.calls.question import Question
from reception.dialogue.understanding import Act, Understood, understand
from reception.dialogue.wording import language_of

SOMEBODY_ELSE = frozenset({Act.FETCHING, Act.NOT_ME, Act.WRONG_NUMBER, Act.NOT_HERE})
"""Said by, or about, somebody who is not the person that was verified."""

_JUST_THERE = frozenset({Act.YES, Act.GREETING, Act.THANKS})


def hear(call: Call, text: str) -> Understood:
    """Understand ``text`` as the answer to what was asked last.

    An answer to "are you still there?" that says more than that answers the question before it.
    """
    asked = call.last_question
    heard = _understand(call, text, None if asked is None else asked.question)
    if asked is None or asked.question is not Question.STILL_THERE or only_there(call, heard):
        return heard
    return _understand(
        call, text, None if call.open_question is None else call.open_question.question
    )


def only_there(call: Call, heard: Understood) -> bool:
    """Whether somebody who was asked if they are still there says just that: a yes to nothing."""
    asked = call.last_question
    still_there = asked is not None and asked.question is Question.STILL_THERE
    return still_there and heard.clear and heard.acts <= _JUST_THERE


def last_heard(call: Call) -> Understood | None:
    """What the customer's latest turn means; None when there is none, or it was silence."""
    turn = call.last_heard
    return None if turn is None or turn.silent else hear(call, turn.text)


def _understand(call: Call, text: str, question: Question | None) -> Understood:
    return understand(
        text,
        question,
        name=call.brief.recipient,
        now=call.now(),
        language=language_of(call),
        agent=call.practice.persona.name,
    )
