"""Every environment variable, typed, once."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


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
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
