"""What a sentence that no code has worded may not say. Patterns are data; precision is not asked.

A sentence too many is withheld rather than one too few: the open question follows in any case.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from reception.appointments.models import AppointmentStatus
from reception.calls.call import Call
from reception.dialogue.language_data import language_data
from reception.dialogue.wording import appointment_facts, language_of


class Claim(StrEnum):
    """Why a sentence is withheld."""

    FOREIGN = "foreign"
    ASKS = "asks"
    WRITTEN = "written"
    DENIES_AI = "denies_ai"
    AFFIRMS = "affirms"
    NAMES_DETAIL = "names_detail"


@cache
def patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    """One expression for each kind of claim in ``claims.yaml``."""
    return {
        kind: re.compile("|".join(entry["patterns"]), re.IGNORECASE)
        for kind, entry in language_data(language, "claims").items()
    }


def claim(call: Call, sentence: str) -> Claim | None:
    """The first reason to withhold ``sentence``, or None when it may be said.

    An LLM never asks (the open question is the policy's), never claims a write (a receipt words
    it), never denies being an AI, affirms nothing to somebody unverified, and names no time,
    service, provider or place but those of one appointment of this person as it stands. What is
    not in the call's language cannot be checked.
    """
    known = patterns(language_of(call))
    plain = sentence.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()
    for reason in (Claim.DENIES_AI, Claim.ASKS, Claim.WRITTEN, Claim.AFFIRMS):
        harmless = reason is Claim.AFFIRMS and call.verified
        if not harmless and known[reason].search(plain):
            return reason
    if not _may_name(call, _details(call, plain)):
        return Claim.NAMES_DETAIL
    return None if known["own_language"].search(plain) else Claim.FOREIGN


def _may_name(call: Call, details: set[str]) -> bool:
    """All of one appointment: the day of one time and the hour of another make a third."""
    if not details:
        return True
    own = call.appointments if call.verified else ()
    return any(
        details <= _details(call, " ".join(appointment_facts(call, each).values()))
        for each in own
        if each.status is not AppointmentStatus.CANCELLED
    )


def _details(call: Call, text: str) -> set[str]:
    """Every time, service, provider and place that a text names."""
    known = patterns(language_of(call))
    found = {
        match.group().casefold().strip()
        for kind in ("times", "providers")
        for match in known[kind].finditer(text)
    }
    return found | {name for name in _names(call) if _named(name, text)}


def _names(call: Call) -> set[str]:
    """The words that mean something by themselves and are not in the practice's own name."""
    practice = call.practice
    names = [service.name for service in practice.services.values()]
    names += [provider.name for provider in practice.providers.values()]
    names += [location.name for location in practice.locations.values()]
    everyday = patterns(language_of(call))["own_language"]
    words = {word for name in names for word in _words(name) if not everyday.fullmatch(word)}
    return words - _words(practice.name)


def _words(name: str) -> set[str]:
    """``chen`` of "Dr. Chen": what is abbreviated is a title."""
    return {word for word in re.findall(r"[\w-]+\b(?!\.)", name.casefold()) if len(word) > 1}


def _named(name: str, text: str) -> bool:
    """However it is written: check-up, check up, checkups."""
    spelled = re.escape(name).replace(r"\-", "[ -]?")
    return re.search(rf"\b{spelled}(s|es)?\b", text, re.IGNORECASE) is not None
