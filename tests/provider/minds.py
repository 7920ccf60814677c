"""The mind of a call whose LLM is the provider on loopback, as ``reception talk`` makes it."""

from collections.abc import Callable
from typing import Any

from livekit.agents import llm
from pydantic import SecretStr

from reception.calls.call import Call
from reception.settings import Settings
from reception.voice.session import mind
from tests.provider.openai_server import OpenAIServer, Reply

PATIENT = {"first_word": 30.0, "next_word": 30.0, "whole_reply": 60.0}
"""Seconds that no busy machine takes for the loopback, so that the LLM is what answers."""


def mind_of(
    provider: OpenAIServer, *replies: Reply, **bounds: float
) -> Callable[[Call], llm.LLM[Any]]:
    """The product's own mind, on an LLM that replies as scripted; ``bounds`` are BoundedLLM's."""
    bounds = PATIENT | bounds
    if replies:
        provider.replies(*replies)
    settings = Settings(openai_api_key=SecretStr("none"), openai_base_url=provider.base_url)

    def of(call: Call) -> llm.LLM[Any]:
        return mind(call, settings, **bounds)

    return of
