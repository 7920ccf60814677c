"""The line in text: a person at a keyboard, a pipe or a test stands for the customer."""

import asyncio

from livekit.agents import Agent, AgentSession

from reception.calls.call import Call
from reception.calls.turn import Speaker
from reception.line.hang_up import HangUp
from reception.line.limits import limit_length


class TextLine:
    """One call in text. Each method returns when the agent has said what it had to say."""

    def __init__(self, call: Call, session: AgentSession[Call], hang_up: HangUp) -> None:
        self._call, self._session, self._hang_up = call, session, hang_up
        self._limit: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        return self._hang_up.ending

    async def begin(self, agent: Agent) -> None:
        """Somebody picks up: the first agent speaks."""
        self._call.answered_at = self._call.now()
        await (await self._session.start(agent, capture_run=True))
        self._limit = asyncio.create_task(limit_length(self._call), name="limit_length")

    async def says(self, text: str) -> None:
        """The customer says ``text``; an empty text is silence."""
        if text.strip():
            await self._session.run(user_input=text.strip())
        else:
            self._call.said(Speaker.CUSTOMER, "")
            await self._session.generate_reply()
        if self.ended:
            await self._hang_up.ended()

    async def hangs_up(self) -> None:
        """The customer hangs up."""
        self._hang_up.left()
        await self.close()

    async def close(self) -> None:
        """Wait for the end of a call that is ending. Raises what kept it from being written."""
        try:
            await self._hang_up.ended()
        finally:
            if self._limit is not None:
                self._limit.cancel()
            await self._session.aclose()
