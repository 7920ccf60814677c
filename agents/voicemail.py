"""Voicemail: leaves a message that reveals nothing, or gives the call to a person who comes."""

from typing import Any, ClassVar

from livekit.agents import RunContext, function_tool

from agents.base import Receptionist
from agents.handoff import HandedOver, hand_over
from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.result import Ended
from reception.calls.turn import Stage
from reception.dialogue.acts import Act
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import Tool
from reception.dialogue.questions import ask_again, introduce
from tools.answer import answer, contradicts
from tools.message import leave_message, message


class Voicemail(Receptionist):
    stage = Stage.VOICEMAIL
    own_tools: ClassVar[list[Any]] = [leave_message]

    async def on_enter(self) -> None:
        """A mailbox with room gets its message at once; a screening service hears who calls."""
        if self._call.answered_by is AnsweredBy.SCREENING:
            await super().on_enter()
            return
        self.enter()
        heard = last_heard(self._call)
        full = heard is not None and Act.MAILBOX_FULL in heard.acts
        self._call.line.hang_up(Ended.MACHINE, None if full else message(self._call))

    @function_tool
    async def to_greeter(self, ctx: RunContext[Call]) -> HandedOver | str:
        """A person has picked up."""
        call = ctx.userdata
        if contradicts(call, Tool.TO_GREETER):
            return answer(ctx, "refused: no person is speaking", ask_again(call))
        call.answered_by = AnsweredBy.PERSON
        opening = introduce(call)
        return hand_over(ctx, Stage.GREETER, "a person picked up", opening)
