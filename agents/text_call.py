"""A call held in text: everything of a real call but the voice and the telephone."""

from collections.abc import Callable, Sequence
from typing import Any

from livekit.agents import llm

from agents.handoff import build
from reception.appointments.book import AppointmentBook
from reception.appointments.models import Appointment
from reception.calls.call import Call
from reception.calls.ledger import Ledger
from reception.calls.opening import call_about
from reception.calls.turn import Stage
from reception.dialogue.questions import introduce
from reception.line.hang_up import HangUp
from reception.line.text_line import TextLine
from reception.practice import Practice
from reception.voice.policy_llm import PolicyLLM
from reception.voice.session import text_session


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
    hang_up = HangUp(drop=_nothing_to_drop)
    call = await call_about(
        call_id, appointments, practice=practice, book=book, ledger=ledger, line=hang_up
    )
    await ledger.open_call(call.id, call.brief.phone, call.appointment_ids)
    session = text_session(call, mind(call))
    hang_up.attach(call, session)
    line = TextLine(call, session, hang_up)
    await line.begin(build(Stage.GREETER, call, introduce(call)))
    return call, line


async def _nothing_to_drop() -> None:
    """Text has no telephone line."""
