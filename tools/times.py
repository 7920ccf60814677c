"""Free times: find them in the book, offer a few, and say so when there are none."""

import asyncio
from datetime import date, time, timedelta

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from reception.appointments.book import BookError
from reception.appointments.models import Slot, Wish
from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.records import TaskReason
from reception.calls.turn import Stage, Words
from reception.dialogue.choosing import as_meant, wished
from reception.dialogue.hearing import last_heard
from reception.dialogue.questions import ask_next, ask_which
from reception.dialogue.wording import word
from tools.answer import answer, file_task, nothing_noted, while_looking


@function_tool
async def find_times(
    ctx: RunContext[Call],
    on_or_after: str = "",
    on_or_before: str = "",
    from_time: str = "",
    to_time: str = "",
) -> str | ToolResult:
    """Look for free times as the person wishes; empty for any.

    Args:
        on_or_after: The first day that suits, YYYY-MM-DD.
        on_or_before: The last day that suits, YYYY-MM-DD.
        from_time: The earliest time of day, HH:MM.
        to_time: The latest time of day, HH:MM.
    """
    if not ctx.userdata.verified:
        return "refused: nobody is verified"
    words = await offer(ctx, _wish(ctx.userdata, on_or_after, on_or_before, from_time, to_time))
    return await nothing_noted(ctx) if words is None else answer(ctx, "offered", words)


def _wish(call: Call, first: str, last: str, earliest: str, latest: str) -> Wish:
    """What the customer was understood to wish, else what the model made of it."""
    if (wish := wished(call, last_heard(call))) is not None:
        return wish
    try:
        return Wish(
            on_or_after=date.fromisoformat(first) if first else None,
            on_or_before=date.fromisoformat(last) if last else None,
            from_time=time.fromisoformat(earliest) if earliest else None,
            to_time=time.fromisoformat(latest) if latest else None,
        )
    except ValueError:
        return Wish()


async def offer(ctx: RunContext[Call], wish: Wish, name: str = "") -> Words | None:
    """Find free times and word the offer, as ``name`` does where the reason is known.

    A wish that nothing meets is answered with the nearest there is. None when nothing was found
    and not even the desk could be told.
    """
    call = ctx.userdata
    try:
        async with while_looking(ctx):
            meets, slots = await _nearest(call, wish)
    except (BookError, TimeoutError):
        return await _left_to_desk(ctx, TaskReason.BOOK_TROUBLE, "trouble.book")
    if not slots:
        return await _left_to_desk(ctx, TaskReason.NO_SLOT, "no_slot.none")
    usual = "pick_slot.more" if call.handed_out else "pick_slot.first"
    call.offered = slots
    call.handed_out.update({slot.id: slot for slot in slots})
    return ask_which(call, name or (usual if meets else "pick_slot.no_match"))


async def _nearest(call: Call, wish: Wish) -> tuple[bool, tuple[Slot, ...]]:
    """What meets the wish, the coming week first; else those days at any time, else later ones."""
    limits = call.practice.limits
    this_week = wish = as_meant(call, wish)
    if wish.weekdays and wish.on_or_before is None:
        in_a_week = call.now().date() + timedelta(days=7)
        this_week = wish.model_copy(update={"on_or_before": in_a_week})
    days = wish.model_copy(update={"from_time": None, "to_time": None, "provider": None})
    async with asyncio.timeout(limits.book_seconds):
        for tried in dict.fromkeys((this_week, wish, days, Wish(on_or_after=wish.on_or_after))):
            if slots := await call.book.find_slots(call.subject, tried, limits.offers):
                return tried in (this_week, wish), slots
        return False, await call.book.find_slots(call.subject, Wish(), limits.offers)


async def _left_to_desk(ctx: RunContext[Call], reason: TaskReason, name: str) -> Words | None:
    call = ctx.userdata
    note = f"{call.brief.recipient} wants another time for appointment {call.subject.id}."
    if await file_task(ctx, reason, note, call.subject.id) is None:
        return None
    call.offered = ()
    if call.stage is Stage.RESCHEDULING:
        return word(call, name) + word(call, "anything_else.ask", Question.ANYTHING_ELSE)
    return word(call, name) + ask_next(call, call.subject)
