"""The closed questions a call can ask; an answer means something only after one of them."""

from dataclasses import dataclass
from enum import StrEnum


class Question(StrEnum):
    IDENTITY = "identity"
    """Am I speaking with Maria?"""
    BIRTH_DATE = "birth_date"
    """Could you tell me your date of birth?"""
    FETCH = "fetch"
    """Is Maria there, could you put her on?"""
    HOLDING = "holding"
    """Nothing is asked: we wait until somebody speaks again."""
    ATTEND = "attend"
    """Does that time still work for you?"""
    ATTEND_ALL = "attend_all"
    """Do these times all work for you?"""
    MOVE_OR_CANCEL = "move_or_cancel"
    """Would you like another time, or shall I cancel it?"""
    CANCEL_SURE = "cancel_sure"
    """Shall I cancel it?"""
    CANCEL_ALL = "cancel_all"
    """Shall I cancel all of these?"""
    PICK_SLOT = "pick_slot"
    """Which of these times would suit you?"""
    BOOK_SURE = "book_sure"
    """Shall I book that one?"""
    CALLBACK_WHEN = "callback_when"
    """When would be a good time to call back?"""
    ANYTHING_ELSE = "anything_else"
    """Is there anything else?"""
    STILL_THERE = "still_there"
    """Are you still there?"""
    DESK_SURE = "desk_sure"
    """I don't know that. Shall the desk call you about it?"""
    MEANT = "meant"
    """You'd like us to call another time, is that right? ``subject`` is the tool for it."""


ASIDES = frozenset({Question.STILL_THERE, Question.DESK_SURE, Question.MEANT})
"""Asked beside the question that is open, which waits until they are answered."""


@dataclass(frozen=True)
class Asked:
    """A question that the customer heard. ``subject`` is the appointment or slot it is about."""

    question: Question
    subject: str | None = None
