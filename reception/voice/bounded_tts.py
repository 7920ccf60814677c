"""Bounds on a voice that a caller can bear: how long it may stay silent before and within speech.

The framework's time-outs reach the connection only, so a provider that takes a request and sends
nothing is waited for until it does. And its adapter drops the rest of a reply, without an error,
where sound stops in the middle of a sentence.
"""

import asyncio
from contextlib import suppress
from typing import Any

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectionError,
    APIConnectOptions,
    APIError,
    APITimeoutError,
    tts,
    utils,
)

ASK_AGAIN_SECONDS = 0.7
"""Without a sound by then the same is asked once more, and whichever comes first is heard."""
STALL_SECONDS = 0.7
"""So long no more sound may come within a sentence, and not before what came was played."""
GIVE_UP_SECONDS = 3.0
"""From the request to the first sound, at the latest."""
_ATTEMPTS = 2
_CONNECT = APIConnectOptions(max_retry=0, timeout=2.0)

Pending = dict[asyncio.Task[tts.SynthesizedAudio | None], tts.ChunkedStream]


class BoundedTTS(tts.TTS[Any]):
    """A voice that fails with an ``APIError``, not to be retried, where ``inner`` stays silent.

    Each attempt is a request of its own to ``inner``, which takes the next key for it.
    """

    def __init__(self, inner: tts.TTS[Any]) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=inner.sample_rate,
            num_channels=inner.num_channels,
        )
        self.inner = inner
        inner.on("metrics_collected", self._pass_metrics_on)

    @property
    def model(self) -> str:
        return self.inner.model

    @property
    def provider(self) -> str:
        return self.inner.provider

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _BoundedStream(tts=self, input_text=text, conn_options=conn_options)

    def prewarm(self) -> None:
        self.inner.prewarm()

    async def aclose(self) -> None:
        self.inner.off("metrics_collected", self._pass_metrics_on)
        await self.inner.aclose()

    def _pass_metrics_on(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)


class _BoundedStream(tts.ChunkedStream):
    _tts_request_span_name = "tts_bounded"
    _tts_attempt_span_name = None

    def __init__(self, *, tts: BoundedTTS, **options: Any) -> None:
        self._bounded = tts
        super().__init__(tts=tts, **options)

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=self._bounded.sample_rate,
            num_channels=self._bounded.num_channels,
            mime_type="audio/pcm",
        )
        asked: Pending = {}
        try:
            first = await self._first(asked)
            await self._pass_on(first.result(), asked[first], output_emitter)
        except TimeoutError as error:
            raise APITimeoutError("the voice kept the caller waiting", retryable=False) from error
        except APIError as error:
            # Asked again by the framework, it would speak after what was heard already.
            error.retryable = False
            raise
        finally:
            await utils.aio.cancel_and_wait(*asked)
            for stream in asked.values():
                await stream.aclose()

    async def _first(self, asked: Pending) -> asyncio.Task[tts.SynthesizedAudio | None]:
        """The request that sounds first. All that were made are in ``asked``.

        Raises ``TimeoutError`` when none does, and the last ``APIError`` when all of them failed.
        """
        now = asyncio.get_running_loop().time
        end, waiting = now() + GIVE_UP_SECONDS, set[asyncio.Task[tts.SynthesizedAudio | None]]()
        for left in reversed(range(_ATTEMPTS)):
            waiting.add(self._ask(asked))
            until = min(end, now() + ASK_AGAIN_SECONDS) if left else end
            while waiting and (seconds := until - now()) > 0:
                done, waiting = await asyncio.wait(
                    waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
                )
                sounding = [one for one in done if one.exception() is None and one.result()]
                if sounding:
                    return sounding[0]
                if done and left:
                    break
        if waiting:
            raise TimeoutError
        raise next(
            (error for one in asked if (error := one.exception())),
            APIConnectionError("the voice made no sound"),
        )

    def _ask(self, asked: Pending) -> asyncio.Task[tts.SynthesizedAudio | None]:
        stream = self._bounded.inner.synthesize(self._input_text, conn_options=_CONNECT)
        task = asyncio.ensure_future(_next(stream))
        asked[task] = stream
        return task

    async def _pass_on(
        self,
        audio: tts.SynthesizedAudio | None,
        stream: tts.ChunkedStream,
        output_emitter: tts.AudioEmitter,
    ) -> None:
        now = asyncio.get_running_loop().time
        played = now()
        while audio is not None:
            output_emitter.push_frame(audio.frame)
            played = max(played, now()) + audio.frame.duration
            async with asyncio.timeout(max(STALL_SECONDS, played - now())):
                audio = await _next(stream)

    async def _metrics_monitor_task(self, event_aiter: Any) -> None:
        """The inner streams count themselves; counted here too they would be twice as many."""
        async for _ in event_aiter:
            pass


async def _next(stream: tts.ChunkedStream) -> tts.SynthesizedAudio | None:
    with suppress(StopAsyncIteration):
        return await stream.__anext__()
    return None
