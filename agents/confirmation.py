"""Confirmation: will they come? It may also cancel, and sends a wish for another time on."""

from typing import Any, ClassVar

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from agents.base import Receptionist
from agents.handoff import HandedOver, hand_over, to_whoever_speaks
from reception.appointments.models import Wish
from reception.calls.call import Call
from reception.calls.turn import Stage
from reception.dialogue.choosing import wished
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import Tool
from reception.dialogue.questions import about_all, ask_again, late_note
from reception.dialogue.wording import word
from tools.answer import answer, contradicts, nothing_noted
from tools.changing import cancel_appointment, confirm_appointment, not_theirs_to_change
from tools.times import offer


class Confirmation(Receptionist):
    stage = Stage.CONFIRMATION
    own_tools: ClassVar[list[Any]] = [confirm_appointment, cancel_appointment]

    @function_tool
    async def to_rescheduling(self, ctx: RunContext[Call]) -> HandedOver | str | ToolResult:
        """The person wants another time."""
        call = ctx.userdata
        if contradicts(call, Tool.TO_RESCHEDULING):
            return answer(ctx, "refused: they said something else", ask_again(call))
        appointment = call.subject
        if not call.may_change(appointment):
            return await not_theirs_to_change(ctx, appointment)
        call.moving = appointment.id
        heard = last_heard(call)
        words = await offer(ctx, wished(call, heard) or Wish())
        if words is None:
            return await nothing_noted(ctx)
        if not call.offered:
            call.moving = None
            return answer(ctx, "no time to offer", words)
        if (note := late_note(call, appointment)) is not None:
            words = note + words
        if heard is not None and about_all(call, all_of_them=heard.all_of_them):
            words = word(call, "attend.one_by_one") + words
        return hand_over(ctx, Stage.RESCHEDULING, "wants another time", words)

    @function_tool
    async def to_greeter(self, ctx: RunContext[Call]) -> HandedOver | str:
        """The phone goes to somebody else, or the person is not who they said."""
        return to_whoever_speaks(ctx)
