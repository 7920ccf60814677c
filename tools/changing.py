"""Confirm, move or cancel: the write, its receipt, and the truth when there is none."""

import asyncio
import logging

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import ToolResult

from reception.appointments.book import BookError, SlotTaken, VersionConflict, Writes
from reception.appointments.models import (
    Appointment,
    AppointmentStatus,
    Change,
    Receipt,
    Slot,
)
from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.records import TaskReason
from reception.calls.result import Decision, DecisionKind
from reception.calls.turn import NOTHING, Words
from reception.dialogue.hearing import last_heard
from reception.dialogue.moves import Tool
from reception.dialogue.questions import about_all, ask_next, ask_to_cancel, goodbye
from reception.dialogue.understanding import Act
from reception.dialogue.wording import word, word_about, word_pending, word_receipt
from reception.practice import LateChange
from tools.answer import (
    agrees,
    answer,
    file_task,
    key,
    last_words,
    nothing_noted,
    while_looking,
)

logger = logging.getLogger(__name__)


@function_tool
async def confirm_appointment(ctx: RunContext[Call]) -> str | ToolResult:
    """The person says that they will come to the appointment."""
    call = ctx.userdata
    if not call.verified or not agrees(call, Tool.CONFIRM_APPOINTMENT):
        words = word_about(call, "attend.ask", call.subject, Question.ATTEND)
        return answer(ctx, "not yet: the closed question is asked first", words)
    return await change(ctx, Change.CONFIRMED, *_meant(call))


@function_tool
async def cancel_appointment(ctx: RunContext[Call]) -> str | ToolResult:
    """The person says that they want no appointment any more, not even at another time."""
    call = ctx.userdata
    if not call.verified or not agrees(call, Tool.CANCEL_APPOINTMENT):
        words = ask_to_cancel(call, call.subject)
        return answer(ctx, "not yet: the closed question is asked first", words)
    if not call.may_change(call.subject):
        return await not_theirs_to_change(ctx, call.subject)
    return await change(ctx, Change.CANCELLED, *_meant(call))


def _meant(call: Call) -> tuple[Appointment, ...]:
    """What the customer's last words decide: every appointment that is left, or the one."""
    heard = last_heard(call)
    every = heard is not None and about_all(call, all_of_them=heard.all_of_them)
    return call.undecided if every else (call.subject,)


async def change(
    ctx: RunContext[Call], wanted: Change, *appointments: Appointment
) -> str | ToolResult:
    """Confirm or cancel what is being talked about, one after the other; say what is true then."""
    call = ctx.userdata
    said = NOTHING
    for appointment in appointments:
        if wanted is not Change.CONFIRMED and not call.may_change(appointment):
            return await not_theirs_to_change(ctx, appointment, said)
        try:
            words = await write(ctx, wanted, appointment, after_another=bool(said.text))
        except VersionConflict as conflict:
            truth = changed_meanwhile(call, conflict.current)
            return answer(ctx, f"not written: {conflict}", said + truth)
        except BookError as error:
            words = await unproven(ctx, appointment, error)
            if words is None:
                return await nothing_noted(ctx, said)
            words = said + words + ask_next(call, appointment)
            return answer(ctx, "failed: the book gave no receipt", words)
        if words is None:
            return await nothing_noted(ctx, said)
        said += words
    record = f"{wanted}, read back"
    if _said_goodbye(call) and call.current is None:
        return await last_words(ctx, record, said + goodbye(call))
    return answer(ctx, record, said + ask_next(call))


async def write(
    ctx: RunContext[Call],
    wanted: Change,
    appointment: Appointment,
    slot: Slot | None = None,
    *,
    after_another: bool = False,
) -> Words | None:
    """Carry a change out, or ask the desk to; keep the decision and word its proof.

    None when the desk could not be told. Raises ``BookError``.
    """
    call = ctx.userdata
    if call.book.writes is Writes.REQUEST or _only_the_desk_may(call, wanted, appointment):
        return await _request(ctx, wanted, appointment, slot)
    receipt = await _receipt(ctx, wanted, appointment, slot)
    call.decide(Decision.proven_by(receipt))
    return word_receipt(call, receipt, after_another=after_another)


