"""A call on a line, dialled or in a room that somebody joins: from its claim to its outcome."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from livekit import rtc
from livekit.agents import JobContext
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions

from agents.greeter import Greeter
from agents.meeting import meet
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy, LineReport
from reception.calls.ledger import CallTakenError, Ledger
from reception.calls.opening import call_about
from reception.calls.permission import ask_permission
from reception.calls.records import PlacedCall
from reception.calls.result import Ended, Ending
from reception.calls.settle import settle_unmade
from reception.database import Database
from reception.dialogue.fixed_phrases import greeting_phrases
from reception.dialogue.questions import introduce
from reception.dialogue.wording import brief_facts, language_of, word
from reception.line.answer import Answer, listening, who_answered
from reception.line.dial import CUSTOMER, dial, transfer
from reception.line.hang_up import HangUp
from reception.line.heartbeat import keep_alive
from reception.line.limits import limit_length
from reception.line.presence import watch_presence, watch_room
from reception.line.quality import watch_quality
from reception.line.room import delete_room
from reception.line.silence import Silence
from reception.practice import Practice
from reception.settings import Settings
from reception.telemetry.tracing import carried_out
from reception.voice.phrase_cache import PhraseCache
from reception.voice.pipeline import (
    hearing,
    keyterms,
    noise_cancellation,
    speaking,
    turn_detector,
    voice_activity,
)
from reception.voice.sentences import split
from reception.voice.session import VoiceSession, mind, voice_session

logger = logging.getLogger(__name__)

JOIN_SECONDS = 60.0
"""Patience with whoever wants to rehearse a call and has not joined the room."""


@dataclass(frozen=True)
class House:
    """What every call of a worker shares."""

    settings: Settings
    practice: Practice
    database: Database
    phrases: Mapping[str, PhraseCache]
    """By language."""

    @property
    def book(self) -> SqlBook:
        return SqlBook(self.database, self.practice)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.database, self.book.now)


async def carry_out(ctx: JobContext, house: House) -> None:
    """Carry out the call that the job's metadata names; once, and only if it may be made."""
    try:
        placed = await house.ledger.claim(ctx.job.metadata)
    except CallTakenError as taken:
        logger.warning("nothing to do: %s", taken)
        return
    with carried_out(placed.id, placed.trace_parent):
        if placed.rehearsal or await _permitted(house, placed):
            await _hold(ctx, house, placed)


async def _hold(ctx: JobContext, house: House, placed: PlacedCall) -> None:
    room = ctx.room.name
    hang_up = HangUp(
        drop=lambda: delete_room(ctx.api, room),
        transfer=None if placed.rehearsal else lambda number: transfer(ctx.api, room, number),
    )
    appointments = [await house.book.appointment(one) for one in placed.appointment_ids]
    call = await call_about(
        placed.id,
        appointments,
        practice=house.practice,
        book=house.book,
        ledger=house.ledger,
        line=hang_up,
    )
    await PhoneCall(ctx, house, call, hang_up).hold(rehearsal=placed.rehearsal)


async def _permitted(house: House, placed: PlacedCall) -> bool:
    """Asked again, in the moment before the number is dialled."""
    permission = await ask_permission(
        house.ledger, house.book, placed.phone, placed.appointment_ids
    )
    if permission.rule is None:
        return True
    logger.warning("the call is not made: %s", permission.rule)
    reason = f"{permission.rule}: {permission.reason}"
    await settle_unmade(house.ledger, placed, Ending(Ended.NOT_DIALLED, LineReport(reason=reason)))
    return False


