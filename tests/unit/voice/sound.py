"""A voice that does as a script says, and a loudspeaker that plays ten times as fast."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice import io

RATE = 24000
SECONDS_A_CHARACTER = 0.04
BREAK_SECONDS = 0.01
"""From the last sound of a connection to its end: it was on its way before."""
_SPEED = 10


@dataclass(frozen=True)
class Sound:
    """So many seconds of it, at once."""

    seconds: float


Step = Sound | float | Exception
"""Sound, seconds in which nothing comes, or what the request fails with."""


def loud(seconds: float) -> bytes:
    return b"\x11\x22" * round(seconds * RATE)


class ScriptedVoice(tts.TTS[Any]):
    """Each request takes the next script; without one the text is spoken at once, to its end."""

    model = "scripted"
    provider = "test"

    def __init__(self, *scripts: Sequence[Step]) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1
        )
        self.scripts = list(scripts)
        self.texts: list[str] = []
        self.cancelled: list[str] = []

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        self.texts.append(text)
        script = self.scripts.pop(0) if self.scripts else [Sound(len(text) * SECONDS_A_CHARACTER)]
        return _Scripted(self, text, script, conn_options)


class _Scripted(tts.ChunkedStream):
    def __init__(
        self, voice: ScriptedVoice, text: str, script: Sequence[Step], options: APIConnectOptions
    ) -> None:
        self._script, self._voice = script, voice
        super().__init__(tts=voice, input_text=text, conn_options=options)

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id="1", sample_rate=RATE, num_channels=1, mime_type="audio/pcm"
        )
        try:
            for step in self._script:
                match step:
                    case Sound(seconds):
                        output_emitter.push(loud(seconds))
                        output_emitter.flush()
                    case Exception():
                        await asyncio.sleep(BREAK_SECONDS)
                        raise step
                    case seconds:
                        await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self._voice.cancelled.append(self._input_text)
            raise


class Deaf(stt.STT[Any]):
    """Hears nothing."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(self, **options: Any) -> stt.RecognizeStream:
        return _Nothing(stt=self, conn_options=options["conn_options"])


class _Nothing(stt.RecognizeStream):
    async def _run(self) -> None:
        async for _ in self._input_ch:
            pass


class Loudspeaker(io.AudioOutput):
    """Takes all sound at once, and tells when it has been played."""

    def __init__(self) -> None:
        super().__init__(
            label="loudspeaker",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=RATE,
        )
        self.frames: list[rtc.AudioFrame] = []
        self.playing, self.paused = asyncio.Event(), asyncio.Event()
        self.first = self.last = 0.0
        """When the first and the last sound of a reply came, by the loop's clock."""
        self._began, self._seconds = 0.0, 0.0
        self._end: asyncio.TimerHandle | None = None

    @property
    def pcm(self) -> bytes:
        return b"".join(bytes(frame.data) for frame in self.frames)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._seconds:
            self._began = self.first = asyncio.get_running_loop().time()
            self.playing.set()
            self.on_playback_started(created_at=0)
        self.last = asyncio.get_running_loop().time()
        self.frames.append(frame)
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._seconds:
            loop = asyncio.get_running_loop()
            left = self._began + self._seconds / _SPEED - loop.time()
            self._end = loop.call_later(max(0.0, left), self._finish, False)

    def clear_buffer(self) -> None:
        if self._seconds:
            self._finish(True)

    def pause(self) -> None:
        super().pause()
        self.paused.set()

    def _finish(self, interrupted: bool) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
        played = min(self._seconds, (asyncio.get_running_loop().time() - self._began) * _SPEED)
        self._seconds = 0.0
        self.on_playback_finished(playback_position=played, interrupted=interrupted)


class Microphone(io.AudioInput):
    """Silence at the speed of speech, with what is put into it."""

    RATE = 16000
    SAMPLES = 320

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._next = 0.0
        self._pieces: deque[bytes] = deque()

    def hears(self, pcm: bytes) -> None:
        size = self.SAMPLES * 2
        self._pieces.extend(pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size))

    async def __anext__(self) -> rtc.AudioFrame:
        loop = asyncio.get_running_loop()
        self._next = (self._next or loop.time()) + self.SAMPLES / self.RATE
        await asyncio.sleep(max(0.0, self._next - loop.time()))
        piece = self._pieces.popleft() if self._pieces else bytes(self.SAMPLES * 2)
        return rtc.AudioFrame(piece, self.RATE, 1, self.SAMPLES)
