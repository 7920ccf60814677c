"""The telephone exchange: who is at a number, who is called, who is put through."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from livekit import api

from tests.line import sip_status
from tests.line.callee import Callee, Script
from tests.line.callee_process import ProcessCallee
from tests.line.leg import Dialled, Leg
from tests.line.livekit_server import LiveKitServer
from tests.line.sounds import CLEAR, Line, Sound, Speak

DIAL_SECONDS = 0.1
"""Until the other end rings, or refuses: the room sees that it is dialling."""

BYE_SECONDS = 0.05
"""From a transfer's success to the end of the leg that was transferred."""


@dataclass(frozen=True)
class Process:
    """A callee in a process of their own, see ``tests.line.callee_process``."""

    greeting: str
    dies_after: float | None


@dataclass(frozen=True)
class Phone:
    """What happens when a number is dialled. ``tests.line.callees`` has one for each case."""

    picks_up: Script | Process | None = None
    """Who picks up, and what they do. None for nobody, which needs ``refused`` or no end of rings.

    To the other end of a transfer it makes no difference: nobody listens there.
    """
    rings: float | None = 0.2
    """Seconds until it is picked up or refused; None when nobody ever does either."""
    refused: int | None = None
    """The SIP status that it is refused with."""
    line: Line = CLEAR
    early_media: Sound | None = None
    """What the agent hears while it rings, over and over; by default silence."""


@dataclass(frozen=True)
class Ringing:
    """A call on its way."""

    leg: Leg
    outcome: "asyncio.Task[int | None]"
    """None for the answer, or the SIP status of a call that did not come about."""


@dataclass(frozen=True)
class Transfer:
    """A transfer that the agent asked for, and the SIP status that it was refused with."""

    room: str
    identity: str
    number: str
    refused: int | None


async def _nobody(callee: Callee) -> None:
    raise AssertionError(f"nobody picks up {callee.number}, and yet it was answered")


_Result = TypeVar("_Result")
_NOT_ASSIGNED = Phone(rings=0.0, refused=sip_status.BAD_NUMBER)


