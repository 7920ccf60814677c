"""The message on a machine."""

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.result import Ended
from reception.calls.turn import Words
from reception.dialogue.wording import word
from tools.answer import last_words


@function_tool
async def leave_message(ctx: RunContext[Call]) -> str | ToolResult:
    """The machine is listening: leave the message and hang up."""
    call = ctx.userdata
    call.answered_by = AnsweredBy.MACHINE
    return await last_words(ctx, "left the message", message(call), Ended.MACHINE)


def message(call: Call) -> Words:
    """As much as the practice lets a message say; never a service, a provider or a time."""
    return word(call, f"voicemail.{call.practice.voicemail}")
