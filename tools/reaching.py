"""Who picked up, when it is not the person we called for."""

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.records import TaskReason
from reception.calls.result import Request, RequestKind
from reception.dialogue.moves import Tool
from reception.dialogue.wording import callback_text, word
from tools.answer import (
    agrees,
    answer,
    ask_if_meant,
    file_task,
    last_words,
    nothing_noted,
    said_now,
)
from tools.moments import moment_ahead


@function_tool
async def wrong_number(ctx: RunContext[Call]) -> str | ToolResult:
    """Nobody of that name can be reached at this number."""
    call = ctx.userdata
    if not agrees(call, Tool.WRONG_NUMBER):
        return ask_if_meant(ctx, Tool.WRONG_NUMBER)
    call.request(Request(RequestKind.WRONG_NUMBER, said_now(call)))
    return await last_words(ctx, "noted as a wrong number", word(call, "bye.wrong_number"))


@function_tool
async def person_died(ctx: RunContext[Call]) -> str | ToolResult:
    """The person we call for has died."""
    call = ctx.userdata
    if not agrees(call, Tool.PERSON_DIED):
        return ask_if_meant(ctx, Tool.PERSON_UNAVAILABLE)
    note = f"We were told that {call.brief.recipient} has died; please check before any more calls."
    if await file_task(ctx, TaskReason.DIED, note) is None:
        return await nothing_noted(ctx)
    call.request(Request(RequestKind.UNAVAILABLE, said_now(call)))
    return await last_words(ctx, "noted that they have died", word(call, "bye.died"))


@function_tool
async def person_unavailable(ctx: RunContext[Call], when: str = "") -> str | ToolResult:
    """The person we call for is not there and cannot come to the phone.

    Args:
        when: When they can be reached, in ISO 8601 with offset; empty if nobody said.
    """
    call = ctx.userdata
    agreed = agrees(call, Tool.PERSON_UNAVAILABLE)
    if agreed is None:
        return ask_if_meant(ctx, Tool.PERSON_UNAVAILABLE)
    known = any(request.kind is RequestKind.UNAVAILABLE for request in call.requests)
    # On record only is what the model made of it: the time is the one in the customer's words.
    at = moment_ahead(call, agreed.arguments.get("when", ""))
    call.request(Request(RequestKind.UNAVAILABLE, said_now(call), when=at))
    if at is not None:
        words = word(call, "bye.callback", callback_at=callback_text(call, at))
        return await last_words(ctx, f"not there, try {at.isoformat()}", words)
    if known:
        return await last_words(ctx, "not there", word(call, "bye.callback_open"))
    ask = word(call, "callback_when.ask_other", Question.CALLBACK_WHEN, Tool.PERSON_UNAVAILABLE)
    return answer(ctx, "not there; asked when", ask)
