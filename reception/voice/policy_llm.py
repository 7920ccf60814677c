"""The policy as an ``llm.LLM``: it answers from the call, at once and without a network."""

import json
import uuid
from typing import Any

from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, APIConnectOptions, llm
from livekit.agents.types import NotGivenOr

from reception.calls.call import Call
from reception.calls.question import Asked, Question
from reception.calls.turn import Route, Words
from reception.dialogue.hearing import hear
from reception.dialogue.mood import soothe
from reception.dialogue.moves import Move, Say, UseTool, say
from reception.dialogue.policy import next_move
from reception.dialogue.questions import ask_again


def reply(call: Call, chat_ctx: llm.ChatContext) -> Move:
    """What the policy does next: word a tool's result, answer the customer, or break a silence."""
    match chat_ctx.items[-1] if chat_ctx.items else None:
        case llm.FunctionCallOutput(call_id=call_id):
            return say(soothe(call, call.answers.get(call_id) or ask_again(call)))
        case llm.ChatMessage(role="user", text_content=text) if text:
            return next_move(call, hear(call, text))
        case _:
            return next_move(call, None)


def chunk(call: Call, move: Move, route: Route) -> llm.ChatChunk:
    """A move as a piece of an LLM's stream; how it came about travels in ``extra``."""
    match move.action:
        case Say(words):
            return words_chunk(words, route)
        case UseTool(name, arguments):
            tool_call = llm.FunctionToolCall(
                name=name,
                arguments=json.dumps(dict(arguments)),
                call_id=f"{name}_{call.customer_turns}",
            )
            return _chunk(
                llm.ChoiceDelta(
                    role="assistant", tool_calls=[tool_call], extra={"route": route.value}
                )
            )


def words_chunk(words: Words, route: Route) -> llm.ChatChunk:
    extra: dict[str, Any] = {"route": route.value, "used": list(words.used)}
    if words.asks is not None:
        extra["asks"] = [words.asks.question.value, words.asks.subject]
    return _chunk(llm.ChoiceDelta(role="assistant", content=words.text, extra=extra))


def read_extra(extra: dict[str, Any]) -> tuple[Route, tuple[str, ...], Asked | None]:
    """What ``words_chunk`` put beside a message; a message without is fixed text."""
    asks = extra.get("asks")
    return (
        Route(extra.get("route", Route.FIXED)),
        tuple(extra.get("used", ())),
        None if asks is None else Asked(Question(asks[0]), asks[1]),
    )


def _chunk(delta: llm.ChoiceDelta) -> llm.ChatChunk:
    return llm.ChatChunk(id=f"policy-{uuid.uuid4().hex[:8]}", delta=delta)


class CallLLM(llm.LLM[Any]):
    """A mind of one call that answers at once and whole, behind the framework's interface."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    @property
    def model(self) -> str:
        return "policy"

    @property
    def provider(self) -> str:
        return "reception"

    def answer(self, chat_ctx: llm.ChatContext) -> llm.ChatChunk:
        """All that there is to say to the last of ``chat_ctx``."""
        raise NotImplementedError

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
        return _OneChunk(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class _OneChunk(llm.LLMStream):
    async def _run(self) -> None:
        assert isinstance(self._llm, CallLLM)  # noqa: S101 - narrows the framework's type
        self._event_ch.send_nowait(self._llm.answer(self._chat_ctx))


class PolicyLLM(CallLLM):
    """The policy of one call: all there is, or the last rung below an LLM that fails."""

    def __init__(self, call: Call, route: Route = Route.POLICY) -> None:
        super().__init__(call)
        self._route = route

    def answer(self, chat_ctx: llm.ChatContext) -> llm.ChatChunk:
        return chunk(self.call, reply(self.call, chat_ctx), self._route)
