"""The ladder for what was not understood.

Say it again; speak up; "did you say …?", where something was half understood; a question that a yes
or a no can answer; and at last let them go, with a task for the desk.
"""

from itertools import takewhile

from reception.appointments.models import Slot
from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Route, Speaker, Turn, Words
from reception.dialogue.acts import Act
from reception.dialogue.choosing import pointed_at
from reception.dialogue.moves import GiveUp, Move, Say, Tool, use
from reception.dialogue.questions import ask_again, ask_to_book
from reception.dialogue.understanding import Understood
from reception.dialogue.wording import slot_text, word, word_about

_FIRST_RUNGS = 2


def clarify(call: Call, heard: Understood) -> Move:
    """The next rung. It counts only what was said, and ends after so many in a row or in all."""
    limits = call.practice.limits
    step = clarified_in_a_row(call)
    if (
        step >= limits.clarifications_in_a_row
        or call.asked_with("clarify.") >= limits.clarifications
    ):
        return _leave(call)
    rungs = [
        word(call, "clarify.repeat") + ask_again(call),
        word(call, "clarify.speak_up") + ask_again(call),
    ]
    if step >= _FIRST_RUNGS:
        guess = _did_you_say(call, heard)
        rungs += [] if guess is None else [guess]
        rungs.append(word(call, "clarify.simpler") + _yes_or_no(call))
    return Move(Say(rungs[min(step, len(rungs) - 1)]), certain=False)


def talked_enough(call: Call) -> bool:
    """Whether an LLM has answered so often in a row that the question must be plain again.

    Else a customer who never decides would be talked with to the end of the call.
    """
    said = (turn for turn in reversed(call.turns) if turn.speaker is Speaker.AGENT)
    since = takewhile(lambda turn: turn.route is Route.LLM or _clarified(turn), said)
    return sum(turn.route is Route.LLM for turn in since) >= call.practice.limits.free_answers


def clarified_in_a_row(call: Call) -> int:
    """How often in a row we have just asked again. Silence in between is no understanding."""
    said = (turn for turn in reversed(call.turns) if turn.speaker is Speaker.AGENT)
    spoken = (turn for turn in said if not _used(turn, "silence."))
    return sum(1 for _ in takewhile(_clarified, spoken))


def _clarified(turn: Turn) -> bool:
    return _used(turn, "clarify.")


def _used(turn: Turn, prefix: str) -> bool:
    return any(use.startswith(prefix) for use in turn.used)


def _did_you_say(call: Call, heard: Understood) -> Words | None:
    """The open question as what they seem to have answered; None where that cannot be guessed.

    It stays that very question, so that "yes, Friday" is still checked against the day it is about.
    """
    asked, acts = call.open_question, heard.acts
    question = asked.question if asked else Question.IDENTITY
    if Act.NO in acts:
        return None
    if question is Question.PICK_SLOT and (slot := pointed_at(call, heard)) is not None:
        return _did_you_say_slot(call, slot)
    if question is Question.ATTEND and acts & {Act.YES, Act.KEEP}:
        return word_about(call, "clarify.heard.attend", call.subject, Question.ATTEND)
    if question is Question.CANCEL_SURE and acts & {Act.YES, Act.CANCEL}:
        return word_about(call, "clarify.heard.cancel", call.subject, Question.CANCEL_SURE)
    if question is Question.IDENTITY and Act.YES in acts:
        return word(call, "clarify.heard.identity", Question.IDENTITY)
    return None


def _did_you_say_slot(call: Call, slot: Slot) -> Words:
    said = slot_text(call, slot)
    return word(call, "clarify.heard.slot", Question.BOOK_SURE, slot.id, slot=said)


def denies_guess(call: Call, heard: Understood) -> bool:
    """A bare no to "did you say …?": that was not it, and nothing more."""
    said = next((turn for turn in reversed(call.turns) if turn.speaker is Speaker.AGENT), None)
    guessed = said is not None and _used(said, "clarify.heard.")
    return guessed and heard.is_no and not heard.in_so_many_words


def _yes_or_no(call: Call) -> Words:
    """The open question so that a yes or a no can answer it."""
    asked = call.open_question
    if asked and asked.question is Question.PICK_SLOT and call.offered:
        return ask_to_book(call, call.offered[0].id)
    return ask_again(call)


def _leave(call: Call) -> Move:
    """Nothing is lost when all is decided: say goodbye. Else the desk takes over."""
    if call.verified and call.current is None:
        return use(Tool.END_CALL)
    return use(Tool.GIVE_UP, reason=GiveUp.NOT_UNDERSTOOD)
