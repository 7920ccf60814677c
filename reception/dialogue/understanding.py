"""What a person's words mean after the question that was asked. Precision before recall."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reception.appointments.models import Wish
from reception.calls.question import Question


class Act(StrEnum):
    """One thing that a person does by speaking."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    HOLD = "hold"
    FETCHING = "fetching"
    REPEAT = "repeat"
    CANNOT_HEAR = "cannot_hear"
    WHO_IS_CALLING = "who_is_calling"
    WHAT_IS_IT_ABOUT = "what_is_it_about"
    ARE_YOU_AI = "are_you_ai"
    WRONG_NUMBER = "wrong_number"
    NOT_ME = "not_me"
    NOT_HERE = "not_here"
    OPT_OUT = "opt_out"
    CALL_LATER = "call_later"
    STAFF = "staff"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    KEEP = "keep"
    ANY = "any"
    THANKS = "thanks"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    MACHINE = "machine"
    SCREENING = "screening"


@dataclass(frozen=True)
class Understood:
    """What was understood of one turn.

    ``clear`` is true when every clause was accounted for: a yes beside words that mean nothing
    to us is not a clear yes.
    """

    text: str
    acts: frozenset[Act]
    clear: bool
    wish: Wish | None = None
    callback_at: datetime | None = None
    birth_date: date | None = None
    choice: int | None = None


def understand(
    text: str, question: Question | None, *, name: str, now: datetime, language: str = "en"
) -> Understood:
    """Understand one turn of a customer after ``question`` (None: nothing was asked).

    ``name`` is the recipient's; ``now`` is aware and in the zone in which days are meant.
    """
    raise NotImplementedError
