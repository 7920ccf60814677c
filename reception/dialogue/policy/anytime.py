"""What a person may do at any time, with any agent."""

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Words
from reception.dialogue.hearing import SOMEBODY_ELSE, answers_aside
from reception.dialogue.moves import GiveUp, Move, Tool, say, use
from reception.dialogue.questions import ask_again
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wording import word

_POLITE = frozenset({Act.GOODBYE, Act.THANKS})


def decide(call: Call, heard: Understood) -> Move | None:
    """Answer what is answered alike in every agent; None leaves it to the stage."""
    acts = heard.acts
    if (aside := answers_aside(call, heard)) is not None:
        return _aside(call, heard, aside)
    if Act.OPT_OUT in acts:
        return use(Tool.STOP_CALLING)
    if Act.STAFF in acts:
        return use(Tool.ASK_FOR_STAFF)
    question = call.open_question
    if question is not None and question.question is Question.CALLBACK_WHEN:
        return _call_back(heard, unavailable=question.subject == Tool.PERSON_UNAVAILABLE)
    if Act.CALL_LATER in acts and not heard.is_yes:
        if heard.callback_at is None:
            return say(word(call, "callback_when.ask", Question.CALLBACK_WHEN))
        return _call_back(heard, unavailable=False)
    if acts & SOMEBODY_ELSE:
        return None
    if (answer := _answer(call, acts)) is not None:
        return say(answer + ask_again(call))
    if _only_waiting(acts):
        return say(_same_question(call, word(call, "hold")))
    if acts and acts <= _POLITE and Act.GOODBYE in acts:
        return use(Tool.END_CALL)
    return None


def _aside(call: Call, heard: Understood, question: Question) -> Move:
    """Once a question aside is answered, the open one is asked again."""
    if question is Question.STILL_THERE:
        return say(word(call, "silence.back") + ask_again(call))
    if not heard.is_yes:
        return say(word(call, "outside.never_mind") + ask_again(call))
    if question is Question.DESK_SURE:
        return use(Tool.ASK_FOR_STAFF)
    asked = call.last_question
    tool = Tool(asked.subject) if asked and asked.subject else Tool.END_CALL
    if tool is Tool.CALL_BACK_LATER:
        return say(word(call, "callback_when.ask", Question.CALLBACK_WHEN))
    return use(tool)


def _call_back(heard: Understood, unavailable: bool) -> Move:
    tool = Tool.PERSON_UNAVAILABLE if unavailable else Tool.CALL_BACK_LATER
    if heard.callback_at is None:
        return use(tool, when="")
    return use(tool, when=heard.callback_at.isoformat())


def _answer(call: Call, acts: frozenset[Act]) -> Words | None:
    """What is answered in words, before the open question is asked again."""
    if Act.ARE_YOU_AI in acts:
        return word(call, "ai")
    if Act.WHAT_IS_IT_ABOUT in acts:
        return word(call, "about.verified" if call.verified else "about.unverified")
    if Act.WHO_IS_CALLING in acts:
        return word(call, "who")
    if Act.CANNOT_HEAR in acts:
        return word(call, "hear")
    if Act.REPEAT in acts and call.verified and call.current is not None:
        return word(call, "about.verified")
    if Act.REPEAT in acts:
        return word(call, "who")
    return None


def _only_waiting(acts: frozenset[Act]) -> bool:
    """Someone who says "sure, let me look" has not answered yet."""
    return Act.HOLD in acts and acts <= {Act.HOLD, Act.YES, Act.THANKS, Act.GREETING}


def _same_question(call: Call, words: Words) -> Words:
    """The question stays open though it is not asked again."""
    return Words(words.text, words.used, call.open_question)


def after_silence(call: Call) -> Move:
    """Ask whether somebody is there; after the last time, say goodbye."""
    if call.silences >= call.practice.limits.silences:
        return use(Tool.GIVE_UP, reason=GiveUp.SILENCE)
    return say(word(call, "silence.ask", Question.STILL_THERE))
