"""The ladder for what was not understood: say it again, speak up, ask more simply, let them go."""

from itertools import takewhile

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Speaker, Turn, Words
from reception.dialogue.moves import GiveUp, Move, Say, Tool, use
from reception.dialogue.questions import ask_again, ask_to_book
from reception.dialogue.wording import word

_LADDER = ("clarify.repeat", "clarify.speak_up", "clarify.simpler")
_SIMPLER = len(_LADDER) - 1


def clarify(call: Call) -> Move:
    """The next rung. It counts only what was said, and ends after so many in a row or in all."""
    limits = call.practice.limits
    step = _in_a_row(call)
    if (
        step >= limits.clarifications_in_a_row
        or call.asked_with("clarify.") >= limits.clarifications
    ):
        return _leave(call)
    rung = min(step, _SIMPLER)
    return Move(Say(word(call, _LADDER[rung]) + _question(call, rung)), certain=False)


def _in_a_row(call: Call) -> int:
    said = [turn for turn in reversed(call.turns) if turn.speaker is Speaker.AGENT]
    return sum(1 for _ in takewhile(_clarified, said))


def _clarified(turn: Turn) -> bool:
    return any(use.startswith("clarify.") for use in turn.used)


def _question(call: Call, rung: int) -> Words:
    """The open question; at last one that a yes or a no can answer."""
    asked = call.open_question
    if rung == _SIMPLER and asked and asked.question is Question.PICK_SLOT and call.offered:
        return ask_to_book(call, call.offered[0].id)
    return ask_again(call)


def _leave(call: Call) -> Move:
    """Nothing is lost when all is decided: say goodbye. Else the desk takes over."""
    if call.verified and call.current is None:
        return use(Tool.END_CALL)
    return use(Tool.GIVE_UP, reason=GiveUp.NOT_UNDERSTOOD)
