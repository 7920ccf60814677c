"""One way to hang up. Whoever calls first decides why; everybody may wait for the same end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

from livekit.agents import AgentSession, CloseEvent

from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy, LineReport, MessagePlayed
from reception.calls.result import Ended, Ending
from reception.calls.settle import settle
from reception.calls.turn import Words
from reception.dialogue.pauses import without_pauses
from reception.telemetry import attributes as names
from reception.telemetry.tracing import span
from reception.voice.saying import say

logger = logging.getLogger(__name__)

TRANSFER_SECONDS = 25.0
"""Patience with whoever a call is put through to."""

HEARD_AFTER_SECONDS = 0.7
"""From the end of words to their transcript."""

LAST_WORDS_SECONDS = 30.0
"""Patience with the playout of the last words; the longest message takes about 25 seconds."""


class HangUp:
    """Ends one call: last words to their end, line dropped, outcome written, session closed.

    The line goes before the session closes, or a slow tool would keep the customer on it; the
    session closes without draining, or it would speak what is still queued after the goodbye.
    """

    def __init__(
        self,
        drop: Callable[[], Awaitable[object]],
        transfer: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        self._drop = drop
        self._transfer = transfer
        self._gone = asyncio.Event()
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._on_line: tuple[Call, AgentSession[Call]] | None = None
        self._context: Context | None = None

    def attach(self, call: Call, session: AgentSession[Call]) -> None:
        """From now on this is the way in which ``call`` ends."""
        self._on_line = call, session
        # Whoever hangs up, in whatever event or tool: the end belongs to the call.
        self._context = copy_context()
        session.on("close", self._closed)

    @property
    def ending(self) -> bool:
        return self._task is not None

    def hang_up(
        self, ended: Ended, last_words: Words | None = None, report: LineReport | None = None
    ) -> None:
        """Begin to end the call. Synchronous, so that two in one tick cannot both win.

        Never wait for the end inside a tool: the end waits for the tool's speech to give way.
        """
        if self._task is None:
            ending = Ending(ended, report)
            self._task = asyncio.create_task(
                self._end(ending, last_words), name="hang_up", context=self._context
            )
            self._begun.set()

    @property
    def can_transfer(self) -> bool:
        return self._transfer is not None

    async def transfer(self, number: str) -> bool:
        """Put the customer through to ``number``; False where nobody takes the call in time."""
        if self._transfer is None:
            return False
        try:
            async with asyncio.timeout(TRANSFER_SECONDS):
                return await self._transfer(number)
        except TimeoutError:
            return False

    def left(self) -> None:
        """The other side hung up: nobody is there to say goodbye to."""
        self._gone.set()
        self.hang_up(Ended.HUNG_UP)

    def dropped(self, reason: str) -> None:
        """The line broke, or something of ours did: nobody can be said goodbye to."""
        self._gone.set()
        self.hang_up(Ended.DROPPED, report=LineReport(reason=reason))

    async def ended(self) -> None:
        """Wait for a call that is ending. Raises what kept its outcome from being written."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def or_fail(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work``. A call that breaks in our hands ends, and says so, like any other."""
        try:
            await work
        except Exception as error:
            logger.exception("the call broke")
            reason = f"broke: {type(error).__name__}"
            self.hang_up(Ended.FAILED, report=LineReport(reason=reason))

    async def over(self) -> None:
        """Wait until the call begins to end, and then as ``ended`` does."""
        await self._begun.wait()
        await self.ended()

    @property
    def _attached(self) -> tuple[Call, AgentSession[Call]]:
        if self._on_line is None:
            raise RuntimeError("attach the call before it ends")
        return self._on_line

    def _closed(self, event: CloseEvent) -> None:
        """The session closed by itself; after a hang-up this is only its echo."""
        self._gone.set()
        if not self.ending:
            logger.error("the session closed by itself: %s", event.reason.value)
        self.hang_up(Ended.DROPPED)

    async def _end(self, ending: Ending, last_words: Words | None) -> None:
        call, session = self._attached
        try:
            with span("hang_up", {names.ENDED: ending.ended}):
                try:
                    if last_words is not None and not self._gone.is_set():
                        await self._say(call, session, last_words)
                finally:
                    await self._drop()
        finally:
            try:
                await settle(call, await _who_hung_up(call, ending))
            finally:
                session.shutdown(drain=False)

    async def _say(self, call: Call, session: AgentSession[Call], words: Words) -> None:
        """Say the last words to their end, or until nobody is there to hear them."""
        try:
            await session.interrupt(force=True)
            speech = say(session, words, interruptible=False)
        except RuntimeError:
            logger.info("the session closed before the last words")
            return
        heard = asyncio.ensure_future(speech.wait_for_playout())
        gone = asyncio.ensure_future(self._gone.wait())
        await asyncio.wait(
            (heard, gone), timeout=LAST_WORDS_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        gone.cancel()
        if not heard.done() or speech.interrupted:
            heard.cancel()
            return
        if call.answered_by is AnsweredBy.MACHINE:
            call.message = MessagePlayed(AnsweredBy.MACHINE, without_pauses(words.text))


async def _who_hung_up(call: Call, ending: Ending) -> Ending:
    """A machine that hangs up says so in what it said last, which may not be heard quite yet."""
    if ending.ended is not Ended.HUNG_UP:
        return ending
    if call.answered_by is None and not call.turns:
        await asyncio.sleep(HEARD_AFTER_SECONDS)
    match call.answered_by:
        case AnsweredBy.SCREENING:
            return Ending(Ended.SCREENED)
        case AnsweredBy.MACHINE:
            return Ending(Ended.MACHINE)
        case AnsweredBy.PERSON | None:
            return ending
