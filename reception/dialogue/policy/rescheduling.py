"""Free times are on offer: which one is it?"""

from reception.appointments.models import Slot
from reception.calls.call import Call
from reception.calls.question import Question
from reception.dialogue.choosing import chosen, pointed_at, suiting, wished
from reception.dialogue.clarification import clarify
from reception.dialogue.hearing import SOMEBODY_ELSE
from reception.dialogue.moves import Move, Tool, say, use
from reception.dialogue.policy.confirming import anything_else
from reception.dialogue.questions import ask_to_book, ask_which, taken_up
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wording import offers_text, word

_NARROWED_AT_MOST = 3

_BACK = frozenset({Act.KEEP, Act.CANCEL})


def decide(call: Call, heard: Understood) -> Move:
    if heard.acts & SOMEBODY_ELSE:
        return use(Tool.TO_GREETER)
    if heard.acts & _BACK:
        return use(Tool.TO_CONFIRMATION)
    if call.open_question and call.open_question.question is Question.ANYTHING_ELSE:
        return anything_else(call, heard)
    if (slot := chosen(call, heard)) is not None:
        return use(Tool.BOOK_TIME, slot_id=slot.id)
    if heard.enquires and heard.choice and (slot := pointed_at(call, heard)) is not None:
        return say(taken_up(call, ask_to_book(call, slot.id)))
    if (wish := wished(call, heard)) is not None:
        return _wish(call, heard, suiting(call, call.offered, wish))
    if heard.is_no or Act.RESCHEDULE in heard.acts:
        return say(word(call, "pick_slot.when_else", Question.PICK_SLOT, call.subject.id))
    if heard.is_yes and call.offered:
        return say(ask_which(call, "pick_slot.which"))
    return clarify(call, heard)


def _wish(call: Call, heard: Understood, among: tuple[Slot, ...]) -> Move:
    """A wish that one offer meets is asked about, of several which; one of none is looked for.

    Who says no to a time on offer does not wish for it.
    """
    if not among:
        return use(Tool.FIND_TIMES)
    if Act.NO in heard.acts:
        return say(word(call, "pick_slot.when_else", Question.PICK_SLOT, call.subject.id))
    if len(among) == 1:
        return say(taken_up(call, ask_to_book(call, among[0].id)))
    if call.asked_with("pick_slot.which") >= _NARROWED_AT_MOST:
        return clarify(call, heard)
    offers = offers_text(call, among)
    return say(word(call, "pick_slot.which", Question.PICK_SLOT, call.subject.id, offers=offers))
