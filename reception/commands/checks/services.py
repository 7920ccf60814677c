"""The providers that the settings choose."""

import re
from collections.abc import Iterator
from dataclasses import replace

from pydantic import SecretStr

from reception.commands.checks.finding import Level
from reception.commands.checks.providers import Provider
from reception.settings import Settings
from reception.voice.providers import keys_of

_OPENAI = "https://api.openai.com/v1"
"""Where OpenAI's own client goes when nothing else is said."""
_DEEPGRAM = "https://api.deepgram.com"


def providers(settings: Settings) -> Iterator[Provider]:
    """Those that have a key; what lacks one is told with the settings."""
    if settings.deepgram_api_key is not None:
        yield _hearing(settings, _keys(settings.deepgram_api_key))
    if settings.openai_api_key is not None:
        yield from _speaking(settings, _keys(settings.openai_api_key))


def _keys(secret: SecretStr) -> tuple[str, ...]:
    return tuple(keys_of(secret.get_secret_value()))


def _hearing(settings: Settings, keys: tuple[str, ...]) -> Provider:
    base_url = settings.deepgram_base_url
    return Provider(
        "Deepgram",
        re.sub(r"^ws", "http", base_url),
        "DEEPGRAM_BASE_URL",
        "/v1/auth/token",
        "Token",
        keys,
        "DEEPGRAM_API_KEY",
        # A server of one's own hears without knowing of keys.
        when_not_found=Level.FAILED if base_url.rstrip("/") == _DEEPGRAM else Level.WARNING,
    )


def _speaking(settings: Settings, keys: tuple[str, ...]) -> Iterator[Provider]:
    """The LLM and the voice: one server, or two."""
    llm_url = settings.openai_base_url or _OPENAI
    voice_url = settings.tts_base_url or llm_url
    llm, voice = {"OPENAI_MODEL": settings.openai_model}, {"TTS_MODEL": settings.tts_model}
    together = llm_url.rstrip("/") == voice_url.rstrip("/")
    talks = Provider(
        "OpenAI",
        llm_url,
        "OPENAI_BASE_URL",
        "/models",
        "Bearer",
        keys,
        "OPENAI_API_KEY",
        llm | voice if together else llm,
    )
    yield talks
    if not together:
        yield replace(
            talks,
            name="Speech",
            base_url=voice_url,
            base_url_setting="TTS_BASE_URL",
            models=voice,
            # A server that only speaks need not list its models.
            when_not_found=Level.WARNING,
        )
