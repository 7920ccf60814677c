"""What hears, what speaks and what tells voices from noise, as the settings choose."""

import functools
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub
from livekit import rtc
from livekit.agents import APIStatusError, get_job_context, inference, stt, tts
from livekit.agents.voice.turn import TurnDetectionMode
from livekit.plugins import deepgram, openai

from reception.calls.call import Call
from reception.settings import Settings
from reception.voice.bounded_tts import BoundedTTS
from reception.voice.keys import KeyRing
from reception.voice.providers import keys_of, speech_client
from reception.voice.voice_activity import SILENCE_SECONDS, VoiceActivity

logger = logging.getLogger(__name__)

_LISTEN = "/v1/listen"
_HEARING_TIMEOUT_SECONDS = 3.0
_SENSE_MODEL = {
    "repo_id": "livekit/turn-detector",
    "filename": "onnx/model_q8.onnx",
    "revision": "v0.4.1-intl",
}
_CLOUD = ".livekit.cloud"
_TOO_MANY_REQUESTS = 429


def keyterms(call: Call) -> list[str]:
    """Names that are said in this call and that no dictionary has: for whoever hears, only.

    All providers of the practice, so that nothing is told of this appointment.
    """
    practice = call.practice
    names = [provider.name for provider in practice.providers.values()]
    surnames = [name.split()[-1] for name in names]
    wanted = [call.brief.recipient, *call.brief.recipient.split(), practice.name, *surnames]
    return list(dict.fromkeys(wanted))


def hearing(settings: Settings, keyterms: Sequence[str] = ()) -> stt.STT[Any]:
    """Deepgram, with the next key in turn; where that fails, with the others.

    Raises ``ValueError`` without a key.
    """
    secret = settings.deepgram_api_key
    ring = _keys_that_hear(secret.get_secret_value() if secret else "")
    keys: list[str] = []
    # Taking the first one again, the ring moves on: the next call begins with the next key.
    while (key := ring.next()) not in keys:
        keys.append(key)
    ears = [_deepgram(settings, keyterms, key, ring) for key in keys]
    if len(ears) == 1:
        return ears[0]
    return stt.FallbackAdapter(ears, attempt_timeout=_HEARING_TIMEOUT_SECONDS, max_retry_per_stt=0)


@functools.cache
def _keys_that_hear(keys: str) -> KeyRing:
    """All calls of a process share it, so that a limited key rests for all of them."""
    return KeyRing(keys_of(keys))


def _deepgram(settings: Settings, keyterms: Sequence[str], key: str, ring: KeyRing) -> stt.STT[Any]:
    ears = deepgram.STT(
        model=settings.stt_model,
        language=settings.stt_language,
        interim_results=True,
        keyterm=list(keyterms),
        api_key=key,
        base_url=settings.deepgram_base_url.rstrip("/") + _LISTEN,
        # What patients say trains nobody's model.
        mip_opt_out=True,
    )

    @ears.on("error")
    def rest_when_limited(error: stt.STTError) -> None:
        cause = error.error
        if isinstance(cause, APIStatusError) and cause.status_code == _TOO_MANY_REQUESTS:
            ring.rest(key)

    return ears


def speaking(settings: Settings) -> tts.TTS[Any]:
    """OpenAI's voice, within bounds. Each attempt takes the next key, and a limited one rests.

    Raises ``ValueError`` without a key.
    """
    voice = openai.TTS(
        model=settings.tts_model,
        voice=settings.tts_voice,
        speed=settings.tts_speed,
        response_format="pcm",
        client=speech_client(settings),
    )
    return BoundedTTS(voice)


def voice_activity() -> VoiceActivity:
    """Silero, as it comes with the framework. One for each call: it costs nothing."""
    silero = inference.VAD(min_silence_duration=SILENCE_SECONDS)
    return VoiceActivity(silero, SILENCE_SECONDS)


def turn_detector() -> TurnDetectionMode:
    """LiveKit's multilingual model where its weights are on disk, else the framework's small one.

    The former asks the worker's inference process, so it is for a job only: call
    ``import_turn_detector`` before the worker starts.
    """
    if import_turn_detector() and get_job_context(required=False) is not None:
        from livekit.plugins.turn_detector.multilingual import MultilingualModel  # noqa: PLC0415

        return MultilingualModel()
    return inference.TurnDetector(version="v1-mini")


@functools.cache
def import_turn_detector() -> bool:
    """Register the multilingual model with the worker, if its weights are on disk.

    Imported without them, it would keep the worker from starting.
    """
    if not isinstance(huggingface_hub.try_to_load_from_cache(**_SENSE_MODEL), str):
        logger.info("no weights of the multilingual turn detector: the built-in one is used")
        return False
    from livekit.plugins.turn_detector import multilingual  # noqa: PLC0415

    return bool(multilingual)


def noise_cancellation(settings: Settings) -> rtc.NoiseCancellationOptions | None:
    """LiveKit's filter for telephones, which works on LiveKit Cloud only."""
    host = urlsplit(settings.livekit_url or "").hostname or ""
    if not host.endswith(_CLOUD):
        return None
    # Importing it loads a native library.
    from livekit.plugins import noise_cancellation as plugin  # noqa: PLC0415

    return plugin.BVCTelephony()
