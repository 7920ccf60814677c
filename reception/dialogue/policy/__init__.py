"""One deterministic mind: from a call and what was understood to the next move.

Pure: it reads the call and changes nothing, for turns are run ahead of time on text that may be
dropped. It is the default without a key, the fast path beside an LLM, and the last rung when the
LLM fails.
"""

from reception.calls.call import Call
from reception.calls.turn import Stage
from reception.dialogue.mood import answer_mood, notice
from reception.dialogue.moves import GiveUp, Move, Tool, use
from reception.dialogue.policy import (
    anytime,
    confirming,
    greeting,
    outside,
    rescheduling,
    voicemail,
)
from reception.dialogue.understanding import Understood


def next_move(call: Call, heard: Understood | None) -> Move:
    """The move that answers a turn, which has not entered the call yet: within the limits."""
    if call.customer_turns >= call.practice.limits.turns:
        return use(Tool.GIVE_UP, reason=GiveUp.LIMIT)
    if heard is None:
        return decide(call, None)
    mood = notice(call, heard)
    return answer_mood(call, mood, decide(call.showing(mood), heard))


def decide(call: Call, heard: Understood | None) -> Move:
    """What the heard turn asks for; None is silence."""
    if call.stage is Stage.VOICEMAIL:
        return voicemail.decide(call, heard)
    if heard is None:
        return anytime.after_silence(call)
    move = anytime.decide(call, heard) or _at_stage(call, heard)
    return move if move.certain else outside.decide(call, heard) or move


def _at_stage(call: Call, heard: Understood) -> Move:
    match call.stage:
        case Stage.GREETER:
            return greeting.decide(call, heard)
        case Stage.CONFIRMATION:
            return confirming.decide(call, heard)
        case Stage.RESCHEDULING:
            return rescheduling.decide(call, heard)
        case Stage.VOICEMAIL:
            return voicemail.decide(call, heard)
