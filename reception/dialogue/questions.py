"""How each question is asked: the first time, and again."""

from collections.abc import Sequence
from itertools import takewhile

from reception.appointments.models import Appointment
from reception.calls.call import Call
from reception.calls.question import Asked, Question
from reception.calls.result import DecisionKind
from reception.calls.turn import Stage, Turn, Words
from reception.dialogue.spoken import spoken_list
from reception.dialogue.wording import (
    appointment_facts,
    offers_text,
    slot_text,
    word,
    word_about,
)

_COMING = frozenset({DecisionKind.CONFIRMED, DecisionKind.RESCHEDULED})


def introduce(call: Call) -> Words:
    """Who is calling, and for whom: the business's name first (47 CFR 64.1200(b)(1))."""
    name = "opening.upfront" if call.practice.disclosure.upfront else "opening.plain"
    return word(call, name, Question.IDENTITY)


def ask_again(call: Call) -> Words:
    """The question that waits for its answer, in other words than before."""
    asked = call.open_question or _first_question(call)
    match asked.question:
        case Question.IDENTITY:
            return word(call, "identity.ask", Question.IDENTITY)
        case Question.BIRTH_DATE:
            return ask_birth_date(call)
        case Question.FETCH:
            return word(call, "fetch.ask", Question.FETCH)
        case Question.HOLDING:
            return word(call, "identity.again", Question.IDENTITY)
        case Question.ATTEND:
            return word_about(call, "attend.ask", call.subject, Question.ATTEND)
        case Question.MOVE_OR_CANCEL:
            return word_about(call, "move_or_cancel.which", call.subject, Question.MOVE_OR_CANCEL)
        case Question.CANCEL_SURE:
            return ask_to_cancel(call, call.subject)
        case Question.ATTEND_ALL | Question.CANCEL_ALL:
            return one_by_one(call)
        case Question.PICK_SLOT:
            return ask_which(call, "pick_slot.ask")
        case Question.BOOK_SURE:
            return ask_to_book(call, asked.subject or "")
        case Question.CALLBACK_WHEN:
            return word(call, "callback_when.ask", Question.CALLBACK_WHEN, asked.subject)
        case Question.ANYTHING_ELSE | Question.STILL_THERE | Question.DESK_SURE | Question.MEANT:
            return word(call, "anything_else.ask", Question.ANYTHING_ELSE)


def _first_question(call: Call) -> Asked:
    """What an agent is there to ask."""
    match call.stage:
        case Stage.GREETER | Stage.VOICEMAIL:
            return Asked(Question.IDENTITY)
        case Stage.CONFIRMATION:
            return Asked(Question.ATTEND if call.current else Question.ANYTHING_ELSE)
        case Stage.RESCHEDULING:
            return Asked(Question.PICK_SLOT)


def ask_birth_date(call: Call) -> Words:
    name = "birth_date.ask_other" if call.brief.about_somebody_else else "birth_date.ask"
    return word(call, name, Question.BIRTH_DATE)


def ask_which(call: Call, name: str) -> Words:
    """Name the free times on offer; with none on offer, ask what would suit."""
    if not call.offered:
        return word(call, "pick_slot.when_else", Question.PICK_SLOT, call.subject.id)
    offers = offers_text(call, call.offered)
    return word(call, name, Question.PICK_SLOT, call.subject.id, offers=offers)


def taken_up(call: Call, ask: Words) -> Words:
    """The question to which a wish leads, after a word that can be heard at once."""
    return word(call, "understood") + ask


def ask_to_book(call: Call, slot_id: str) -> Words:
    slot = slot_text(call, call.handed_out[slot_id])
    return word(call, "book_sure.ask", Question.BOOK_SURE, slot_id, slot=slot)


def ask_to_cancel(call: Call, appointment: Appointment) -> Words:
    """Whether to cancel it, so that a yes is a yes to what it costs as well."""
    ask = word_about(call, "cancel_sure.ask", appointment, Question.CANCEL_SURE)
    return ask if (note := late_note(call, appointment)) is None else note + ask


def ask_to_cancel_all(call: Call) -> Words:
    """Whether to cancel every appointment that is left, each of them named once more."""
    each = (appointment_facts(call, appointment) for appointment in call.undecided)
    named = spoken_list([f"{a['what_short']} {a['when_short']}" for a in each], "and")
    ask = word(call, "cancel_sure.all", Question.CANCEL_ALL, appointments=named)
    notes = (late_note(call, appointment) for appointment in call.undecided)
    return next((note + ask for note in notes if note is not None), ask)


def late_note(call: Call, appointment: Appointment) -> Words | None:
    """What the practice wants to be said before a late change; once to a person."""
    note = call.practice.late_changes.note
    late = call.practice.is_late(appointment.starts_at, call.now())
    if note is None or not late or any(_noted(turn) for turn in _to_this_person(call)):
        return None
    return word(call, "late.note", note=note)


def _noted(turn: Turn) -> bool:
    """Whether the note was heard: with a question after it that was not cut off."""
    return turn.asks is not None and any(use.startswith("late.note") for use in turn.used)


def _to_this_person(call: Call) -> list[Turn]:
    """The turns since the person who speaks now was verified."""
    return list(takewhile(lambda turn: turn.verified, reversed(call.turns)))


def about_all(call: Call, *, all_of_them: bool) -> bool:
    """Whether an answer counts for every appointment that is left.

    They were asked about together, or the customer says so ("yes, both"), and every one of them was
    named to this very person before.
    """
    asked = call.open_question
    together = asked is not None and asked.question in (Question.ATTEND_ALL, Question.CANCEL_ALL)
    named = any(
        turn.asks is not None and turn.asks.question is Question.ATTEND_ALL
        for turn in _to_this_person(call)
    )
    return named and (together or all_of_them) and len(call.undecided) > 1


def ask_about_all(call: Call, appointments: Sequence[Appointment]) -> Words:
    """Name every one, and ask whether all of them are kept."""
    each = (appointment_facts(call, appointment) for appointment in appointments)
    named = spoken_list([f"{a['what']}, {a['when']}, {a['where']}" for a in each], "and")
    return word(call, "attend.all", Question.ATTEND_ALL, appointments=named)


def one_by_one(call: Call) -> Words:
    """They are not all kept, or that was not clear: the first of them alone."""
    ask = word_about(call, "attend.ask", call.subject, Question.ATTEND)
    return word(call, "attend.one_by_one") + ask


def ask_next(call: Call, besides: Appointment | None = None) -> Words:
    """The next appointment that needs a decision, or whether there is anything else.

    ``besides`` is left as it is, and so are those before it: nothing is asked twice.
    """
    ids = [appointment.id for appointment in call.appointments]
    passed = [] if besides is None else ids[: ids.index(besides.id) + 1]
    appointment = next((a for a in call.undecided if a.id not in passed), None)
    if appointment is not None:
        return word_about(call, "attend.next", appointment, Question.ATTEND)
    return word(call, "anything_else.ask", Question.ANYTHING_ELSE)


def goodbye(call: Call) -> Words:
    """A goodbye that fits what was decided."""
    if not call.verified or call.current is not None:
        return word(call, "bye.plain")
    coming = any(call.decisions[a.id].kind in _COMING for a in call.appointments)
    return word(call, "bye.coming" if coming else "bye.done")
