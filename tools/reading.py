"""Read the appointments again before a word is said about them."""

import asyncio

from livekit.agents import RunContext

from reception.appointments.book import BookError
from reception.appointments.models import AppointmentStatus
from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Words
from reception.dialogue.questions import ask_about_all, ask_next
from reception.dialogue.wording import word, word_about
from tools.answer import while_looking


async def appointments_as_they_stand(ctx: RunContext[Call]) -> Words | None:
    """What to tell a person who was just verified, read from the book in this moment.

    None when the book does not answer: then nothing may be said, for it may have changed.
    """
    call = ctx.userdata
    try:
        async with while_looking(ctx), asyncio.timeout(call.practice.limits.book_seconds):
            for appointment in call.appointments:
                call.refresh(await call.book.appointment(appointment.id))
    except (BookError, TimeoutError):
        return None
    if len(call.undecided) > 1:
        return ask_about_all(call, call.undecided)
    if call.current is not None:
        return word_about(call, "attend.first", call.current, Question.ATTEND)
    last = call.appointments[-1]
    if last.status is AppointmentStatus.CANCELLED:
        return word_about(call, "trouble.gone", last) + ask_next(call)
    return word(call, "anything_else.ask", Question.ANYTHING_ELSE)
