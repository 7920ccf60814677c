"""Rescheduling: finds a free time that suits, and books it before the old one is released."""

from typing import Any, ClassVar

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from agents.base import Receptionist
from agents.handoff import HandedOver, hand_over, to_whoever_speaks
from reception.appointments.book import BookError, SlotTaken, VersionConflict
from reception.appointments.models import Change, Slot, Wish
from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Stage
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import Tool
from reception.dialogue.questions import (
    ask_again,
    ask_next,
    ask_to_book,
    ask_to_cancel,
    taken_up,
)
from reception.dialogue.understanding import Act
from reception.dialogue.wording import word_about
from tools.answer import agrees, answer, contradicts, nothing_noted
from tools.changing import changed_meanwhile, unproven, write
from tools.times import find_times, offer


class Rescheduling(Receptionist):
    stage = Stage.RESCHEDULING
    own_tools: ClassVar[list[Any]] = [find_times]

    @function_tool
    async def book_time(self, ctx: RunContext[Call], slot_id: str) -> HandedOver | str | ToolResult:
        """The person chose one of the free times.

        Args:
            slot_id: The id of that time, as it was handed out.
        """
        call = ctx.userdata
        slot = call.handed_out.get(slot_id)
        if slot is None:
            return answer(ctx, "refused: no such time was offered", ask_again(call))
        agreed = agrees(call, Tool.BOOK_TIME)
        if agreed is None or agreed.arguments.get("slot_id") != slot_id:
            return answer(ctx, "not yet: asked whether it is this one", ask_to_book(call, slot_id))
        return await self._book(ctx, slot)

    async def _book(self, ctx: RunContext[Call], slot: Slot) -> HandedOver | str | ToolResult:
        call = ctx.userdata
        appointment = call.subject
        try:
            words = await write(ctx, Change.RESCHEDULED, appointment, slot)
        except SlotTaken:
            return await self._offer_anew(ctx)
        except VersionConflict as conflict:
            call.moving = None
            opening = changed_meanwhile(call, conflict.current)
            return hand_over(ctx, Stage.CONFIRMATION, "it changed meanwhile", opening)
        except BookError as error:
            words = await unproven(ctx, appointment, error)
            if words is None:
                return await nothing_noted(ctx)
            call.moving = None
            opening = words + ask_next(call, appointment)
            return hand_over(ctx, Stage.CONFIRMATION, "the book gave no receipt", opening)
        if words is None:
            return await nothing_noted(ctx)
        call.moving = None
        reason = str(call.decisions[appointment.id].kind)
        return hand_over(ctx, Stage.CONFIRMATION, reason, words + ask_next(call))

    async def _offer_anew(self, ctx: RunContext[Call]) -> str | ToolResult:
        words = await offer(ctx, Wish(), "pick_slot.taken")
        return await nothing_noted(ctx) if words is None else answer(ctx, "just taken", words)

    @function_tool
    async def to_confirmation(self, ctx: RunContext[Call]) -> HandedOver | str:
        """The person keeps the old time, or wants to cancel after all."""
        call = ctx.userdata
        if contradicts(call, Tool.TO_CONFIRMATION):
            return answer(ctx, "refused: they said something else", ask_again(call))
        heard = last_heard(call)
        appointment, call.moving = call.subject, None
        if heard is not None and Act.CANCEL in heard.acts:
            opening = taken_up(call, ask_to_cancel(call, appointment))
            return hand_over(ctx, Stage.CONFIRMATION, "wants to cancel", opening)
        opening = word_about(call, "attend.keep", appointment, Question.ATTEND)
        return hand_over(ctx, Stage.CONFIRMATION, "keeps the old time", opening)

    @function_tool
    async def to_greeter(self, ctx: RunContext[Call]) -> HandedOver | str:
        """The phone goes to somebody else, or the person is not who they said."""
        return to_whoever_speaks(ctx)
