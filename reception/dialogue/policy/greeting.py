"""Before anybody is verified: is this the right person?"""

from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.question import Question
from reception.dialogue.clarification import clarify
from reception.dialogue.moves import GiveUp, Move, Tool, say, use
from reception.dialogue.questions import ask_again, ask_birth_date
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wording import word


def decide(call: Call, heard: Understood) -> Move:
    acts = heard.acts
    if Act.MACHINE in acts:
        return use(Tool.TO_VOICEMAIL, answered_by=AnsweredBy.MACHINE)
    if Act.SCREENING in acts:
        return use(Tool.TO_VOICEMAIL, answered_by=AnsweredBy.SCREENING)
    if Act.WRONG_NUMBER in acts:
        return use(Tool.WRONG_NUMBER)
    if Act.DIED in acts:
        return use(Tool.PERSON_DIED)
    if Act.NOT_HERE in acts:
        return use(Tool.PERSON_UNAVAILABLE)
    if Act.FETCHING in acts:
        return say(word(call, "fetch.hold", Question.HOLDING))
    question = call.open_question.question if call.open_question else Question.IDENTITY
    match question:
        case Question.BIRTH_DATE:
            return _birth_date(call, heard)
        case Question.FETCH:
            return _fetch(call, heard)
        case Question.HOLDING:
            return _somebody_came(call, heard)
        case _:
            return _identity(call, heard)


def _identity(call: Call, heard: Understood) -> Move:
    if heard.is_yes:
        if call.brief.needs_birth_date:
            return say(ask_birth_date(call))
        return use(Tool.TO_CONFIRMATION)
    if Act.NOT_ME in heard.acts:
        return _not_them(call, heard)
    if heard.leans_no:
        return say(word(call, "fetch.ask", Question.FETCH))
    if heard.clear and heard.acts <= {Act.GREETING}:
        return say(word(call, "greet") + ask_again(call))
    return clarify(call, heard)


def _not_them(call: Call, heard: Understood) -> Move:
    """Somebody else: they learn nothing, however they ask, and may fetch the right person."""
    ask = word(call, "fetch.ask", Question.FETCH)
    if Act.WHO_IS_CALLING in heard.acts:
        return say(word(call, "who") + ask)
    only_that = heard.clear and heard.acts <= {Act.NOT_ME, Act.NO, Act.GREETING}
    return say(ask if only_that else word(call, "fetch.private") + ask)


def _birth_date(call: Call, heard: Understood) -> Move:
    if heard.birth_date is not None:
        return use(Tool.TO_CONFIRMATION, date_of_birth=heard.birth_date.isoformat())
    if Act.NOT_ME in heard.acts:
        return _not_them(call, heard)
    if heard.is_no:
        return use(Tool.GIVE_UP, reason=GiveUp.NOT_VERIFIED)
    return clarify(call, heard)


def _fetch(call: Call, heard: Understood) -> Move:
    if heard.is_yes and heard.in_so_many_words:
        return _somebody_came(call, heard)
    if heard.is_yes:
        return say(word(call, "fetch.hold", Question.HOLDING))
    if heard.leans_no:
        return use(Tool.PERSON_UNAVAILABLE)
    if Act.NOT_ME in heard.acts or not heard.clear:
        return (
            say(word(call, "fetch.private") + ask_again(call))
            if _first_time(call)
            else clarify(call, heard)
        )
    return clarify(call, heard)


def _first_time(call: Call) -> bool:
    return not call.asked_with("fetch.private")


def _somebody_came(call: Call, heard: Understood) -> Move:
    """Whoever speaks after a wait is asked anew, whatever they say."""
    if Act.NOT_ME in heard.acts:
        return _not_them(call, heard)
    return say(word(call, "identity.again", Question.IDENTITY))
