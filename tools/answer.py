"""How a tool answers: a sentence for the record, and worded text for the customer.

An LLM never words what a tool did. It may propose; where the customer's own words do not clearly
say so, the closed question is asked instead.
"""

from contextlib import AbstractAsyncContextManager

from livekit.agents import RunContext
from livekit.agents.llm import ToolResult

from reception.appointments.models import WriteKey
from reception.calls.call import Call
from reception.calls.evidence import SaidInTurn, StaffTaskFiled
from reception.calls.question import Question
from reception.calls.records import TaskReason
from reception.calls.result import Ended
from reception.calls.turn import NOTHING, Words
from reception.database import DatabaseError
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import Move, Tool, UseTool
from reception.dialogue.policy import decide
from reception.dialogue.wording import word
from reception.voice.saying import say

WONDER_SECONDS = 0.6
"""Of silence after an answer, on the telephone."""


def answer(ctx: RunContext[Call], record: str, words: Words) -> str:
    """Record what the tool did, and have ``words`` said next."""
    ctx.userdata.answers[ctx.function_call.call_id] = words
    return record


def while_looking(ctx: RunContext[Call]) -> AbstractAsyncContextManager[None]:
    """Whatever takes so long that the customer would wonder is covered by a word."""
    call = ctx.userdata
    return ctx.with_filler(lambda _: say(ctx.session, word(call, "filler")), delay=WONDER_SECONDS)


async def last_words(
    ctx: RunContext[Call], record: str, words: Words, ended: Ended = Ended.GOODBYE
) -> ToolResult:
    """Record what the tool did, say the last words and hang up."""
    await ctx.wait_for_playout()
    ctx.userdata.line.hang_up(ended, words)
    return ToolResult(record, reply_required=False)


def agrees(call: Call, tool: Tool) -> UseTool | None:
    """The policy's own call of ``tool``, if that is what the customer's last words clearly say."""
    action = decide(call, last_heard(call)).action
    return action if isinstance(action, UseTool) and action.name is tool else None


def contradicts(call: Call, tool: Tool) -> Move | None:
    """The policy's move, if the customer's last words clearly say something else than ``tool``."""
    move = decide(call, last_heard(call))
    same = isinstance(move.action, UseTool) and move.action.name is tool
    return None if same or not move.certain else move


def ask_if_meant(ctx: RunContext[Call], tool: Tool) -> str:
    """A model proposed ``tool`` on words that are not clear: the customer is asked first."""
    words = word(ctx.userdata, f"meant.{tool}", Question.MEANT, tool)
    return answer(ctx, "not yet: asked whether that is meant", words)


def said_now(call: Call) -> SaidInTurn:
    """The customer's latest turn, as evidence."""
    turn = call.last_heard
    return SaidInTurn(0 if turn is None else turn.number)


def key(ctx: RunContext[Call], appointment_id: str | None = None) -> WriteKey:
    """Names what this invocation writes of one appointment, so that it is written once."""
    invocation = ctx.function_call.call_id
    if appointment_id is not None:
        invocation = f"{invocation} {appointment_id}"
    return WriteKey(call_id=ctx.userdata.id, invocation=invocation)


async def file_task(
    ctx: RunContext[Call], reason: TaskReason, note: str, appointment_id: str | None = None
) -> StaffTaskFiled | None:
    """Give the desk a task; None when the ledger did not take it, so nothing may be promised."""
    call = ctx.userdata
    try:
        task = await call.ledger.file_task(key(ctx, appointment_id), reason, note, appointment_id)
    except DatabaseError:
        return None
    call.tasks.append(task)
    return task


async def nothing_noted(ctx: RunContext[Call], said: Words = NOTHING) -> ToolResult:
    """Neither done nor noted: say so after what was done before, name the number to call, end."""
    words = said + word(ctx.userdata, "trouble.no_task")
    return await last_words(ctx, "failed: the ledger cannot be reached", words)
