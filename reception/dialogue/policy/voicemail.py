"""No person is there, or not yet: leave the message, or give the call to a person who comes."""

from reception.calls.call import Call
from reception.dialogue.moves import Move, Tool, UseTool, say, use
from reception.dialogue.policy import anytime
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wording import word


def decide(call: Call, heard: Understood | None) -> Move:
    if heard is None or Act.MACHINE in heard.acts:
        return use(Tool.LEAVE_MESSAGE)
    if Act.SCREENING in heard.acts:
        return say(word(call, "screening"))
    move = anytime.decide(call, heard)
    if move is not None and isinstance(move.action, UseTool):
        return move
    return use(Tool.TO_GREETER)
