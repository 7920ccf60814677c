"""Several keys of one provider: the next one answers in the same turn when one is limited."""

from typing import Any

from livekit.agents import llm
from pydantic import SecretStr

from reception.calls.call import Call
from reception.calls.turn import Route
from reception.settings import Settings
from reception.voice.providers import openai_client
from reception.voice.session import mind
from tests.conversations.misbehaving import TED, from_the_llm
from tests.conversations.rehearsal import Rehearsal
from tests.provider.openai_server import Failure, OpenAIServer, Reply


def settings(provider: OpenAIServer, keys: str) -> Settings:
    return Settings(openai_api_key=SecretStr(keys), openai_base_url=provider.base_url)


async def test_a_limited_key_costs_the_customer_nothing(
    house: Rehearsal, provider: OpenAIServer
) -> None:
    provider.replies(Reply(failure=Failure.RATE_LIMITED), Reply("I see."))
    of = settings(provider, "first, second")

    def with_two_keys(call: Call) -> llm.LLM[Any]:
        return mind(call, of)

    call = await house.call("Yes", TED, TED, mind=with_two_keys)
    limited, *later = [request.key for request in provider.requests]
    assert later
    assert limited not in later
    assert [turn.route for turn in from_the_llm(call)] == [Route.LLM] * 2


async def test_all_calls_share_one_pool(provider: OpenAIServer) -> None:
    of = settings(provider, "only")
    assert openai_client(of) is openai_client(settings(provider, "only"))
    assert openai_client(of) is not openai_client(settings(provider, "another"))
    await openai_client(of).chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello"}]
    )