def _only_the_desk_may(call: Call, wanted: Change, appointment: Appointment) -> bool:
    """Whether the practice leaves a change that comes so late to its desk."""
    rule = call.practice.late_changes
    if not call.practice.is_late(appointment.starts_at, call.now()):
        return False
    match wanted:
        case Change.CONFIRMED:
            return False
        case Change.CANCELLED:
            return rule.cancel is LateChange.DESK
        case Change.RESCHEDULED:
            return rule.move is LateChange.DESK


async def _receipt(
    ctx: RunContext[Call], wanted: Change, appointment: Appointment, slot: Slot | None
) -> Receipt:
    book, patience = ctx.userdata.book, ctx.userdata.practice.limits.book_seconds
    try:
        async with while_looking(ctx), asyncio.timeout(patience):
            match wanted:
                case Change.CONFIRMED:
                    return await book.confirm(appointment, key(ctx, appointment.id))
                case Change.CANCELLED:
                    return await book.cancel(appointment, key(ctx, appointment.id))
                case Change.RESCHEDULED:
                    if slot is None:
                        raise SlotTaken("no slot was chosen")
                    return await book.reschedule(appointment, slot, key(ctx, appointment.id))
    except TimeoutError as error:
        raise BookError(f"no answer within {patience} s") from error


async def _request(
    ctx: RunContext[Call], wanted: Change, appointment: Appointment, slot: Slot | None
) -> Words | None:
    call = ctx.userdata
    note = f"{call.brief.recipient} wants appointment {appointment.id} {wanted}"
    if slot is not None:
        note += f" to {slot.starts_at.isoformat()} with {slot.provider}"
    task = await file_task(ctx, TaskReason.CHANGE_WANTED, note, appointment.id)
    if task is None:
        return None
    call.decide(Decision(appointment.id, DecisionKind.CHANGE_REQUESTED, task))
    return word_pending(call, wanted, task, appointment, slot)


async def not_theirs_to_change(
    ctx: RunContext[Call], appointment: Appointment, said: Words = NOTHING
) -> str | ToolResult:
    """Who may only discuss an appointment cannot move or cancel it; the desk is told their wish."""
    call = ctx.userdata
    wish = call.last_heard.text if call.last_heard else ""
    note = f'{call.brief.recipient} may only discuss {appointment.id}, and said: "{wish}"'
    task = await file_task(ctx, TaskReason.CHANGE_WANTED, note, appointment.id)
    if task is None:
        return await nothing_noted(ctx, said)
    call.decide(Decision(appointment.id, DecisionKind.CHANGE_REQUESTED, task))
    words = said + word(call, "move_or_cancel.not_allowed") + ask_next(call)
    return answer(ctx, "left to the desk: this recipient may not change it", words)


def changed_meanwhile(call: Call, current: Appointment) -> Words:
    """The book moved on: say what is true now, and ask about that."""
    call.refresh(current)
    if current.status is AppointmentStatus.CANCELLED:
        return word_about(call, "trouble.gone", current) + ask_next(call, current)
    return word_about(call, "trouble.changed", current, Question.ATTEND)


async def unproven(
    ctx: RunContext[Call], appointment: Appointment, error: BookError
) -> Words | None:
    """No receipt: claim nothing, and have the desk look. None when it could not be told."""
    call = ctx.userdata
    logger.warning("a write has no receipt: %s", type(error).__name__)
    note = f"A change of appointment {appointment.id} could not be proven: {type(error).__name__}."
    if await file_task(ctx, TaskReason.BOOK_TROUBLE, note, appointment.id) is None:
        return None
    return word(call, "trouble.unproven")


def _said_goodbye(call: Call) -> bool:
    heard = last_heard(call)
    return heard is not None and Act.GOODBYE in heard.acts
