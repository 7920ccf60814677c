"""Voicemail: leaves a message that reveals nothing, or gives the call to a person who comes."""

from typing import Any, ClassVar

from livekit.agents import RunContext, StopResponse, function_tool, llm

from agents.base import Receptionist
from agents.handoff import HandedOver, hand_over
from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.result import Ended
from reception.calls.turn import Stage
from reception.dialogue.moves import Tool
from reception.dialogue.policy.voicemail import asks_to_wait
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
        call = self._call
        call.line.hang_up(Ended.MACHINE, message(call) if call.takes_message else None)

    async def on_user_turn_completed(
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> None:
        """Whoever only asks us to wait is not told once more who is calling."""
        call = self._call
        if call.asked_with("screening") and asks_to_wait(call, new_message.text_content or ""):
            raise StopResponse

    @function_tool
    async def to_greeter(self, ctx: RunContext[Call]) -> HandedOver | str:
        """A person has picked up."""
        call = ctx.userdata
        if contradicts(call, Tool.TO_GREETER):
            return answer(ctx, "refused: no person is speaking", ask_again(call))
        call.answered_by = AnsweredBy.PERSON
        opening = introduce(call)
        return hand_over(ctx, Stage.GREETER, "a person picked up", opening)
