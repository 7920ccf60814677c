"""The right person is on the line: do they come, or is it moved or cancelled?"""

from reception.calls.call import Call
from reception.calls.question import Question
from reception.dialogue.choosing import local_start
from reception.dialogue.clarification import clarify, denies_guess
from reception.dialogue.hearing import SOMEBODY_ELSE
from reception.dialogue.moves import Move, Tool, say, use
from reception.dialogue.questions import (
    about_all,
    ask_to_cancel,
    ask_to_cancel_all,
    one_by_one,
    taken_up,
)
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wishes import agrees
from reception.dialogue.wording import word, word_about

_CANCELS = frozenset({Question.CANCEL_SURE, Question.CANCEL_ALL})
_NOT_ALL = frozenset({Act.NO, Act.CANCEL, Act.CANNOT_COME, Act.RESCHEDULE, Act.UNSURE})


def decide(call: Call, heard: Understood) -> Move:
    acts = heard.acts
    if acts & SOMEBODY_ELSE:
        return use(Tool.TO_GREETER)
    asked = call.open_question
    question = asked.question if asked else Question.ATTEND
    if question is Question.ATTEND_ALL:
        return _attend_all(call, heard)
    if Act.RESCHEDULE in acts and Act.CANCEL in acts:
        return _ask(call, "move_or_cancel.which", Question.MOVE_OR_CANCEL)
    if Act.RESCHEDULE in acts or _names_another_time(call, question, heard):
        return use(Tool.TO_RESCHEDULING)
    if Act.CANCEL in acts and question not in _CANCELS:
        return _cancel(call, heard)
    match question:
        case Question.ATTEND:
            return _attend(call, heard)
        case Question.MOVE_OR_CANCEL:
            return _move_or_cancel(call, heard)
        case Question.CANCEL_SURE | Question.CANCEL_ALL:
            return _cancel_sure(call, heard, question)
        case _:
            return anything_else(call, heard)


def _ask(call: Call, name: str, question: Question) -> Move:
    return say(word_about(call, name, call.subject, question))


def _names_another_time(call: Call, question: Question, heard: Understood) -> bool:
    """Who answers with another time wants that time: "no, Friday", "an hour later".

    The day that they have is none: "Wednesday I can't, oh wait, no, you said Tuesday".
    """
    relative = heard.clear and not heard.acts and heard.shift is not None
    wants_other = question is Question.MOVE_OR_CANCEL or Act.NO in heard.acts or relative
    if not wants_other or heard.shift is not None or heard.wish is None:
        return wants_other and heard.shift is not None
    wish, now = heard.wish, local_start(call, call.subject)
    theirs = bool(wish.weekdays or wish.on_or_after) and agrees(wish, now)
    return question is Question.MOVE_OR_CANCEL or not theirs


def _attend(call: Call, heard: Understood) -> Move:
    stays = heard.clear and heard.acts == {Act.KEEP}
    if stays or heard.is_yes_to(local_start(call, call.subject)):
        return use(Tool.CONFIRM_APPOINTMENT)
    if denies_guess(call, heard):
        again = word_about(call, "attend.ask", call.subject, Question.ATTEND)
        return say(word(call, "outside.never_mind") + again)
    if heard.leans_no and Act.UNSURE not in heard.acts:
        return _move_or_cancel_which(call)
    if Act.UNSURE in heard.acts:
        if call.asked_with("attend.unsure") >= 2:
            return clarify(call, heard)
        return _ask(call, "attend.unsure", Question.ATTEND)
    return clarify(call, heard)


def _attend_all(call: Call, heard: Understood) -> Move:
    """A plain yes is one to all that were named; what is not said of all is taken one by one."""
    if heard.is_yes or (heard.clear and heard.acts == {Act.KEEP}):
        return use(Tool.CONFIRM_APPOINTMENT)
    if heard.all_of_them and Act.NO not in heard.acts:
        if Act.CANCEL in heard.acts and Act.RESCHEDULE not in heard.acts:
            return _cancel(call, heard)
        if Act.RESCHEDULE in heard.acts and Act.CANCEL not in heard.acts:
            return use(Tool.TO_RESCHEDULING)
    if heard.acts & _NOT_ALL:
        return say(one_by_one(call))
    return clarify(call, heard)


def _move_or_cancel(call: Call, heard: Understood) -> Move:
    if Act.KEEP in heard.acts:
        return _ask(call, "attend.keep", Question.ATTEND)
    return clarify(call, heard)


def _move_or_cancel_which(call: Call) -> Move:
    """Another time, or none at all? Who may not choose is not asked: the desk is."""
    if not call.may_change(call.subject):
        return use(Tool.TO_RESCHEDULING)
    return _ask(call, "move_or_cancel.ask", Question.MOVE_OR_CANCEL)


def _cancel(call: Call, heard: Understood) -> Move:
    """The closed question, about one or about all; who may not cancel is told so at once."""
    if not call.may_change(call.subject):
        return use(Tool.CANCEL_APPOINTMENT)
    every = about_all(call, all_of_them=heard.all_of_them)
    ask = ask_to_cancel_all(call) if every else ask_to_cancel(call, call.subject)
    return say(taken_up(call, ask))


def _cancel_sure(call: Call, heard: Understood, question: Question) -> Move:
    agrees = heard.is_yes or (heard.clear and heard.acts == {Act.CANCEL})
    widens = question is Question.CANCEL_SURE and heard.all_of_them
    if agrees and widens and about_all(call, all_of_them=True):
        return say(ask_to_cancel_all(call))
    if agrees:
        return use(Tool.CANCEL_APPOINTMENT)
    if question is Question.CANCEL_ALL and (heard.is_no or Act.KEEP in heard.acts):
        return say(one_by_one(call))
    if heard.is_no or Act.KEEP in heard.acts:
        return _ask(call, "attend.keep", Question.ATTEND)
    return clarify(call, heard)


def anything_else(call: Call, heard: Understood) -> Move:
    """The work is done, or left to the desk: one more wish, a change of mind, or goodbye."""
    if Act.CANNOT_COME in heard.acts:
        return _move_or_cancel_which(call)
    if heard.is_no or (heard.clear and heard.acts <= {Act.THANKS, Act.GOODBYE, Act.KEEP}):
        return use(Tool.END_CALL)
    if heard.is_yes:
        return say(word(call, "anything_else.how", Question.ANYTHING_ELSE))
    return clarify(call, heard)
