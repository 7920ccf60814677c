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
from reception.dialogue.pauses import pause, without_markup

_PROVEN = ("receipt.", "pending.")
_NEEDS_TIME = frozenset({Mood.CONFUSED, Mood.SLOW})
"""Whoever is in one of these hears short sentences, with a breath after each."""
_BREATH = 300
"""Milliseconds."""
_SPOKEN_BETWEEN_FILLERS = 3
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
        facts = {**_facts_anew(call, call.subject), **facts}
    return _compose(call, name, facts, None if ask is None else Asked(ask, subject))


def word_about(
    call: Call, name: str, appointment: Appointment, ask: Question | None = None
) -> Words:
    """Word one thing about this appointment, to a person who is verified."""
    facts = _facts_anew(call, appointment)
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
    return _compose(call, name, _facts_anew(call, receipt.appointment), None)


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
    facts = _facts_anew(call, appointment)
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
        now = _now(call, zone)
        forms = spoken.spoken_choice, spoken.spoken_moment_again
        text = _anew(call, [form(local, now, language) for form in forms])
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
    variant, text = _fresh(call, name)
    used, filler = [f"{name}#{variant}"], ""
    if "{filler}" in text and _may_fill(call):
        variant, filler = _fresh(call, "filler")
        used.append(f"filler#{variant}")
        filler += " "
    # A name or a note that looks like a mark is none.
    known = {key: without_markup(fact) for key, fact in {**brief_facts(call), **facts}.items()}
    return Words(_paced(call, text).format_map({**known, "filler": filler}), tuple(used), asks)


def _fresh(call: Call, name: str) -> tuple[int, str]:
    """The wording that was heard least in this call, and not on the last ones if that can be.

    Among these the next in turn; after trouble, and for whoever needs it short, the shortest.
    """
    variants = wordings(language_of(call))[name]
    heard = [use for turn in call.turns for use in turn.used]
    first = zlib.crc32(f"{call.id} {name}".encode())

    def preference(variant: int) -> tuple[int, bool, int, int]:
        use = f"{name}#{variant}"
        length = len(variants[variant]) if _wants_it_short(call) else 0
        return heard.count(use), use in call.heard_before, length, (variant - first) % len(variants)

    best = min(range(len(variants)), key=preference)
    return best, variants[best]


def _wants_it_short(call: Call) -> bool:
    trouble = any(_uses(turn, "clarify.") for turn in _last_said(call, 2))
    return trouble or call.mood is Mood.RUSHED or call.mood in _NEEDS_TIME


def _may_fill(call: Call) -> bool:
    """Fillers are sparse, or they sound put on; nobody in a mood has an ear for them."""
    lately = any(_uses(turn, "filler#") for turn in _last_said(call, _SPOKEN_BETWEEN_FILLERS))
    return not lately and call.mood is None and not _wants_it_short(call)


def _uses(turn: Turn, prefix: str) -> bool:
    return any(use.startswith(prefix) for use in turn.used)


def _last_said(call: Call, count: int) -> list[Turn]:
    said = [turn for turn in call.turns if turn.speaker is Speaker.AGENT]
    return said[-count:]


def _paced(call: Call, text: str) -> str:
    """Who needs time gets a breath after every sentence; after a question it is their turn."""
    if call.mood not in _NEEDS_TIME:
        return text
    return re.sub(r"(?<=[.!?])(?= )|(?<=[.!])$", f" {pause(_BREATH)}", text)


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


def _facts_anew(call: Call, appointment: Appointment) -> dict[str, str]:
    """The same facts, with a time that was said before in another way."""
    facts, language = appointment_facts(call, appointment), language_of(call)
    zone = call.practice.locations[appointment.location].zone
    when = appointment.starts_at.astimezone(zone), _now(call, zone), language
    again = spoken.spoken_moment_again(*when)
    shorter = spoken.spoken_choice_short(*when), spoken.spoken_moment_again_short(*when)
    return facts | {
        "when": _anew(call, [facts["when"], again]),
        "when_named": _anew(call, [facts["when_named"], again]),
        "when_short": _anew(call, [facts["when_short"], *shorter]),
    }


def _anew(call: Call, forms: Sequence[str]) -> str:
    """Of several forms of one fact the one that was heard least, the usual one first."""
    said = " ".join(turn.text for turn in call.turns if turn.speaker is Speaker.AGENT)
    return min(forms, key=said.count)


def _is_own(appointment: Appointment) -> bool:
    return appointment.customer.name == appointment.recipient.name


def _now(call: Call, zone: ZoneInfo) -> datetime:
    return call.now().astimezone(zone)


def language_of(call: Call) -> str:
    """The recipient's language where the practice speaks it, else the practice's first."""
    wanted = call.brief.language
    return wanted if wanted in call.practice.languages else call.practice.languages[0]
