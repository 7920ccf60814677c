"""From one agent to the next: the return value of a tool, and never two voices."""

from livekit.agents import Agent, RunContext
from livekit.agents.llm import ToolResult

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Stage, Words
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import Tool
from reception.dialogue.questions import ask_again
from reception.dialogue.understanding import Act
from reception.dialogue.wording import word
from tools.answer import answer, contradicts

HandedOver = tuple[Agent, ToolResult]


def hand_over(ctx: RunContext[Call], target: Stage, reason: str, opening: Words) -> HandedOver:
    """Give the call to ``target``, which speaks ``opening`` as it enters; nobody else speaks.

    An interruption would discard the handoff while its tool's effects stay, so there is none.
    """
    ctx.disallow_interruptions()
    agent = build(target, ctx.userdata, opening, reason)
    return agent, ToolResult(reason, reply_required=False)


def to_whoever_speaks(ctx: RunContext[Call]) -> HandedOver | str:
    """The phone changed hands: what was verified is lost, and the greeter starts anew."""
    call = ctx.userdata
    if contradicts(call, Tool.TO_GREETER):
        return answer(ctx, "refused: the same person is speaking", ask_again(call))
    heard = last_heard(call)
    call.forget_person()
    if heard is not None and Act.FETCHING in heard.acts:
        opening = word(call, "fetch.hold", Question.HOLDING)
    else:
        opening = word(call, "fetch.ask", Question.FETCH)
    return hand_over(ctx, Stage.GREETER, "somebody else has the phone", opening)


def build(stage: Stage, call: Call, opening: Words, reason: str = "") -> Agent:
    """The agent of a stage. The agents hand over in a circle, so they are imported here."""
    from agents.confirmation import Confirmation  # noqa: PLC0415
    from agents.greeter import Greeter  # noqa: PLC0415
    from agents.rescheduling import Rescheduling  # noqa: PLC0415
    from agents.voicemail import Voicemail  # noqa: PLC0415

    match stage:
        case Stage.GREETER:
            return Greeter(call, opening, reason)
        case Stage.CONFIRMATION:
            return Confirmation(call, opening, reason)
        case Stage.RESCHEDULING:
            return Rescheduling(call, opening, reason)
        case Stage.VOICEMAIL:
            return Voicemail(call, opening, reason)
