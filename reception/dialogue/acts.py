"""The acts: what a person does by speaking."""

from enum import StrEnum


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
    CANNOT_COME = "cannot_come"
    ANY = "any"
    THANKS = "thanks"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    MACHINE = "machine"
    SCREENING = "screening"
