"""What providers were asked for, and what they refused: kept with the call, and counted."""

from enum import StrEnum
from typing import Any

from livekit.agents import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    llm,
    metrics,
    stt,
    tts,
)

from reception.calls.call import Call
from reception.telemetry.cost import Usage
from reception.telemetry.metrics import CHARACTERS, PROVIDER_ERRORS, SOUND_SECONDS, TOKENS

_TOO_MANY_REQUESTS = 429

Model = llm.LLM[Any] | stt.STT[Any] | tts.TTS[Any]


class Provider(StrEnum):
    """What a provider does for us."""

    LLM = "llm"
    EARS = "stt"
    VOICE = "tts"


def meter(call: Call, *models: Model) -> None:
    """Keep with ``call`` all that these models are asked for from now on."""

    def used(of: metrics.AgentMetrics) -> None:
        if (usage := _usage(of)) is not None:
            call.meter.add(usage)

    for model in models:
        model.on("metrics_collected", used)


def count_errors(provider: Provider, model: Model) -> None:
    """Count the requests to ``model`` that fail."""

    @model.on("error")
    def failed(error: llm.LLMError | stt.STTError | tts.TTSError) -> None:
        PROVIDER_ERRORS.labels(provider, _kind(error.error)).inc()


def _usage(of: metrics.AgentMetrics) -> Usage | None:
    model = (of.metadata.model_name if of.metadata else None) or "unknown"
    match of:
        case metrics.LLMMetrics():
            cached = of.prompt_cached_tokens
            TOKENS.labels("input").inc(of.prompt_tokens - cached)
            TOKENS.labels("cached").inc(cached)
            TOKENS.labels("output").inc(of.completion_tokens)
            return Usage(model, of.prompt_tokens, cached, of.completion_tokens)
        case metrics.TTSMetrics():
            CHARACTERS.inc(of.characters_count)
            SOUND_SECONDS.labels("spoken").inc(of.audio_duration)
            return Usage(model, characters=of.characters_count, seconds=of.audio_duration)
        case metrics.STTMetrics():
            SOUND_SECONDS.labels("heard").inc(of.audio_duration)
            return Usage(model, seconds=of.audio_duration)
        case _:
            return None


def _kind(error: Exception) -> str:
    match error:
        case APIStatusError(status_code=status) if status == _TOO_MANY_REQUESTS:
            return "rate_limited"
        case APIStatusError():
            return "refused"
        case APITimeoutError():
            return "timeout"
        case APIConnectionError():
            return "connection"
        case _:
            return "other"
