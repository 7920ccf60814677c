"""The words for what is to be said: data per language, never the same way twice in a call.

A claim that something was written can only be worded from the ``Receipt`` that proves it, and a
promise that the desk will do it only from the task that was filed.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from reception.appointments.models import Appointment, Change, Receipt, Slot
from reception.calls.call import Call
from reception.calls.evidence import StaffTaskFiled
from reception.calls.question import Asked, Question
from reception.calls.turn import Mood, Speaker, Turn, Words
from reception.dialogue import spoken
from reception.dialogue.language_data import language_data
from reception.dialogue.pauses import has_pause, pause, without_pauses

_PROVEN = ("receipt.", "pending.")
_SHORT = frozenset({Mood.RUSHED, Mood.CONFUSED, Mood.SLOW})
"""Whoever is in one of these is spoken to in short sentences."""
_UNPAUSED = frozenset({Mood.RUSHED, Mood.UPSET})
_BREATH = 300
"""Milliseconds."""
_SPOKEN_BETWEEN_PAUSES = 3
"""Turns of the agent."""


@cache
def wordings(language: str) -> Mapping[str, Sequence[str]]:
    """Every wording of a language by its dotted name, such as ``attend.ask``."""
    return dict(_flatten(language_data(language, "wording"), ""))


def _flatten(node: Mapping[str, Any], prefix: str) -> list[tuple[str, Sequence[str]]]:
    found: list[tuple[str, Sequence[str]]] = []
    for key, value in node.items():
        name = f"{prefix}{key}"
        found += _flatten(value, f"{name}.") if isinstance(value, dict) else [(name, tuple(value))]
    return found


def word(
    call: Call, name: str, ask: Question | None = None, subject: str | None = None, **facts: str
) -> Words:
    """Word one thing in a way that this call has not heard yet.

    Knows what everybody may know; once the person is verified, also the appointment that the
    call is about. ``facts`` adds what only the caller knows.
    """
    if name.startswith(_PROVEN):
        raise ValueError(f"{name} claims a change; word it from its proof")
    if call.verified:
        facts = {**appointment_facts(call, call.subject), **facts}
    return _compose(call, name, facts, None if ask is None else Asked(ask, subject))


def word_about(
    call: Call, name: str, appointment: Appointment, ask: Question | None = None
) -> Words:
    """Word one thing about this appointment, to a person who is verified."""
    facts = appointment_facts(call, appointment)
    return _compose(call, name, facts, None if ask is None else Asked(ask, appointment.id))


def word_receipt(call: Call, receipt: Receipt, *, after_another: bool = False) -> Words:
    """Say that a change is made: only with the book's proof of it."""
    match receipt.change:
        case Change.CONFIRMED:
            name = "receipt.also_confirmed" if after_another else "receipt.confirmed"
        case Change.RESCHEDULED:
            name = "receipt.rescheduled"
        case Change.CANCELLED:
            name = "receipt.also_cancelled" if after_another else "receipt.cancelled"
    return _compose(call, name, appointment_facts(call, receipt.appointment), None)


def word_pending(
    call: Call,
    change: Change,
    task: StaffTaskFiled,
    appointment: Appointment,
    slot: Slot | None = None,
) -> Words:
    """Say that the desk will carry a change out: only with the task that tells it to."""
    match change:
        case Change.CONFIRMED:
            name = "pending.confirm"
        case Change.RESCHEDULED:
            name = "pending.reschedule"
        case Change.CANCELLED:
            name = "pending.cancel"
    facts = appointment_facts(call, appointment)
    if slot is not None:
        facts["slot"] = slot_text(call, slot)
    return _compose(call, name, facts, None)


def slot_text(call: Call, slot: Slot, after: Slot | None = None) -> str:
    """One free time as it is said: the day once, and the provider where it is not the usual one."""
    zone = call.practice.locations[slot.location].zone
    local, language = slot.starts_at.astimezone(zone), language_of(call)
    if after is not None and after.starts_at.astimezone(zone).date() == local.date():
        text = spoken.spoken_at(local, language)
    else:
        text = spoken.spoken_choice(local, _now(call, zone), language)
    if slot.provider != call.subject.provider:
        text += f" with {call.practice.providers[slot.provider].name}"
    return text


