"""Bounds on an LLM that a caller can bear: to the first word, between words, and in all.

The framework's time-outs are per read of the connection, so a provider that sends keep-alives and
no words is never given up; these bounds are by the wall clock.
"""

import asyncio
from typing import Any, ClassVar

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    APITimeoutError,
    llm,
)
from livekit.agents.types import NotGivenOr

FIRST_WORD_SECONDS = 1.0
NEXT_WORD_SECONDS = 1.0
WHOLE_REPLY_SECONDS = 8.0


class BoundedLLM(llm.LLM[Any]):
    """An LLM that fails with ``APITimeoutError`` where ``inner`` keeps the caller waiting."""

    def __init__(
        self,
        inner: llm.LLM[Any],
        *,
        first_word: float = FIRST_WORD_SECONDS,
        next_word: float = NEXT_WORD_SECONDS,
        whole_reply: float = WHOLE_REPLY_SECONDS,
    ) -> None:
        super().__init__()
        self.inner = inner
        self.first_word, self.next_word, self.whole_reply = first_word, next_word, whole_reply
        inner.on("metrics_collected", lambda metrics: self.emit("metrics_collected", metrics))

    @property
    def model(self) -> str:
        return self.inner.model

    @property
    def provider(self) -> str:
        return self.inner.provider

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> llm.LLMStream:
        request = {
            "parallel_tool_calls": parallel_tool_calls,
            "tool_choice": tool_choice,
            "extra_kwargs": extra_kwargs,
        }
        return _BoundedStream(
            self, request, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options
        )

    def prewarm(self, *, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.inner.prewarm(loop=loop)

    async def aclose(self) -> None:
        await self.inner.aclose()


class _BoundedStream(llm.LLMStream):
    _llm_request_span_name: ClassVar[str] = "llm_bounded"
    _llm_attempt_span_name: ClassVar[str | None] = None
    _genai_operation_name: ClassVar[str | None] = None

    def __init__(self, bounded: BoundedLLM, request: dict[str, Any], **options: Any) -> None:
        self._bounded, self._request = bounded, request
        super().__init__(bounded, **options)

    async def _run(self) -> None:
        inner = self._bounded.inner
        async with inner.chat(
            chat_ctx=self._chat_ctx,
            tools=self._tools,
            conn_options=self._conn_options,
            **self._request,
        ) as stream:
            await self._pass_on(stream)

    async def _pass_on(self, stream: llm.LLMStream) -> None:
        """Only a word moves the bound on: token counts and metadata are nothing to a caller."""
        bounds, now = self._bounded, asyncio.get_running_loop().time
        end = now() + bounds.whole_reply
        try:
            async with asyncio.timeout(bounds.first_word) as bound:
                async for chunk in stream:
                    if chunk.has_response():
                        bound.reschedule(min(now() + bounds.next_word, end))
                    self._event_ch.send_nowait(chunk)
        except TimeoutError as error:
            raise APITimeoutError("the LLM kept the caller waiting", retryable=False) from error

    async def _metrics_monitor_task(self, event_aiter: Any) -> None:
        """The inner stream counts its own tokens; counted here too they would be twice as many."""
        async for _ in event_aiter:
            pass
