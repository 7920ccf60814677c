"""No person is there, or not yet: leave the message, or give the call to a person who comes."""

import re

from reception.calls.call import Call
from reception.dialogue.language_data import language_data
from reception.dialogue.moves import Move, Tool, UseTool, say, use
from reception.dialogue.policy import anytime
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wording import language_of, word


def asks_to_wait(call: Call, text: str) -> bool:
    """Whether a screening service has heard who is calling and asks the person now."""
    data = language_data(language_of(call), "outside")
    return re.search(data["please_wait"], text.casefold()) is not None


def decide(call: Call, heard: Understood | None) -> Move:
    if heard is None or Act.MACHINE in heard.acts:
        return use(Tool.LEAVE_MESSAGE)
    if Act.SCREENING in heard.acts:
        return say(word(call, "screening"))
    move = anytime.decide(call, heard)
    if move is not None and isinstance(move.action, UseTool):
        return move
    return use(Tool.TO_GREETER)
