"""One call, given to a worker and followed to its outcome."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from enum import StrEnum

import aiohttp
from livekit import api
from opentelemetry.trace import SpanKind

from reception.appointments.book import AppointmentBook
from reception.calls.abandoned import settle_abandoned
from reception.calls.evidence import LineReport
from reception.calls.ledger import Ledger
from reception.calls.records import PlacedCall, SettledCall
from reception.calls.result import Ended, Ending
from reception.calls.settle import settle_unmade
from reception.line.room import PATIENCE_SECONDS, delete_room, room_name
from reception.telemetry import attributes as names
from reception.telemetry.tracing import span, trace_parent

CLAIM_SECONDS = 15.0
"""A worker that is free takes a call within a second. LiveKit says nothing when none is."""
_LOOK_SECONDS = 0.5
_LOOK_FOR_DEAD_EVERY = 10


class NotDispatchedError(Exception):
    """LiveKit did not take the call; the text says why."""


class Progress(StrEnum):
    """Where a dispatched call stands."""

    DISPATCHED = "dispatched"
    TAKEN = "taken"
    SETTLED = "settled"


@dataclass(frozen=True)
class Dispatcher:
    """Gives calls to the workers that go by ``agent_name``."""

    lkapi: api.LiveKitAPI
    ledger: Ledger
    book: AppointmentBook
    agent_name: str

    async def dispatch(self, call: PlacedCall) -> None:
        """Write the call down and ask for a worker; only the call's id leaves us.

        Raises ``NotDispatchedError`` (the call is settled as failed) and ``DatabaseError``.
        """
        # The worker's part is as long as the call, and so no part of this.
        placed = replace(call, trace_parent=trace_parent())
        with span("dispatch", {names.REHEARSAL: call.rehearsal}, kind=SpanKind.PRODUCER):
            await self._dispatch(placed)

    async def _dispatch(self, call: PlacedCall) -> None:
        await self.ledger.place_call(call)
        request = api.CreateAgentDispatchRequest(
            agent_name=self.agent_name, room=room_name(call.id), metadata=call.id
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.lkapi.agent_dispatch.create_dispatch(request)
        except (api.TwirpError, aiohttp.ClientError, TimeoutError) as error:
            why = error.code if isinstance(error, api.TwirpError) else type(error).__name__
            await self._fail(call, f"LiveKit did not take the call: {why}")
            raise NotDispatchedError(f"LiveKit did not take the call ({why}).") from error

    async def follow(self, call: PlacedCall) -> AsyncIterator[Progress]:
        """Say each time that the call gets further, up to its outcome.

        A call that nobody takes, or whose process dies, is settled here. Raises ``DatabaseError``
        and ``BookError``.
        """
        yield Progress.DISPATCHED
        if not await self._claimed(call):
            await self._fail(call, "no worker took the call")
            yield Progress.SETTLED
            return
        yield Progress.TAKEN
        looks = 0
        while await self.ledger.settled(call.id) is None:
            await asyncio.sleep(_LOOK_SECONDS)
            looks += 1
            if looks % _LOOK_FOR_DEAD_EVERY == 0 and call.id in await settle_abandoned(
                self.ledger, self.book
            ):
                await delete_room(self.lkapi, room_name(call.id))
        yield Progress.SETTLED

    async def outcome(self, call: PlacedCall) -> SettledCall | None:
        return await self.ledger.settled(call.id)

    async def _claimed(self, call: PlacedCall) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + CLAIM_SECONDS
        while not await self.ledger.claimed(call.id):
            if loop.time() >= until:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    async def _fail(self, call: PlacedCall, reason: str) -> None:
        """Nobody may take the call any more, and it has failed."""
        await settle_unmade(self.ledger, call, Ending(Ended.FAILED, LineReport(reason=reason)))
        await delete_room(self.lkapi, room_name(call.id))
