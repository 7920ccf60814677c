"""From text to sound, sentence by sentence: pauses as silence, what is known from memory.

No mark of a pause reaches an engine, and each sentence is synthesised while the one before it
is still being heard.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from livekit import rtc
from livekit.agents import Agent, APIError, ModelSettings, utils

from reception.voice.recording import Recording
from reception.voice.sentences import Parts
from reception.voice.session import VoiceSession

WAIT_SECONDS = 1.2
"""So long nothing may be heard before a word fills the wait."""
_AT_ONCE = 2
"""Sentences of one reply in synthesis."""


async def spoken(
    agent: Agent, text: AsyncIterable[str], settings: ModelSettings
) -> AsyncIterator[rtc.AudioFrame]:
    """The body of an agent's ``tts_node``, in a ``VoiceSession``.

    A sentence that breaks off is said once more from its beginning. Raises ``APIError`` where the
    voice fails.
    """
    if not isinstance(agent.session, VoiceSession):
        raise TypeError("only a voice session speaks")
    reply = _Reply(agent, agent.session, settings)
    reading = asyncio.create_task(reply.read(text))
    try:
        async for part in reply.parts:
            async for frame in reply.sound(part):
                yield frame
        await reading
    except APIError:
        await reply.break_off()
        raise
    finally:
        tasks = [reading, *reply.synthesising]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Sentence:
    """A sentence in synthesis, and the task that it is."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.frames = utils.aio.Chan[rtc.AudioFrame]()
        self.begun = asyncio.Event()

    def sounds(self, frame: rtc.AudioFrame) -> None:
        self.frames.send_nowait(frame)
        self.begun.set()

    def close(self) -> None:
        self.frames.close()
        self.begun.set()


class _Reply:
    """One reply on its way from text to sound."""

    def __init__(self, agent: Agent, session: VoiceSession, settings: ModelSettings) -> None:
        assert session.tts is not None  # noqa: S101 - a voice session has one
        self._agent, self._session, self._settings = agent, session, settings
        self._phrases = session.phrases
        self._rate = session.tts.sample_rate
        self.parts = utils.aio.Chan[Recording | _Sentence]()
        self.synthesising: list[asyncio.Task[None]] = []
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._now = asyncio.get_running_loop().time
        self._played, self._spoke, self._may_fill = self._now(), False, True

    async def read(self, text: AsyncIterable[str]) -> None:
        """Cut the text, and have each sentence begun as soon as it is there."""
        parts = Parts()
        try:
            async for piece in text:
                for part in parts.feed(piece):
                    self._begin(part)
            for part in parts.finish():
                self._begin(part)
        finally:
            self.parts.close()

    def _begin(self, part: str | float) -> None:
        if isinstance(part, float):
            self.parts.send_nowait(Recording.silence(part, self._rate))
        elif (known := self._phrases.find(part)) is not None and known.rate == self._rate:
            self.parts.send_nowait(known)
        else:
            sentence = _Sentence()
            self.parts.send_nowait(sentence)
            sentence.task = asyncio.create_task(self._synthesise(part, sentence))
            self.synthesising.append(sentence.task)

    async def _synthesise(self, text: str, sentence: _Sentence) -> None:
        """Speak one sentence, and keep it if it came to its end at the first attempt."""
        heard: list[rtc.AudioFrame] = []
        try:
            async with self._turns:
                try:
                    await self._attempt(text, sentence, heard)
                    if heard:
                        self._phrases.house.keep(text, Recording.of(heard))
                except APIError:
                    if not heard:
                        raise
                    await self._attempt(text, sentence, [])
        finally:
            sentence.close()

    async def _attempt(self, text: str, sentence: _Sentence, heard: list[rtc.AudioFrame]) -> None:
        async for frame in Agent.default.tts_node(self._agent, _once(text), self._settings):
            heard.append(frame)
            sentence.sounds(frame)

    async def sound(self, part: Recording | _Sentence) -> AsyncIterator[rtc.AudioFrame]:
        """A part's frames, and where they keep the caller waiting a word before them."""
        if isinstance(part, _Sentence):
            if (word := await self._word_while_waiting(part)) is not None:
                for frame in word.frames():
                    yield self._passed(frame)
            async for frame in part.frames:
                yield self._passed(frame)
            await part.task
        else:
            for frame in part.frames():
                yield self._passed(frame)

    async def _word_while_waiting(self, sentence: _Sentence) -> Recording | None:
        """Wait for the first sound. Once in a reply, something to say if it does not come."""
        ahead = max(0.0, self._played - self._now())
        try:
            async with asyncio.timeout(ahead + WAIT_SECONDS):
                await sentence.begun.wait()
        except TimeoutError:
            word = self._phrases.house.waiting() if self._may_fill else None
            self._may_fill = False
            return word if word is not None and word.rate == self._rate else None
        return None

    async def break_off(self) -> None:
        """Once all that came has been heard, count the reply as cut off, and so its question."""
        await asyncio.sleep(max(0.0, self._played - self._now()))
        speech = self._session.current_speech
        if self._spoke and speech is not None and not speech.interrupted:
            speech.interrupt(force=True)

    def _passed(self, frame: rtc.AudioFrame) -> rtc.AudioFrame:
        self._played, self._spoke = max(self._played, self._now()) + frame.duration, True
        return frame


async def _once(text: str) -> AsyncIterator[str]:
    yield text