@dataclass
class Exchange:
    """Phones, and the calls to them. Leaving it to ``close`` ends whatever goes on."""

    server: LiveKitServer
    speak: Speak
    dials: list[Dialled] = field(default_factory=list)
    """Every call that was asked for, in order."""
    transfers: list[Transfer] = field(default_factory=list)
    """Every transfer that came to its end, in order."""

    lk: api.LiveKitAPI = field(init=False)
    """A client of the server."""

    def __post_init__(self) -> None:
        self._phones: dict[str, list[Phone]] = {}
        self._legs: list[Leg] = []
        self._joined = asyncio.Condition()
        self._handed_out: dict[str, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[Any]] = set()

    def phone(self, number: str, *phones: Phone) -> None:
        """Each dial of the number takes the next of ``phones``; the last stays for all that follow.

        A number without one is not assigned: 404.
        """
        assert phones, "a number needs a phone"
        self._phones[number] = list(phones)

    async def callee(self, number: str, within: float = 20.0) -> Callee:
        """Who was called at the number, as soon as they are in the room: at first the first.

        Asked again, it is the next who is called there. Raises ``TimeoutError``.
        """
        leg = await self._leg(number, within)
        assert isinstance(leg, Callee), "ask for callee_process"
        return leg

    async def callee_process(self, number: str, within: float = 20.0) -> ProcessCallee:
        """The same for a callee in a process of their own."""
        leg = await self._leg(number, within)
        assert isinstance(leg, ProcessCallee), "ask for callee"
        return leg

    async def dial(self, dialled: Dialled) -> "Ringing":
        """Bring the callee into the room, and let it ring there."""
        self.dials.append(dialled)
        phone = self._take(dialled.number)
        leg = self._new_leg(phone, dialled)
        self._legs.append(leg)
        joining = self._spawn(self._join(leg))
        try:
            # A join that was cut off half-way would leave a ghost in the room.
            await asyncio.shield(joining)
        except asyncio.CancelledError:
            self._spawn(_leave_after(joining, leg))
            raise
        return Ringing(leg, self._spawn(self._ring(leg, phone)))

    def give_up(self, leg: Leg) -> None:
        """Ring no more, and leave the room."""
        self._spawn(leg.leave())

    async def transfer(self, room: str, identity: str, number: str, limit: float) -> int | None:
        """Put a callee through to a number: None, or the SIP status of the refusal.

        Raises ``LookupError`` when they are not on the line.
        """
        leg = self._on_the_line(room, identity)
        refused = await _outcome(leg, self._take(number), limit)
        self.transfers.append(Transfer(room, identity, number, refused))
        if refused is None:
            self._spawn(_limit(leg, BYE_SECONDS))
        return refused

    async def close(self) -> None:
        """End all calls. Raises what went wrong in the callees."""
        await _cancelled(self._tasks)
        ends = await asyncio.gather(*(leg.close() for leg in self._legs), return_exceptions=True)
        failures = [failure for failure in ends if isinstance(failure, Exception)]
        if failures:
            raise ExceptionGroup("on the phone", failures)

    def _take(self, number: str) -> Phone:
        phones = self._phones.get(number, [_NOT_ASSIGNED])
        return phones.pop(0) if len(phones) > 1 else phones[0]

    def _new_leg(self, phone: Phone, dialled: Dialled) -> Leg:
        url = self.server.url
        match phone.picks_up:
            case Process(greeting, dies_after):
                return ProcessCallee(dialled, url, self.lk, self.speak, greeting, dies_after)
            case script:
                script = script or _nobody
                return Callee(
                    dialled, url, self.lk, self.speak, script, phone.line, phone.early_media
                )

    async def _join(self, leg: Leg) -> None:
        await leg.join()
        async with self._joined:
            self._joined.notify_all()

    async def _ring(self, leg: Leg, phone: Phone) -> int | None:
        await asyncio.sleep(DIAL_SECONDS)
        if phone.rings != 0.0 and not leg.gone.is_set():
            await leg.status("ringing")
        refused = await _outcome(leg, phone, leg.dialled.ringing_seconds)
        if refused is not None:
            await leg.leave(sip_status.leaving_with(refused))
            return refused
        await leg.answer()
        if leg.dialled.longest_seconds is not None:
            self._spawn(_limit(leg, leg.dialled.longest_seconds))
        return None

    def _on_the_line(self, room: str, identity: str) -> Leg:
        for leg in self._legs:
            there = (leg.dialled.room, leg.dialled.identity) == (room, identity)
            if there and not leg.gone.is_set():
                return leg
        raise LookupError(f"{identity} is not on the line in {room}")

    async def _leg(self, number: str, within: float) -> Leg:
        async with asyncio.timeout(within), self._joined:
            index = self._handed_out[number]
            await self._joined.wait_for(lambda: len(self._at(number)) > index)
            self._handed_out[number] += 1
            return self._at(number)[index]

    def _at(self, number: str) -> list[Leg]:
        return [leg for leg in self._legs if leg.dialled.number == number]

    def _spawn(self, coroutine: Coroutine[Any, Any, _Result]) -> "asyncio.Task[_Result]":
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        return task


async def _outcome(leg: Leg, phone: Phone, limit: float) -> int | None:
    """What comes of ringing: None for an answer, or a SIP status. ``limit`` is in seconds."""
    forever = phone.rings is None or phone.rings > limit
    if await _gone_within(leg, limit if phone.rings is None else min(phone.rings, limit)):
        return sip_status.CANCELLED
    return sip_status.TIMED_OUT if forever else phone.refused


async def _leave_after(joining: "asyncio.Task[None]", leg: Leg) -> None:
    await asyncio.wait({joining})
    await leg.leave()


async def _gone_within(leg: Leg, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await leg.gone.wait()
    except TimeoutError:
        return False
    return True


async def _limit(leg: Leg, seconds: float) -> None:
    """End the call after ``seconds``, if it has not ended before."""
    if not await _gone_within(leg, seconds):
        await leg.leave()


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
