"""What was said: the turns of a call, and the words an agent is about to say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reception.calls.question import Asked


class Stage(StrEnum):
    """Which agent has the call."""

    GREETER = "greeter"
    CONFIRMATION = "confirmation"
    RESCHEDULING = "rescheduling"
    VOICEMAIL = "voicemail"


class Speaker(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"


class Route(StrEnum):
    """Where an agent's words came from: set beforehand, chosen by the policy, or from an LLM."""

    FIXED = "fixed"
    POLICY = "policy"
    LLM = "llm"
    FALLBACK = "fallback"
    """The policy's, because the LLM had failed or said nothing that may be said."""


class Mood(StrEnum):
    """How a customer seems to be; recorded, and answered in manner only."""

    UPSET = "upset"
    RUSHED = "rushed"
    CONFUSED = "confused"
    SLOW = "slow"
    """They need time: to find their glasses, to hear, to think."""


@dataclass(frozen=True)
class Words:
    """Worded text, not said yet.

    ``used`` names the wordings it was made of, so that none is used twice once it was heard;
    ``asks`` is the question it ends with.
    """

    text: str
    used: tuple[str, ...] = ()
    asks: Asked | None = None

    def __add__(self, other: "Words") -> "Words":
        text = f"{self.text} {other.text}".strip()
        return Words(text, self.used + other.used, other.asks or self.asks)


NOTHING = Words("")


@dataclass(frozen=True)
class Turn:
    """One turn as it entered the history. A customer's silence is a turn with no text."""

    number: int
    speaker: Speaker
    agent: Stage
    text: str
    verified: bool
    at: datetime
    route: Route | None = None
    used: tuple[str, ...] = ()
    asks: Asked | None = None
    mood: Mood | None = None
    understood: tuple[str, ...] = ()
    """What a customer's words mean to the policy."""
    clear: bool | None = None
    """Whether they leave no doubt; None where there was nothing to understand."""

    @property
    def silent(self) -> bool:
        return not self.text


@dataclass(frozen=True)
class Handoff:
    """The call went from one agent to the next."""

    origin: Stage
    target: Stage
    reason: str


@dataclass(frozen=True)
class ToolRun:
    """One tool as it was called and what it answered."""

    agent: Stage
    name: str
    arguments: str
    result: str
