"""Somebody who was called: what their phone sends and hears, and what a script may have them do."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from livekit import api, rtc

from tests.line.leg import Dialled, publish_audio, tell_status
from tests.line.mouth import Mouth
from tests.line.recording import Recording
from tests.line.sounds import (
    CLEAR,
    FRAME_SECONDS,
    RATE,
    Line,
    Samples,
    Sound,
    Speak,
    Words,
    is_loud,
    on_line,
    read_wav,
)

Script = Callable[["Callee"], Awaitable[None]]
"""What a callee does from answering on. Ending it leaves them on the line, silent."""

_TOLD_SECONDS = 5.0
"""Until the SDK has told of a room that is gone, at the latest."""
_DTMF_CODES = {key: code for code, key in enumerate("0123456789*#ABCD")}


class AgentSilent(AssertionError):
    """The callee waited for the agent to speak, in vain."""


@dataclass(frozen=True)
class Event:
    """Something that happened to the call, at ``at`` seconds of it."""

    at: float
    name: str
    detail: str = ""


@dataclass(eq=False)
class Callee:
    """A person or a machine on the phone, following ``script``.

    All times are seconds of the call, whose zero is the moment at which it was dialled.
    """

    dialled: Dialled
    url: str
    """Where the room is."""
    lk: api.LiveKitAPI
    speak: Speak
    script: Script
    line: Line = CLEAR
    early_media: Sound | None = None
    recording: Recording = field(default_factory=Recording)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[Event] = field(default_factory=list)
    ended_by: str | None = None
    """Why the callee is no longer in the room, as LiveKit calls it: CLIENT_INITIATED when they
    hung up, ROOM_DELETED or PARTICIPANT_REMOVED when the agent ended it."""
    answered_at: float | None = None
    completed: bool = False
    """Whether the script came to its end, rather than being cut off by the call's."""
    digits: str = ""
    """The keys that the agent pressed."""

    def __post_init__(self) -> None:
        self._room = rtc.Room()
        self._mouth = Mouth(self.line, self.recording.now, self.recording.callee)
        self._settled = asyncio.Event()
        """Set when it is known whether the call is answered."""
        self._agent_spoke = asyncio.Event()
        self._heeded = (0.0, 0.0)
        """From when to when was what the agent is now expected to answer."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._scripted: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._hanging_up = False
        self._failure_told = False

    # What a script does.

    async def says(self, words: Words) -> float:
        """Say it all, whoever else is speaking; the moment at which it was over.

        From then on the callee listens for an answer: what the agent was saying before is none.
        """
        self._heeded = await self._mouth.say(await self._sound(words))
        return self._heeded[1]

    async def hears_agent(self, within: float = 15.0) -> float:
        """The moment at which the agent speaks, in answer to what was last said or listened to.

        Raises ``AgentSilent`` after ``within`` seconds.
        """
        try:
            async with asyncio.timeout(within):
                while (start := self.recording.agent.answers(*self._heeded)) is None:
                    self._agent_spoke.clear()
                    await self._agent_spoke.wait()
        except TimeoutError:
            since = self._heeded[1]
            raise AgentSilent(
                f"{self.number} had no answer in {within:g} s from second {since:.2f} on"
            ) from None
        return start

    async def agent_finished(self, pause: float = 0.7, within: float = 15.0) -> float:
        """The moment at which the agent had spoken, known after ``pause`` seconds of quiet.

        Raises ``AgentSilent`` if the agent does not begin ``within`` seconds.
        """
        await self.hears_agent(within)
        while True:
            last = self.recording.agent.last_spoke
            assert last is not None
            quiet = self.recording.now() - last
            if quiet >= pause:
                self._heeded = (last, last)
                return last
            await asyncio.sleep(pause - quiet)

    async def waits(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def presses(self, keys: str) -> None:
        """Press keys of the phone: 0-9, *, #, A-D. Raises ``KeyError`` for another."""
        for key in keys:
            await self._room.local_participant.publish_dtmf(code=_DTMF_CODES[key], digit=key)
            await asyncio.sleep(0.1)

    async def hangs_up(self) -> None:
        self._note("hangs up")
        self._hanging_up = True
        await self.leave()

    def stops_sending(self) -> None:
        """From now on the line carries nothing, not even silence, and stays up."""
        self._note("stops sending")
        self._mouth.open.clear()

    def sends_again(self) -> None:
        self._note("sends again")
        self._mouth.open.set()

    # What a test asks.

    @property
    def number(self) -> str:
        return self.dialled.number

    async def answers(self, within: float = 30.0) -> None:
        """Wait until they pick up. Raises ``AssertionError`` if the call is over before."""
        async with asyncio.timeout(within):
            await self._settled.wait()
        assert self.answered_at is not None, f"not answered: {self.ended_by}"

    async def ends(self, within: float = 30.0) -> None:
        """Wait until the call is over. Raises what the script raised, or ``TimeoutError``."""
        gone = asyncio.create_task(self.gone.wait())
        try:
            async with asyncio.timeout(within):
                await self._settled.wait()
                awaited = {gone, self._scripted} if self._scripted else {gone}
                await asyncio.wait(awaited, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            gone.cancel()
        self._tell_failure()

    async def completes(self, within: float = 30.0) -> None:
        """Wait until the script has come to its end or was cut off. Raises as ``ends`` does."""
        async with asyncio.timeout(within):
            await self._settled.wait()
            assert self._scripted is not None, f"not answered: {self.ended_by}"
            await asyncio.wait({self._scripted})
        self._tell_failure()

    def _tell_failure(self) -> None:
        script = self._scripted
        if script is not None and script.done() and not script.cancelled():
            self._failure_told = True
            script.result()

    # What the phone network does with them.

    async def join(self) -> None:
        self._room.on("disconnected", self._on_disconnected)
        self._room.on("track_subscribed", self._on_track)
        self._room.on("sip_dtmf_received", self._on_dtmf)
        await self._room.connect(self.url, self.dialled.token)
        await publish_audio(self._room, self._mouth.source)
        self._note("joined")
        if self.early_media is not None:
            self._mouth.background = on_line(self.early_media)
        self._spawn(self._mouth.run(until=self.gone))

    async def status(self, status: str) -> None:
        await tell_status(self.lk, self.dialled, status)
        self._note(status)

    async def answer(self) -> None:
        await self.status("active")
        if self.gone.is_set():
            return
        self._mouth.background = None
        self.answered_at = self.recording.now()
        self._heeded = (self.answered_at, self.answered_at)
        self._scripted = self._spawn(self._follow_script())
        self._settled.set()

    async def leave(
        self, reason: rtc.DisconnectReason.ValueType = rtc.DisconnectReason.CLIENT_INITIATED
    ) -> None:
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(reason))
        # A hang-up that was cut off half-way would leave the room in between.
        await asyncio.shield(self._leaving)

    async def close(self) -> None:
        await self.leave()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await self._mouth.source.aclose()
        if self._failure_told:
            return
        failures = [failure for failure in results if isinstance(failure, Exception)]
        if failures:
            raise ExceptionGroup(f"the callee {self.number}", failures)

    # How it is done.

    async def _leave(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if self._room.isconnected():
            await tell_status(self.lk, self.dialled, "hangup")
        await self._room.disconnect(reason=reason)
        # Of a room that we leave ourselves the SDK does not always tell.
        self._on_disconnected(reason)

    async def _follow_script(self) -> None:
        await self.script(self)
        self.completed = True
        self._note("script completed")

    async def _sound(self, words: Words) -> Sound:
        match words:
            case str():
                # A voice may take its time; the line must go on meanwhile.
                return await asyncio.to_thread(self.speak, words)
            case Path():
                return read_wav(words)
            case _:
                return words

    async def _listen(self, track: rtc.RemoteTrack) -> None:
        try:
            stream = rtc.AudioStream.from_track(
                track=track,
                sample_rate=RATE,
                num_channels=1,
                frame_size_ms=int(FRAME_SECONDS * 1000),
            )
        except AssertionError:
            # The SDK's word for a track that went with its room before we were told of either.
            async with asyncio.timeout(_TOLD_SECONDS):
                await self.gone.wait()
            return
        try:
            async for event in stream:
                self._hear(np.frombuffer(event.frame.data, np.int16).copy(), track.sid)
        finally:
            await stream.aclose()

    def _hear(self, samples: Samples, source: str) -> None:
        at = self.recording.now() - len(samples) / RATE
        # Before somebody picks up, nobody hears.
        if self.answered_at is None or at < self.answered_at:
            return
        spoken = is_loud(samples)
        self.recording.agent.add(at, samples, spoken=spoken, source=source)
        if spoken:
            self._agent_spoke.set()

    def _on_track(self, track: rtc.RemoteTrack) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._spawn(self._listen(track))

    def _on_dtmf(self, dtmf: rtc.SipDTMF) -> None:
        self.digits += dtmf.digit

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if self.gone.is_set():
            return
        self.ended_by = rtc.DisconnectReason.Name(reason)
        self._note("gone", self.ended_by)
        self.gone.set()
        self._settled.set()
        # A script that hangs up ends by itself; any other is cut off.
        if self._scripted is not None and not self._hanging_up:
            self._scripted.cancel()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        return task

    def _note(self, name: str, detail: str = "") -> None:
        self.events.append(Event(self.recording.now(), name, detail))