def offers_text(call: Call, slots: Sequence[Slot]) -> str:
    before = (None, *slots)
    return spoken.spoken_list(
        [slot_text(call, s, b) for s, b in zip(slots, before, strict=False)], "or"
    )


def callback_text(call: Call, when: datetime) -> str:
    zone = call.brief.zone
    return spoken.spoken_moment(when.astimezone(zone), _now(call, zone), language_of(call))


def _compose(call: Call, name: str, facts: Mapping[str, str], asks: Asked | None) -> Words:
    variants = wordings(language_of(call))[name]
    variant = _fresh(call, name, variants)
    text = _paced(call, variants[variant]).format_map({**brief_facts(call), **facts})
    return Words(text, (f"{name}#{variant}",), asks)


def _fresh(call: Call, name: str, variants: Sequence[str]) -> int:
    """The wording that was heard least in this call, and not on the last ones if that can be.

    Among these the next in turn; after trouble, and for whoever needs it short, the shortest.
    """
    heard = [use for turn in call.turns for use in turn.used]
    first = zlib.crc32(f"{call.id} {name}".encode())

    def preference(variant: int) -> tuple[int, bool, int, int]:
        use = f"{name}#{variant}"
        length = len(variants[variant]) if _wants_it_short(call) else 0
        return heard.count(use), use in call.heard_before, length, (variant - first) % len(variants)

    return min(range(len(variants)), key=preference)


def _wants_it_short(call: Call) -> bool:
    return call.mood in _SHORT or any(_in_trouble(turn) for turn in _last_said(call, 2))


def _in_trouble(turn: Turn) -> bool:
    return any(use.startswith("clarify.") for use in turn.used)


def _last_said(call: Call, count: int) -> list[Turn]:
    said = [turn for turn in call.turns if turn.speaker is Speaker.AGENT]
    return said[-count:]


def _paced(call: Call, text: str) -> str:
    """Pauses are sparse, or they sound put on; who is slow gets one after every sentence."""
    if call.mood is Mood.SLOW:
        return re.sub(r"(?<=[.!?]) (?!<)", f" {pause(_BREATH)} ", text)
    paused = any(_pauses(call, turn) for turn in _last_said(call, _SPOKEN_BETWEEN_PAUSES))
    return without_pauses(text) if paused or call.mood in _UNPAUSED else text


def _pauses(call: Call, turn: Turn) -> bool:
    said = wordings(language_of(call))
    names = (use.rsplit("#") for use in turn.used)
    return any(has_pause(said[name][int(variant)]) for name, variant in names)


def brief_facts(call: Call) -> dict[str, str]:
    """What everybody may know."""
    practice, brief, language = call.practice, call.brief, language_of(call)
    disclosure = practice.disclosure.wording
    return {
        "agent": practice.persona.name,
        "practice": practice.name,
        "disclosure": disclosure.get(language) or next(iter(disclosure.values())),
        "name": spoken.first_name(brief.recipient),
        "full_name": brief.recipient,
        "callback": spoken.spoken_phone(brief.callback_number),
    }


def appointment_facts(call: Call, appointment: Appointment) -> dict[str, str]:
    """What a verified person may hear of one appointment."""
    practice, language = call.practice, language_of(call)
    location = practice.locations[appointment.location]
    local = appointment.starts_at.astimezone(location.zone)
    now = _now(call, location.zone)
    service = practice.services[appointment.service].name
    provider = practice.providers[appointment.provider].name
    whose = "your" if _is_own(appointment) else f"{spoken.first_name(appointment.customer.name)}'s"
    return {
        "what": f"{whose} {service} with {provider}",
        "what_short": f"{whose} {service}",
        "when": spoken.spoken_moment(local, now, language),
        "when_named": spoken.spoken_choice(local, now, language),
        "when_short": spoken.spoken_moment_short(local, now, language),
        "where": f"at {location.name}",
    }


def _is_own(appointment: Appointment) -> bool:
    return appointment.customer.name == appointment.recipient.name


def _now(call: Call, zone: ZoneInfo) -> datetime:
    return call.now().astimezone(zone)


def language_of(call: Call) -> str:
    """The recipient's language where the practice speaks it, else the practice's first."""
    wanted = call.brief.language
    return wanted if wanted in call.practice.languages else call.practice.languages[0]
