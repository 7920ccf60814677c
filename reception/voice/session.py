"""The session of one call: which mind answers, and what is kept of it."""

from typing import Any

from livekit.agents import AgentSession, llm

from reception.calls.call import Call
from reception.settings import Settings
from reception.voice.bounded_llm import FIRST_WORD_SECONDS, BoundedLLM
from reception.voice.policy_llm import PolicyLLM
from reception.voice.recorder import record

_KEYS_A_TURN = 2


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

    from reception.voice.providers import keys_of, openai_client  # noqa: PLC0415

    model = openai.LLM(
        model=settings.openai_model,
        temperature=settings.openai_temperature,
        client=openai_client(settings),
        parallel_tool_calls=False,
        max_retries=0,
    )
    # A key that has reached its limit fails at once, so the next one is tried in the same turn.
    keys = len(keys_of(settings.openai_api_key.get_secret_value()))
    models = [BoundedLLM(model, **bounds) for _ in range(min(keys, _KEYS_A_TURN))]
    return llm.FallbackAdapter(
        [*models, policy],
        attempt_timeout=FIRST_WORD_SECONDS,
        retry_on_chunk_sent=True,
    )
