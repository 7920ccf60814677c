"""A caller is kept waiting for so long and no longer, whatever the provider sends meanwhile."""

import asyncio
from typing import Any

import pytest
from livekit.agents import APIStatusError, APITimeoutError, llm
from livekit.agents.metrics import LLMMetrics

from reception.voice.bounded_llm import BoundedLLM

pytestmark = pytest.mark.looptime

Step = float | llm.ChatChunk | Exception
"""A chunk, seconds to wait, or what it fails with."""


def word(text: str) -> llm.ChatChunk:
    return llm.ChatChunk(id="1", delta=llm.ChoiceDelta(role="assistant", content=text))


def tool(name: str) -> llm.ChatChunk:
    call = llm.FunctionToolCall(name=name, arguments="{}", call_id="call_1")
    return llm.ChatChunk(id="1", delta=llm.ChoiceDelta(role="assistant", tool_calls=[call]))


def tokens(count: int) -> llm.ChatChunk:
    usage = llm.CompletionUsage(completion_tokens=count, prompt_tokens=0, total_tokens=count)
    return llm.ChatChunk(id="1", usage=usage)


class ScriptedLLM(llm.LLM[Any]):
    """An LLM that streams its script."""

    def __init__(self, *script: Step) -> None:
        super().__init__()
        self.script = script
        self.warmed = self.closed = False

    model = "scripted"
    provider = "test"

    def chat(self, **options: Any) -> llm.LLMStream:
        return _ScriptedStream(
            self,
            chat_ctx=options["chat_ctx"],
            tools=options["tools"],
            conn_options=options["conn_options"],
        )

    def prewarm(self, *, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.warmed = True

    async def aclose(self) -> None:
        self.closed = True


class _ScriptedStream(llm.LLMStream):
    async def _run(self) -> None:
        assert isinstance(self._llm, ScriptedLLM)
        for step in self._llm.script:
            match step:
                case llm.ChatChunk():
                    self._event_ch.send_nowait(step)
                case Exception():
                    raise step
                case seconds:
                    await asyncio.sleep(seconds)


def again(times: int, *steps: Step) -> list[Step]:
    return [*steps] * times


async def heard(
    bounded: BoundedLLM, *, into: list[llm.ChatChunk] | None = None
) -> list[llm.ChatChunk]:
    """All that comes out, within what a test may take. ``into`` keeps it when it fails."""
    chunks = [] if into is None else into
    options = llm.fallback_adapter.DEFAULT_FALLBACK_API_CONNECT_OPTIONS
    async with asyncio.timeout(5):
        async with bounded.chat(chat_ctx=llm.ChatContext.empty(), conn_options=options) as stream:
            async for chunk in stream:
                chunks.append(chunk)
    return chunks


async def test_what_comes_in_time_is_passed_on_as_it_is() -> None:
    reply = [word("I "), word("see."), tool("end_call"), tokens(2)]
    assert await heard(BoundedLLM(ScriptedLLM(*reply))) == reply


async def test_the_first_word_is_waited_for_so_long() -> None:
    with pytest.raises(APITimeoutError):
        await heard(BoundedLLM(ScriptedLLM(60.0, word("I ")), first_word=0.05))


async def test_a_tool_call_is_a_word() -> None:
    late = ScriptedLLM(tool("end_call"), 0.15, tokens(1))
    assert len(await heard(BoundedLLM(late, first_word=0.05, next_word=1.0))) == 2


@pytest.mark.parametrize("nothing", [tokens(1), word("")], ids=["token counts", "empty delta"])
async def test_what_says_nothing_is_no_word(nothing: llm.ChatChunk) -> None:
    """A gateway may count tokens as long as it likes; the caller hears silence."""
    restless = ScriptedLLM(*again(200, nothing, 0.02))
    passed: list[llm.ChatChunk] = []
    with pytest.raises(APITimeoutError):
        await heard(BoundedLLM(restless, first_word=0.1), into=passed)
    assert len(passed) == 5


async def test_the_next_word_is_waited_for_so_long() -> None:
    stalls = ScriptedLLM(word("I "), 60.0, word("see."))
    passed: list[llm.ChatChunk] = []
    with pytest.raises(APITimeoutError):
        await heard(BoundedLLM(stalls, next_word=0.05), into=passed)
    assert passed == [word("I ")]


async def test_a_slow_speaker_may_take_longer_than_any_one_bound() -> None:
    slow = ScriptedLLM(*again(15, word("so "), 0.02))
    assert len(await heard(BoundedLLM(slow, first_word=0.2, next_word=0.2))) == 15


async def test_an_endless_speaker_is_stopped() -> None:
    endless = ScriptedLLM(*again(1000, word("so "), 0.01))
    passed: list[llm.ChatChunk] = []
    with pytest.raises(APITimeoutError):
        await heard(BoundedLLM(endless, whole_reply=0.1), into=passed)
    assert len(passed) == 10


async def test_a_failure_of_the_provider_stays_what_it_is() -> None:
    refuses = ScriptedLLM(APIStatusError("no", status_code=429, retryable=False))
    with pytest.raises(APIStatusError):
        await heard(BoundedLLM(refuses))


async def test_tokens_are_counted_once() -> None:
    bounded = BoundedLLM(ScriptedLLM(word("I see."), tokens(7)))
    counted: list[LLMMetrics] = []
    bounded.on("metrics_collected", counted.append)
    await heard(bounded)
    assert [metrics.completion_tokens for metrics in counted] == [7]


async def test_it_goes_by_the_name_of_its_llm_warms_it_up_and_closes_it() -> None:
    inner = ScriptedLLM()
    bounded = BoundedLLM(inner)
    assert (bounded.model, bounded.provider) == ("scripted", "test")
    bounded.prewarm()
    await bounded.aclose()
    assert (inner.warmed, inner.closed) == (True, True)


async def test_the_adapter_goes_on_with_the_next_rung() -> None:
    hangs = BoundedLLM(ScriptedLLM(60.0), first_word=0.05)
    adapter = llm.FallbackAdapter([hangs, ScriptedLLM(word("Sorry?"))])
    async with adapter.chat(chat_ctx=llm.ChatContext.empty()) as stream:
        assert [chunk async for chunk in stream] == [word("Sorry?")]
