"""One stream of audio as Deepgram hears it: where speech begins and ends, and what it was."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.provider.formants import Pcm
from tests.provider.voices import Voice

_FRAME_SECONDS = 0.02
_SOFTEST = 40.0
"""The effective value, in units of a sample, below which nothing is speech."""
_LOUDEST_FLOOR = 150.0
"""What a line's noise is thought to be at first, at most."""
_ONSET_FRAMES = 3
_BEFORE_FRAMES = 5
"""Frames kept from before the onset, so that a soft beginning is recognised too."""
_LONGEST_FRAMES = 1500

_logger = logging.getLogger(__name__)

Json = dict[str, Any]


@dataclass
class Listener:
    """Takes audio with ``push`` and sends messages with ``send``, in order, as time goes by.

    Time is counted in audio: who pushes faster than real time is answered sooner.
    """

    voice: Voice
    query: dict[str, str]
    request_id: str
    final_seconds: float
    pause_seconds: float
    interim_seconds: float
    send: Callable[[Json], Awaitable[None]]
    _rate: int = 0
    _rest: bytes = b""
    _frames: list[Pcm] = field(default_factory=list)
    """Of the utterance that is going on, or the last few before the next one."""
    _count: int = 0
    """All frames that came."""
    _floor: float = _LOUDEST_FLOOR
    _onset: int = 0
    _quiet: int = 0
    _interim_at: int = 0
    _speaking: bool = False
    _busy: bool = False
    _jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = field(default_factory=asyncio.Queue)
    _worker: asyncio.Task[None] | None = None
    _started: asyncio.Future[None] | None = None

    def __post_init__(self) -> None:
        self._rate = int(self.query.get("sample_rate", "16000"))
        self._worker = asyncio.create_task(self._work())

    @property
    def seconds(self) -> float:
        """How much audio came."""
        return self._count * _FRAME_SECONDS

    def push(self, data: bytes) -> None:
        """Linear16 at the query's rate."""
        size = int(self._rate * _FRAME_SECONDS) * 2
        data = self._rest + data
        whole = len(data) // size * size
        self._rest = data[whole:]
        for at in range(0, whole, size):
            self._take(np.frombuffer(data[at : at + size], np.int16))

    async def finalize(self) -> None:
        """What was heard so far is final; returns when it has been sent."""
        if self._speaking:
            self._ends(waits=0.0, from_finalize=True)
        await self._jobs.join()

    async def metadata(self) -> None:
        """The last message of a stream."""
        await self.send(
            {"type": "Metadata", "request_id": self.request_id, "duration": self.seconds}
        )

    async def aclose(self) -> None:
        """Nothing more is sent."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    def _take(self, frame: Pcm) -> None:
        """Follow the loudness: an utterance begins with 60 ms of sound, and ends with a pause."""
        loud = float(np.sqrt((frame.astype(np.float64) ** 2).mean()))
        # The floor falls at once, and rises by half in a second: a line's noise is no speech.
        self._floor = min(loud, self._floor * 1.008 + 0.1)
        sounds = loud > max(_SOFTEST, 3 * self._floor)
        self._count += 1
        self._frames.append(frame)
        if not self._speaking:
            self._onset = self._onset + 1 if sounds else 0
            del self._frames[: -_BEFORE_FRAMES - _ONSET_FRAMES]
            if self._onset >= _ONSET_FRAMES:
                self._begins()
            return
        self._quiet = 0 if sounds else self._quiet + 1
        spoken = len(self._frames) - self._quiet
        if self._quiet * _FRAME_SECONDS >= self.pause_seconds or spoken > _LONGEST_FRAMES:
            self._ends(waits=self.final_seconds - self._quiet * _FRAME_SECONDS)
        elif not self._quiet and self._interim_is_due(spoken):
            self._interim_at = spoken
            self._tell(is_final=False)

    def _interim_is_due(self, spoken_frames: int) -> bool:
        """A slow voice leaves interims out rather than be late with the final."""
        wanted = self.query.get("interim_results") == "true" and not self._busy
        seconds = (spoken_frames - self._interim_at) * _FRAME_SECONDS
        return wanted and seconds >= self.interim_seconds

    def _begins(self) -> None:
        self._speaking, self._onset, self._quiet, self._interim_at = True, 0, 0, 0
        if self.query.get("vad_events") == "true":
            timestamp = self.seconds - _ONSET_FRAMES * _FRAME_SECONDS
            started = {"type": "SpeechStarted", "channel": [0, 1], "timestamp": timestamp}
            # Not behind a result that is late.
            self._started = asyncio.ensure_future(self.send(started))

    def _ends(self, waits: float, from_finalize: bool = False) -> None:
        """Tell the result, and after it that the utterance is over, if that was asked for."""
        self._tell(is_final=True, waits=waits, from_finalize=from_finalize)
        if "utterance_end_ms" in self.query:
            quiet = self._quiet * _FRAME_SECONDS
            after = int(self.query["utterance_end_ms"]) / 1000 - max(quiet, self.final_seconds)
            last = self.seconds - quiet
            over = {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": last}

            async def tell() -> None:
                await asyncio.sleep(max(0.0, after))
                await self.send(over)

            self._jobs.put_nowait(tell)
        self._speaking, self._quiet, self._frames = False, 0, []

    def _tell(self, *, is_final: bool, waits: float = 0.0, from_finalize: bool = False) -> None:
        pcm = np.concatenate(self._frames)
        start = self.seconds - len(self._frames) * _FRAME_SECONDS
        sound = len(pcm) / self._rate - self._quiet * _FRAME_SECONDS
        due = asyncio.get_running_loop().time() + waits

        async def tell() -> None:
            text, confidence = await asyncio.to_thread(self.voice.recognise, pcm, self._rate)
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            if not text and not is_final:
                return
            message = self._results(text, confidence, start, sound)
            message |= {"is_final": is_final, "speech_final": is_final}
            await self.send(message | {"from_finalize": from_finalize})

        self._jobs.put_nowait(tell)

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            self._busy = True
            try:
                await job()
            except ConnectionError:
                pass  # The client is gone; what is left is told to nobody.
            except Exception:
                # The stream goes on without this result; the test will tell, and this why.
                _logger.exception("a result was not told")
            finally:
                self._busy = not self._jobs.empty()
                self._jobs.task_done()

    def _results(self, text: str, confidence: float, start: float, seconds: float) -> Json:
        """The message, its words spread over the sound by their length."""
        punctuated = "true" in (self.query.get("punctuate"), self.query.get("smart_format"))
        tokens = text.split()
        knots = np.cumsum([0, *(len(token) + 1 for token in tokens)]) / max(len(text) + 1, 1)
        words = []
        for number, token in enumerate(tokens):
            word: Json = {
                "word": _bare(token),
                "start": round(start + float(knots[number]) * seconds, 3),
                "end": round(start + float(knots[number + 1]) * seconds, 3),
                "confidence": confidence,
            }
            words.append(word | ({"punctuated_word": token} if punctuated else {}))
        alternative: Json = {
            "transcript": text if punctuated else " ".join(_bare(token) for token in tokens),
            "confidence": confidence,
            "words": words,
        }
        if self.query.get("language") == "multi":
            alternative["languages"] = ["en"]
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": round(start, 3),
            "duration": round(seconds, 3),
            "channel": {"alternatives": [alternative]},
            "metadata": {"request_id": self.request_id, "model_info": {"name": "simulated"}},
        }


def _bare(token: str) -> str:
    """As Deepgram writes a word that is not formatted."""
    return re.sub(r"[^\w'-]", "", token).lower()
