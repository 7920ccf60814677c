"""Voices on the line, and for how long: the silence after a sound is no part of it.

Silero counts on until it is sure that the sound is over. A cough of 150 ms would pass for 400, and
interrupt us.
"""

import asyncio
from dataclasses import replace

from livekit.agents import inference, utils, vad

# The least that the turn detector can work with, and long enough not to end a turn in a word.
SILENCE_SECONDS = 0.25
_PROBABLY = 0.5


class VoiceActivity(vad.VAD):
    """``inner``, with the length of a sound so far counted by the windows that hold a voice."""

    def __init__(self, inner: inference.VAD, min_silence_duration: float) -> None:
        """``min_silence_duration``: the seconds after which ``inner`` takes a sound for over."""
        super().__init__(capabilities=inner.capabilities)
        self.inner, self.min_silence_duration = inner, min_silence_duration

    @property
    def model(self) -> str:
        return self.inner.model

    @property
    def provider(self) -> str:
        return self.inner.provider

    def break_after(self, seconds: float) -> None:
        """From now on so much silence makes a sound over. Not for the turn detector's turns."""
        self.inner.update_options(min_silence_duration=seconds)

    def stream(self) -> vad.VADStream:
        return _Stream(self)


class _Stream(vad.VADStream):
    def __init__(self, activity: VoiceActivity) -> None:
        self._inner, self._voiced = activity.inner.stream(), 0.0
        super().__init__(activity)

    async def _main_task(self) -> None:
        passing_on = asyncio.create_task(self._pass_on())
        try:
            async for event in self._inner:
                self._event_ch.send_nowait(self._counted(event))
        finally:
            await utils.aio.cancel_and_wait(passing_on)
            await self._inner.aclose()

    async def _pass_on(self) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, self._FlushSentinel):
                self._inner.flush()
            else:
                self._inner.push_frame(frame)
        self._inner.end_input()

    def _counted(self, event: vad.VADEvent) -> vad.VADEvent:
        if event.type is not vad.VADEventType.INFERENCE_DONE:
            return event
        if event.probability >= _PROBABLY:
            self._voiced += self._vad.capabilities.update_interval
        elif not event.speaking:
            self._voiced = 0.0
        return replace(event, speech_duration=self._voiced if event.speaking else 0.0)
