"""The provider on loopback, as OpenAI's own client sees it."""

from collections.abc import AsyncIterator

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from tests.provider.openai_server import Failure, OpenAIServer, Reply, ToolCall


@pytest.fixture
async def provider() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


async def asked(provider: OpenAIServer) -> list[ChatCompletionChunk]:
    """The chunks that one request is answered with."""
    async with openai.AsyncClient(
        api_key="none", base_url=provider.base_url, max_retries=0, timeout=0.5
    ) as client:
        stream = await client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "Hello?"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        return [chunk async for chunk in stream]


async def test_text_comes_in_pieces_then_the_reason_then_the_usage(provider: OpenAIServer) -> None:
    provider.replies(Reply("I see. How lovely."))
    *words, last, usage = await asked(provider)
    assert words[0].choices[0].delta.role == "assistant"
    pieces = [chunk.choices[0].delta.content or "" for chunk in words]
    assert "".join(pieces) == "I see. How lovely."
    assert len(pieces) > 4
    assert last.choices[0].finish_reason == "stop"
    assert usage.choices == []
    assert usage.usage is not None
    assert {chunk.object for chunk in (*words, last, usage)} == {"chat.completion.chunk"}


async def test_tools_come_by_index_their_arguments_in_pieces(provider: OpenAIServer) -> None:
    first, second = ToolCall("find_times", '{"on_or_after": "2026-11-25"}'), ToolCall("end_call")
    provider.replies(Reply(tool_calls=(first, second)))
    chunks = await asked(provider)
    arguments, names, ids = ["", ""], ["", ""], set()
    for chunk in chunks[:-1]:
        for part in chunk.choices[0].delta.tool_calls or ():
            assert part.function is not None
            names[part.index] += part.function.name or ""
            arguments[part.index] += part.function.arguments or ""
            ids |= {part.id} - {None}
    assert names == ["find_times", "end_call"]
    assert arguments == [first.arguments, second.arguments]
    assert len(ids) == 2
    assert chunks[-2].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("failure", "seen"),
    [
        (Failure.SERVER_ERROR, openai.InternalServerError),
        (Failure.RATE_LIMITED, openai.RateLimitError),
        (Failure.HANGS, openai.APITimeoutError),
    ],
)
async def test_a_refusal_is_what_the_client_knows_it_as(
    provider: OpenAIServer, failure: Failure, seen: type[openai.APIError]
) -> None:
    provider.replies(Reply(failure=failure))
    with pytest.raises(seen):
        await asked(provider)


async def test_each_request_takes_the_next_reply_and_the_last_one_stays(
    provider: OpenAIServer,
) -> None:
    provider.replies(Reply("One."), Reply("Two."))
    texts = []
    for _ in range(3):
        *words, _, _ = await asked(provider)
        texts.append("".join(chunk.choices[0].delta.content or "" for chunk in words))
    assert texts == ["One.", "Two.", "Two."]
    assert [request.messages for request in provider.requests] == [
        [{"role": "user", "content": "Hello?"}]
    ] * 3


async def test_a_port_that_died_comes_back_as_it_was(provider: OpenAIServer) -> None:
    await provider.goes_down()
    with pytest.raises(openai.APIConnectionError):
        await asked(provider)
    await provider.comes_up()
    assert await asked(provider)