class PhoneCall:
    """One call, from the moment when it may be made."""

    def __init__(self, ctx: JobContext, house: House, call: Call, hang_up: HangUp) -> None:
        self._ctx, self._house, self._call, self._hang_up = ctx, house, call, hang_up
        self._session = _session(call, house)
        self._opening = introduce(call)
        self._greeter = Greeter(call, self._opening).hold()
        self._tasks: list[asyncio.Task[None]] = []
        self._silence: Silence | None = None

    async def hold(self, *, rehearsal: bool) -> None:
        """Hold the call to its end, whatever happens; then its outcome is written."""
        self._hang_up.attach(self._call, self._session)
        self._ctx.add_shutdown_callback(self._told_to_stop)
        reach = self._wait_for_somebody if rehearsal else self._dial
        self._start(keep_alive(self._call), "keep_alive")
        self._start(self._hang_up.or_fail(reach()), "reach")
        try:
            await self._hang_up.over()
        finally:
            if self._silence is not None:
                self._silence.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _told_to_stop(self) -> None:
        """The worker ends and waits no longer."""
        self._hang_up.hang_up(Ended.LIMIT, word(self._call, "give_up.limit"))
        await self._hang_up.ended()

    async def _begin(self, identity: str) -> None:
        """Join the room and listen to ``identity``; from now on the end of the room is noticed."""
        room, session, call = self._ctx.room, self._session, self._call
        watch_room(room, self._hang_up)
        watch_quality(room, identity, session, call, self._hang_up)
        heard = AudioInputOptions(
            # Each piece waits until it is full; the usual 50 ms are heard as a pause.
            frame_size_ms=20,
            noise_cancellation=noise_cancellation(self._house.settings),
        )
        options = RoomOptions(
            participant_identity=identity,
            audio_input=heard,
            # Whoever leaves is noticed by ``watch_presence``, whatever the reason.
            close_on_disconnect=False,
        )
        await session.start(self._greeter, room=room, room_options=options)

    async def _dial(self) -> None:
        await self._ctx.connect()
        await self._begin(CUSTOMER)
        self._start(self._prepare(), "prepare")
        async with listening(self._session, self._call, CUSTOMER) as detector:
            unanswered = await dial(
                self._ctx.api,
                trunk=self._house.settings.sip_trunk_id or "",
                number=self._call.brief.phone,
                room=self._ctx.room.name,
                longest=timedelta(seconds=self._call.practice.limits.seconds),
            )
            if unanswered is not None:
                self._hang_up.hang_up(unanswered.ended, report=unanswered.report)
                return
            self._answered(CUSTOMER)
            answer = await who_answered(detector)
        await meet(answer, self._session, self._greeter, self._ctx.room)

    async def _prepare(self) -> None:
        """Whoever says hello hears us at once: the opening line is made while it rings.

        Then what addresses them by name, which answers begin with.
        """
        voice, call = self._session.tts, self._call
        assert voice is not None  # noqa: S101 - a voice session has one
        await self._session.phrases.prepare(voice, [self._opening.text])
        greetings = greeting_phrases(brief_facts(call), language_of(call), split)
        await self._session.phrases.prepare(voice, greetings)

    async def _wait_for_somebody(self) -> None:
        """A rehearsal: the same agents, for whoever joins the room."""
        await self._ctx.connect()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                somebody = await self._ctx.wait_for_participant(
                    kind=rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
                )
        except TimeoutError:
            reason = LineReport(reason="nobody joined the room")
            self._hang_up.hang_up(Ended.NO_ANSWER, report=reason)
            return
        await self._begin(somebody.identity)
        self._answered(somebody.identity)
        await meet(Answer(AnsweredBy.PERSON), self._session, self._greeter, self._ctx.room)

    def _answered(self, identity: str) -> None:
        """Somebody or something is on the line: they may leave, and time is counted."""
        self._call.answered_at = self._call.now()
        watch_presence(self._ctx.room, identity, self._hang_up)
        idle = self._house.settings.max_idle_time
        self._silence = Silence(self._session, self._call, self._hang_up, idle=idle)
        self._silence.watch()
        self._start(limit_length(self._call), "limit_length")


def _session(call: Call, house: House) -> VoiceSession:
    settings = house.settings
    return voice_session(
        call,
        mind(call, settings),
        hearing(settings, keyterms(call)),
        speaking(settings),
        activity=voice_activity(),
        detector=turn_detector(),
        phrases=house.phrases[language_of(call)],
    )
