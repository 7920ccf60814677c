"""An LLM that answers a constant, at once: what is left is the time of everybody else."""

from collections.abc import Mapping
from typing import Any

from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, APIConnectOptions, llm
from livekit.agents.types import NotGivenOr

SENTENCE = "It is good to hear that from you."


class ConstantLLM(llm.LLM[Any]):
    """Says ``SENTENCE``; to a user who says one of ``calls``, it calls that tool instead."""

    def __init__(self, calls: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.calls = calls or {}

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
        tool = self._tool(chat_ctx)
        delta = llm.ChoiceDelta(role="assistant", content=SENTENCE)
        if tool is not None:
            call = llm.FunctionToolCall(name=tool, arguments="{}", call_id=f"{tool}_1")
            delta = llm.ChoiceDelta(role="assistant", tool_calls=[call])
        return _OneChunk(
            self, delta, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options
        )

    def _tool(self, chat_ctx: llm.ChatContext) -> str | None:
        match chat_ctx.items[-1] if chat_ctx.items else None:
            case llm.ChatMessage(role="user", text_content=str(text)):
                return self.calls.get(text)
            case _:
                return None


class _OneChunk(llm.LLMStream):
    def __init__(self, model: ConstantLLM, delta: llm.ChoiceDelta, **options: Any) -> None:
        self._delta = delta
        super().__init__(model, **options)

    async def _run(self) -> None:
        self._event_ch.send_nowait(llm.ChatChunk(id="constant", delta=self._delta))
