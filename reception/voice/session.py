"""The session of one call: which mind answers, and what is kept of it."""

from typing import Any

from livekit.agents import NOT_GIVEN, AgentSession, llm

from reception.calls.call import Call
from reception.settings import Settings
from reception.voice.bounded_llm import FIRST_WORD_SECONDS, BoundedLLM
from reception.voice.policy_llm import PolicyLLM
from reception.voice.recorder import record


def text_session(call: Call, mind: llm.LLM[Any]) -> AgentSession[Call]:
    """A session in text, answered by ``mind``, that records its turns in ``call``."""
    session: AgentSession[Call] = AgentSession(
        userdata=call,
        llm=mind,
        vad=None,
        turn_handling={"turn_detection": None},
        max_tool_steps=2,
    )
    record(session, call)
    return session


def mind(call: Call, settings: Settings, **bounds: float) -> llm.LLM[Any]:
    """With a key the LLM, within bounds, and the policy as its last rung; else the policy.

    ``bounds`` are those of ``BoundedLLM``, where others than its own are wanted.
    """
    policy = PolicyLLM(call)
    if settings.openai_api_key is None:
        return policy
    # Half a second of imports that a call without a key does not need.
    from livekit.plugins import openai  # noqa: PLC0415

    model = openai.LLM(
        model=settings.openai_model,
        temperature=settings.openai_temperature,
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url or NOT_GIVEN,
        parallel_tool_calls=False,
        max_retries=0,
    )
    return llm.FallbackAdapter(
        [BoundedLLM(model, **bounds), policy],
        attempt_timeout=FIRST_WORD_SECONDS,
        retry_on_chunk_sent=True,
    )
