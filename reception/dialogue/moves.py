"""What the policy may answer: words, or a tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reception.calls.turn import Words


class Tool(StrEnum):
    """The tools by name, as every agent that has them calls them."""

    STOP_CALLING = "stop_calling"
    ASK_FOR_STAFF = "ask_for_staff"
    CALL_BACK_LATER = "call_back_later"
    END_CALL = "end_call"
    GIVE_UP = "give_up"
    WRONG_NUMBER = "wrong_number"
    PERSON_UNAVAILABLE = "person_unavailable"
    PERSON_DIED = "person_died"
    CONFIRM_APPOINTMENT = "confirm_appointment"
    CANCEL_APPOINTMENT = "cancel_appointment"
    FIND_TIMES = "find_times"
    BOOK_TIME = "book_time"
    LEAVE_MESSAGE = "leave_message"
    TO_GREETER = "to_greeter"
    TO_CONFIRMATION = "to_confirmation"
    TO_RESCHEDULING = "to_rescheduling"
    TO_VOICEMAIL = "to_voicemail"


class GiveUp(StrEnum):
    """Why a call cannot get any further."""

    NOT_UNDERSTOOD = "not_understood"
    NOT_VERIFIED = "not_verified"
    BOOK_TROUBLE = "book_trouble"
    SILENCE = "silence"
    LIMIT = "limit"


@dataclass(frozen=True)
class Say:
    words: Words


@dataclass(frozen=True)
class UseTool:
    name: Tool
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """``certain``: the answer was clear, so nobody else needs to be asked what it meant."""

    action: Say | UseTool
    certain: bool = True


def say(words: Words) -> Move:
    return Move(Say(words))


def use(name: Tool, **arguments: str) -> Move:
    return Move(UseTool(name, arguments))
