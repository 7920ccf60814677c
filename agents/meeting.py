"""From who answered to the agent that speaks: a person, a screening service, or a mailbox."""

import asyncio

from livekit import rtc
from livekit.agents import AgentSession

from agents.greeter import Greeter
from agents.voicemail import Voicemail
from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.turn import NOTHING, Words
from reception.dialogue.wording import word
from reception.line.answer import Answer, picks_up_late
from reception.line.beep import beep_or_quiet
from reception.line.dial import CUSTOMER


async def meet(
    answer: Answer, session: AgentSession[Call], greeter: Greeter, room: rtc.Room
) -> None:
    """Have the agent speak that fits who answered, when it is time to."""
    call = session.userdata
    call.answered_by, call.takes_message = answer.by, answer.takes_message
    match answer.by:
        case AnsweredBy.PERSON:
            greeter.answer()
        case AnsweredBy.SCREENING:
            _hand_to_voicemail(session, word(call, "screening"))
        case AnsweredBy.MACHINE if answer.takes_message and await _picked_up(session, room):
            call.answered_by = AnsweredBy.PERSON
            greeter.answer()
        case AnsweredBy.MACHINE:
            _hand_to_voicemail(session, NOTHING)


def _hand_to_voicemail(session: AgentSession[Call], opening: Words) -> None:
    """The line's verdict moves the session; nothing else does so past a tool."""
    call = session.userdata
    session.update_agent(Voicemail(call, opening, f"answered by {call.answered_by}"))


async def _picked_up(session: AgentSession[Call], room: rtc.Room) -> bool:
    """Wait for the beep or the end of the greeting; whether a person picked up meanwhile."""
    track = _track_of(room, CUSTOMER)
    if track is None:
        return False
    begins = asyncio.create_task(beep_or_quiet(track), name="beep_or_quiet")
    person = asyncio.create_task(picks_up_late(session, session.userdata), name="picks_up_late")
    try:
        await asyncio.wait((begins, person), return_when=asyncio.FIRST_COMPLETED)
        return person.done()
    finally:
        for task in (begins, person):
            task.cancel()
        await asyncio.gather(begins, person, return_exceptions=True)


def _track_of(room: rtc.Room, identity: str) -> rtc.Track | None:
    participant = room.remote_participants.get(identity)
    published = () if participant is None else participant.track_publications.values()
    return next((one.track for one in published if one.track is not None), None)
