"""What a person may ask for at any time; every agent has these."""

import re
from typing import Any

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from reception.calls.call import Call
from reception.calls.evidence import TransferAccepted
from reception.calls.question import Question
from reception.calls.records import TaskReason
from reception.calls.result import Ended, Request, RequestKind
from reception.database import DatabaseError
from reception.dialogue.language_data import language_data
from reception.dialogue.moves import GiveUp, Tool
from reception.dialogue.questions import ask_again, goodbye
from reception.dialogue.wording import callback_text, language_of, word
from reception.voice.saying import say
from tools.answer import (
    agrees,
    answer,
    ask_if_meant,
    contradicts,
    file_task,
    last_words,
    nothing_noted,
    said_now,
)
from tools.moments import moment_ahead


@function_tool
async def stop_calling(ctx: RunContext[Call]) -> str | ToolResult:
    """The person does not want to be called any more, in whatever words."""
    call = ctx.userdata
    if not agrees(call, Tool.STOP_CALLING) and not _may_mean_opt_out(call):
        return ask_if_meant(ctx, Tool.STOP_CALLING)
    try:
        entry = await call.ledger.stop_calling(call.brief.phone, call.id)
    except (DatabaseError, LookupError):
        return await nothing_noted(ctx)
    call.request(Request(RequestKind.OPT_OUT, said_now(call), proof=entry))
    words = word(call, "bye.opted_out")
    return await last_words(ctx, "on the do-not-call list, read back", words)


def _may_mean_opt_out(call: Call) -> bool:
    """Whether a model may be right that they do not want to be called, in words we do not know.

    An opt-out counts at once, by any reasonable means (47 CFR 64.1200(a)(10)); but a turn without
    one word about calling is asked about.
    """
    turn = call.last_heard
    hint = language_data(language_of(call), "outside")["opt_out_hint"]
    clear = contradicts(call, Tool.STOP_CALLING)
    return turn is not None and not clear and bool(re.search(hint, turn.text.casefold()))


@function_tool
async def ask_for_staff(ctx: RunContext[Call]) -> str | ToolResult:
    """The person wants to speak with somebody of the practice, or needs what you cannot do."""
    call = ctx.userdata
    if not agrees(call, Tool.ASK_FOR_STAFF):
        words = word(call, "outside.unknown", Question.DESK_SURE)
        return answer(ctx, "not yet: asked whether the desk should call", words)
    asked_before = any(request.kind is RequestKind.STAFF for request in call.requests)
    opens = call.practice.open_from(call.brief.location, call.now())
    number = call.practice.locations[call.brief.location].staff_number
    is_open = opens is not None and opens <= call.now()
    tried = is_open and call.line.can_transfer and number is not None and not asked_before
    if tried and number and await _put_through(ctx, number):
        call.line.hang_up(Ended.GOODBYE)
        return ToolResult("put through", reply_required=False)
    note = f"{call.brief.recipient} asked for somebody of the practice; please call back."
    task = await file_task(ctx, TaskReason.STAFF_WANTED, note)
    if task is None:
        return await nothing_noted(ctx)
    record = f"the desk has task {task.task_id}"
    call.request(Request(RequestKind.STAFF, said_now(call), when=opens, proof=task))
    if tried:
        filed = word(call, "staff.not_through")
    elif opens is not None and not is_open:
        filed = word(call, "staff.closed", callback_at=callback_text(call, opens))
    elif asked_before or not call.verified:
        return await last_words(ctx, record, word(call, "staff.bye"))
    else:
        filed = word(call, "staff.filed")
    if asked_before or not call.verified:
        return await last_words(ctx, record, filed + word(call, "bye.plain"))
    return answer(ctx, record, filed + ask_again(call))


async def _put_through(ctx: RunContext[Call], number: str) -> bool:
    """Tell the customer and put them through; False when nobody took the call there."""
    call = ctx.userdata
    await say(ctx.session, word(call, "staff.put_through"), interruptible=False)
    if not await call.line.transfer(number):
        return False
    call.request(Request(RequestKind.STAFF, said_now(call), proof=TransferAccepted(number)))
    return True


@function_tool
async def call_back_later(ctx: RunContext[Call], when: str = "") -> str | ToolResult:
    """The person has no time now and wants to be called at another time.

    Args:
        when: The date and time they named, in ISO 8601 with offset; empty if they named none.
    """
    call = ctx.userdata
    agreed = agrees(call, Tool.CALL_BACK_LATER)
    if agreed is None:
        return ask_if_meant(ctx, Tool.CALL_BACK_LATER)
    # On record only is what the model made of it: the time is the one in the customer's words.
    at = moment_ahead(call, agreed.arguments["when"])
    note = f"{call.brief.recipient} asked to be called {at.isoformat() if at else 'another time'}."
    if await file_task(ctx, TaskReason.CALL_BACK, note) is None:
        return await nothing_noted(ctx)
    call.request(Request(RequestKind.CALLBACK, said_now(call), when=at))
    if at is None:
        return await last_words(ctx, "noted: call again", word(call, "bye.callback_open"))
    words = word(call, "bye.callback", callback_at=callback_text(call, at))
    return await last_words(ctx, f"noted: call again {at.isoformat()}", words)


@function_tool
async def end_call(ctx: RunContext[Call]) -> str | ToolResult:
    """The person says goodbye, or there is nothing left to do."""
    call = ctx.userdata
    if not agrees(call, Tool.END_CALL):
        return ask_if_meant(ctx, Tool.END_CALL)
    return await last_words(ctx, "said goodbye", goodbye(call))


@function_tool
async def give_up(ctx: RunContext[Call], reason: str) -> str | ToolResult:
    """The call cannot get any further; the desk takes over.

    Args:
        reason: not_understood, not_verified, silence or limit.
    """
    call = ctx.userdata
    try:
        why = GiveUp(reason)
    except ValueError:
        return answer(ctx, f"refused: {reason!r} is no reason", ask_again(call))
    over = call.customer_turns > call.practice.limits.turns
    if not over and (why is GiveUp.LIMIT or not agrees(call, Tool.GIVE_UP)):
        return answer(ctx, "refused: the call can go on", ask_again(call))
    return await leave_to_desk(ctx, why)


async def leave_to_desk(ctx: RunContext[Call], why: GiveUp) -> ToolResult:
    """End the call as gracefully as its reason allows; what is undecided becomes the desk's."""
    call = ctx.userdata
    if why is GiveUp.SILENCE:
        return await last_words(ctx, "nobody spoke", word(call, "silence.exit"), Ended.LIMIT)
    note = f"The call with {call.brief.recipient} got no further: {why}."
    if await file_task(ctx, TaskReason.UNRESOLVED, note) is None:
        return await nothing_noted(ctx)
    words = word(call, f"give_up.{why}")
    return await last_words(ctx, f"left to the desk: {why}", words, Ended.LIMIT)


ANYTIME: list[Any] = [stop_calling, ask_for_staff, call_back_later, end_call, give_up]
"""The tools that every agent has."""
