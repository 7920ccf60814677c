"""Every environment variable, typed, once."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


def explain(error: ValidationError) -> str:
    """What is wrong with the environment, one sentence a variable."""
    lines = (f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
    return "Check the environment or .env: " + "; ".join(lines)


def secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


class Settings(BaseSettings):
    """What the environment or ``.env`` sets; what the practice chooses is in its own file."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True
    )

    practice_file: Path = Field(
        default=PROJECT / "practice.yaml", description="the practice's choices"
    )
    database_url: str = Field(
        default="sqlite:///reception.db",
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        description="one key, or several with commas: an LLM talks, the policy stands by",
    )
    openai_base_url: str | None = Field(
        default=None, description="another server that speaks OpenAI's protocol"
    )
    openai_model: str = Field(default="gpt-4o-mini", description="the LLM")
    openai_temperature: float = Field(default=0.8, ge=0, le=2)
    deepgram_api_key: SecretStr | None = Field(
        default=None, description="one key, or several with commas: hears the customer"
    )
    deepgram_base_url: str = Field(
        default="https://api.deepgram.com", description="another server that speaks its protocol"
    )
    stt_model: str = Field(default="nova-3", description="Deepgram's model")
    stt_language: str = Field(default="multi", description="what Deepgram listens for")
    tts_model: str = Field(default="gpt-4o-mini-tts", description="OpenAI's speech model")
    tts_voice: str = Field(default="nova", description="the persona's voice")
    tts_speed: float = Field(default=1.0, gt=0.25, le=4)
    tts_base_url: str | None = Field(
        default=None, description="speech from another server than the LLM's"
    )
    use_response_cache: bool = Field(
        default=True, description="keep the audio of fixed phrases on disk"
    )
    response_cache_dir: Path = Field(
        default=Path(".phrases"), description="where the audio of fixed phrases is kept"
    )
    livekit_url: str | None = Field(default=None, description="ws://HOST:7880 or wss://…")
    livekit_api_key: SecretStr | None = None
    livekit_api_secret: SecretStr | None = None
    sip_trunk_id: str | None = Field(
        default=None, description="LiveKit's outbound trunk over which calls are dialled"
    )
    agent_name: str = Field(default="reception", description="to whom LiveKit dispatches calls")
    worker_concurrency: int = Field(default=10, ge=1, description="calls at once in one worker")
    prewarm_count: int = Field(default=2, ge=0, description="processes kept ready for calls")
    max_idle_time: float = Field(
        default=60, gt=0, description="seconds without a word from either side that end a call"
    )
    drain_seconds: int = Field(
        default=360, ge=0, description="how long a worker told to stop waits for its calls"
    )
    health_port: int = Field(default=8080, ge=0, le=65535, description="/health and /ready")
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="where traces go (OTLP over HTTP): http://HOST:4318"
    )
    trace_content: bool = Field(
        default=False, description="traces hold what was said, for whoever may read them"
    )
    jaeger_url: str = Field(
        default="http://localhost:16686", description="where `reception trace` reads traces"
    )
    enable_metrics: bool = Field(default=False, description="/metrics beside /health")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @property
    def missing_for_calls(self) -> list[str]:
        """What a worker cannot do without, a sentence each."""
        needed = {
            "LIVEKIT_URL": (self.livekit_url, "the address of your LiveKit server"),
            "LIVEKIT_API_KEY": (self.livekit_api_key, "LiveKit's key"),
            "LIVEKIT_API_SECRET": (self.livekit_api_secret, "LiveKit's secret"),
            "SIP_TRUNK_ID": (self.sip_trunk_id, "LiveKit's outbound trunk that calls go over"),
            "DEEPGRAM_API_KEY": (self.deepgram_api_key, "the key of the service that hears"),
            "OPENAI_API_KEY": (self.openai_api_key, "the key of the service that speaks"),
        }
        return [
            f"{name} is missing: set it to {what}."
            for name, (value, what) in needed.items()
            if value is None
        ]
