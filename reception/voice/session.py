"""The session of one call: which mind answers, and what is kept of it."""

from typing import Any

from livekit.agents import AgentSession, APIConnectOptions, llm, stt, tts, vad
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.turn import TurnDetectionMode

from reception.calls.call import Call
from reception.calls.turn import Route
from reception.settings import Settings
from reception.voice.bounded_llm import BoundedLLM
from reception.voice.metering import Provider, count_errors, meter
from reception.voice.phrase_cache import CallPhrases, PhraseCache
from reception.voice.policy_llm import PolicyLLM
from reception.voice.recorder import record
from reception.voice.turn_spans import TurnSpans
from reception.voice.turn_taking import TurnTaking, turn_handling
from reception.voice.voice_activity import VoiceActivity

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
    TurnSpans(call).follow(session)
    meter(call, mind)
    return session


class VoiceSession(AgentSession[Call]):
    """A session with sound, and the phrases whose sound is known."""

    def __init__(self, phrases: CallPhrases, **options: Any) -> None:
        super().__init__(**options)
        self.phrases = phrases


def voice_session(
    call: Call,
    mind: llm.LLM[Any],
    ears: stt.STT[Any],
    voice: tts.TTS[Any],
    *,
    activity: vad.VAD,
    detector: TurnDetectionMode | None,
    phrases: PhraseCache,
) -> VoiceSession:
    """A session on the telephone, answered by ``mind``, that records its turns in ``call``.

    ``activity`` tells voices from noise, ``detector`` whether more is to come.
    """
    session = VoiceSession(
        CallPhrases(phrases),
        userdata=call,
        llm=mind,
        stt=ears,
        tts=voice,
        vad=activity,
        turn_handling=turn_handling(),
        max_tool_steps=2,
        # A telephone has no echo of ours to learn, and may interrupt from the first word on.
        aec_warmup_duration=None,
        session_close_transcript_timeout=0,
        # The voice asks again by itself; the framework would do so after what was heard already.
        conn_options=SessionConnectOptions(tts_conn_options=APIConnectOptions(max_retry=0)),
    )
    record(session, call)
    TurnSpans(call).follow(session)
    meter(call, mind, ears, voice)
    count_errors(Provider.EARS, ears)
    count_errors(Provider.VOICE, voice)
    breaks = activity if isinstance(activity, VoiceActivity) else None
    TurnTaking(session, detector, breaks).follow(call)
    return session


def mind(call: Call, settings: Settings, **bounds: float) -> llm.LLM[Any]:
    """With a key the LLM, within bounds, and the policy as its last rung; else the policy.

    ``bounds`` are those of ``BoundedLLM``, where others than its own are wanted.
    """
    if settings.openai_api_key is None:
        return PolicyLLM(call)
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
    for each in models:
        count_errors(Provider.LLM, each)
    return llm.FallbackAdapter(
        [*models, PolicyLLM(call, Route.FALLBACK)],
        attempt_timeout=models[0].first_word,
        retry_on_chunk_sent=True,
    )
