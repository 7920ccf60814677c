"""The greeter: finds out whether the right person is speaking, and knows nothing else."""

from typing import Any, ClassVar

from livekit.agents import RunContext, StopResponse, function_tool, llm
from livekit.agents.llm import ToolResult

from agents.base import Receptionist
from agents.handoff import HandedOver, hand_over
from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.question import Question
from reception.calls.turn import Stage
from reception.dialogue.acts import Act
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import GiveUp, Tool
from reception.dialogue.questions import ask_again
from reception.dialogue.wording import word
from tools.answer import agrees, answer
from tools.anytime import leave_to_desk
from tools.reaching import person_died, person_unavailable, wrong_number
from tools.reading import appointments_as_they_stand


class Greeter(Receptionist):
    stage = Stage.GREETER
    own_tools: ClassVar[list[Any]] = [wrong_number, person_unavailable, person_died]
    _holds = False

    def hold(self) -> "Greeter":
        """Neither speak nor answer until it is known who picked up."""
        self._holds = True
        return self

    def answer(self) -> None:
        """A person picked up: the opening line.

        Their "Hello?" has had its effect; coming late from whoever hears, it would cut us off.
        """
        self._holds = False
        self.session.clear_user_turn()
        self.session.generate_reply()

    async def on_enter(self) -> None:
        if self._holds:
            self.enter()
        else:
            await super().on_enter()

    async def on_user_turn_completed(
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> None:
        """What was said to the ringing line, or by a machine, is no turn of the customer."""
        if self._holds:
            raise StopResponse

    @function_tool
    async def to_confirmation(
        self, ctx: RunContext[Call], date_of_birth: str = ""
    ) -> HandedOver | str | ToolResult:
        """The person says that they are the one we call for.

        Args:
            date_of_birth: The date of birth that they said, YYYY-MM-DD; empty if none.
        """
        call = ctx.userdata
        if not agrees(call, Tool.TO_CONFIRMATION):
            return answer(ctx, "not yet: the closed question is asked first", ask_again(call))
        # The model's argument is on record only: what counts is the date in the person's words.
        heard = last_heard(call)
        if call.verify(heard.birth_date if heard else None):
            return await self._hand_over_verified(ctx)
        if call.birth_dates_tried >= call.practice.limits.birth_date_tries:
            return await leave_to_desk(ctx, GiveUp.NOT_VERIFIED)
        words = word(call, "birth_date.no_match", Question.BIRTH_DATE)
        return answer(ctx, "refused: not the birth date on file", words)

    async def _hand_over_verified(self, ctx: RunContext[Call]) -> HandedOver | str | ToolResult:
        opening = await appointments_as_they_stand(ctx)
        if opening is None:
            return await leave_to_desk(ctx, GiveUp.BOOK_TROUBLE)
        return hand_over(ctx, Stage.CONFIRMATION, "verified", opening)

    @function_tool
    async def to_voicemail(
        self, ctx: RunContext[Call], answered_by: str
    ) -> HandedOver | str | ToolResult:
        """No person is on the line.

        Args:
            answered_by: machine for a mailbox, screening for a service that asks who is calling.
        """
        call = ctx.userdata
        agreed = agrees(call, Tool.TO_VOICEMAIL)
        if agreed is None:
            words = word(call, "silence.ask", Question.STILL_THERE)
            return answer(ctx, "not yet: asked whether somebody is there", words)
        call.answered_by = AnsweredBy(agreed.arguments["answered_by"])
        heard = last_heard(call)
        call.takes_message = heard is None or Act.MAILBOX_FULL not in heard.acts
        reason = f"answered by {call.answered_by}"
        return hand_over(ctx, Stage.VOICEMAIL, reason, word(call, "screening"))
