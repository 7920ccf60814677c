"""A call held in text: everything of a real call but the voice and the telephone."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from livekit.agents import llm

from agents.handoff import build
from reception.appointments.book import AppointmentBook
from reception.appointments.models import Appointment
from reception.calls.call import Call
from reception.calls.ledger import Ledger
from reception.calls.turn import Stage
from reception.dialogue.questions import introduce
from reception.line.hang_up import HangUp
from reception.line.text_line import TextLine
from reception.practice import Practice
from reception.voice.policy_llm import PolicyLLM
from reception.voice.session import text_session

# As far as appointments are made, and so all that a number has.
_AHEAD = timedelta(days=366)


async def pick_up(
    call_id: str,
    appointments: Sequence[Appointment],
    *,
    practice: Practice,
    book: AppointmentBook,
    ledger: Ledger,
    mind: Callable[[Call], llm.LLM[Any]] = PolicyLLM,
) -> tuple[Call, TextLine]:
    """Open a call in the ledger and have the greeter speak to whoever picked up.

    Raises ``CallTakenError`` when a call of this id was opened before, ``BookUnavailable`` and
    ``DatabaseError``.
    """
    phone = appointments[0].recipient.phone
    hang_up = HangUp(drop=_nothing_to_drop)
    call = Call.about(
        call_id,
        appointments,
        practice=practice,
        book=book,
        ledger=ledger,
        line=hang_up,
        of_the_number=await book.upcoming(phone, book.now() + _AHEAD),
        heard_before=await ledger.wordings_heard(phone),
    )
    await ledger.open_call(call.id, call.brief.phone, call.appointment_ids)
    session = text_session(call, mind(call))
    hang_up.attach(call, session)
    line = TextLine(call, session, hang_up)
    await line.begin(build(Stage.GREETER, call, introduce(call)))
    return call, line


async def _nothing_to_drop() -> None:
    """Text has no telephone line."""
