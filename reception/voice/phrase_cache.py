"""Sentences that need not be synthesised again: fixed ones on disk, personal ones in one call.

What is personal is never written: the disk holds the sentences that the practice says to everyone,
and no other is taken for it.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from livekit.agents import APIError, tts

from reception.dialogue.fixed_phrases import fixed_phrases, waiting_phrases
from reception.practice import Practice
from reception.settings import Settings
from reception.voice.phrase_store import PhraseStore
from reception.voice.recording import Recording
from reception.voice.sentences import parts_of, split

logger = logging.getLogger(__name__)

SECONDS_PREPARED = 120.0
"""So much sound of one call's own is held in its memory."""
_AT_ONCE = 2
# Half of how fast people speak: a stream that ended early sounds like less.
_LEAST_SECONDS_A_CHARACTER = 0.035


@dataclass(frozen=True)
class Voice:
    """Whose sound it is; another voice says the same text in another recording."""

    engine: str
    model: str
    name: str
    speed: float
    language: str

    def file_name(self, text: str) -> str:
        """Tells nothing of the text to whoever lists the folder."""
        return hashlib.sha256(json.dumps([*astuple(self), text]).encode()).hexdigest()

    def is_whole(self, text: str, recording: Recording) -> bool:
        """False where so little sound cannot be all of the text."""
        return recording.seconds * self.speed >= len(text) * _LEAST_SECONDS_A_CHARACTER


class PhraseCache:
    """The fixed sentences of one practice in one voice, in memory and on disk."""

    def __init__(
        self,
        voice: Voice,
        fixed: Iterable[str],
        store: PhraseStore | None = None,
        waiting: Sequence[str] = (),
    ) -> None:
        """``waiting`` are the fixed sentences with which a wait may be filled."""
        self.voice, self.fixed, self._store = voice, frozenset(fixed), store
        self._waiting = waiting
        self._sound: dict[str, Recording] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def load(self) -> int:
        """Read what is on disk and count it. Takes its time: for the start of a process."""
        if self._store is not None:
            for text in self.fixed:
                if (recording := self._store.read(self.voice.file_name(text))) is not None:
                    self._sound[text] = recording
        return len(self._sound)

    def find(self, text: str) -> Recording | None:
        return self._sound.get(text)

    def waiting(self) -> Recording | None:
        """Something to say while one waits, if any of it is there."""
        return next((sound for text in self._waiting if (sound := self.find(text))), None)

    def keep(self, text: str, recording: Recording) -> None:
        """Take a sentence that was synthesised to its end; any but a fixed one is ignored."""
        if text not in self.fixed or text in self._sound:
            return
        if not self.voice.is_whole(text, recording):
            return
        self._sound[text] = recording
        if self._store is not None:
            name = self.voice.file_name(text)
            task = asyncio.create_task(asyncio.to_thread(self._store.write, name, recording))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def settled(self) -> None:
        """Wait until all that was kept is on disk."""
        await asyncio.gather(*self._writing)


class CallPhrases:
    """What one call finds: the practice's sentences, and its own that were prepared for it."""

    def __init__(self, house: PhraseCache) -> None:
        self.house = house
        self._own: dict[str, Recording] = {}

    def find(self, text: str) -> Recording | None:
        return self.house.find(text) or self._own.get(text)

    async def prepare(self, engine: tts.TTS[Any], texts: Iterable[str]) -> None:
        """Synthesise the sentences of ``texts`` ahead, such as while the telephone rings.

        What fails is left for later: it is synthesised when it is said.
        """
        sentences = {part for text in texts for part in parts_of(text) if isinstance(part, str)}
        turns = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._prepare(engine, each, turns) for each in sorted(sentences)))

    def forget(self) -> None:
        """Nothing of the person stays."""
        self._own.clear()

    async def _prepare(self, engine: tts.TTS[Any], sentence: str, turns: asyncio.Semaphore) -> None:
        async with turns:
            if self.find(sentence) is not None or self._seconds() >= SECONDS_PREPARED:
                return
            try:
                async with engine.synthesize(sentence) as stream:
                    recording = Recording.of([audio.frame async for audio in stream])
            except APIError as error:
                logger.info("a sentence could not be prepared: %s", error.message)
                return
        self.house.keep(sentence, recording)
        if sentence not in self.house.fixed and self.house.voice.is_whole(sentence, recording):
            self._own[sentence] = recording

    def _seconds(self) -> float:
        return sum(recording.seconds for recording in self._own.values())


def open_cache(settings: Settings, practice: Practice, language: str) -> PhraseCache:
    """The cache of the voice that ``settings`` choose; without ``USE_RESPONSE_CACHE`` an empty one.

    Nothing is read yet: ``load`` does that.
    """
    engine = settings.tts_base_url or settings.openai_base_url or "openai"
    voice = Voice(engine, settings.tts_model, settings.tts_voice, settings.tts_speed, language)
    if not settings.use_response_cache:
        return PhraseCache(voice, ())
    return PhraseCache(
        voice,
        fixed_phrases(practice, language, split),
        PhraseStore(settings.response_cache_dir),
        waiting_phrases(language, split),
    )
