"""What a sentence that no code has worded may not say. Patterns are data; precision is not asked.

A sentence too many is withheld rather than one too few: the open question follows in any case.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

import yaml

from reception.calls.call import Call
from reception.calls.turn import Route, Speaker
from reception.dialogue.wording import LANGUAGES, language_of


class Claim(StrEnum):
    """Why a sentence is withheld."""

    ASKS = "asks"
    WRITTEN = "written"
    DENIES_AI = "denies_ai"
    AFFIRMS = "affirms"
    NAMES_DETAIL = "names_detail"


@cache
def patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    """One expression for each kind of claim in ``claims.yaml``."""
    text = (LANGUAGES / language / "claims.yaml").read_text(encoding="utf-8")
    return {
        kind: re.compile("|".join(entry["patterns"]), re.IGNORECASE)
        for kind, entry in yaml.safe_load(text).items()
    }


def claim(call: Call, sentence: str) -> Claim | None:
    """The first reason to withhold ``sentence``, or None when it may be said.

    An LLM never asks (the open question is the policy's), never claims a write (a receipt words
    it), never denies being an AI, affirms nothing to somebody unverified, and names no time,
    service or provider but those that this person has already heard from the book.
    """
    known = patterns(language_of(call))
    plain = sentence.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()
    if "?" in plain:
        return Claim.ASKS
    if known["written"].search(plain):
        return Claim.WRITTEN
    if known["denies_ai"].search(plain):
        return Claim.DENIES_AI
    if not call.verified and known["affirms"].search(plain):
        return Claim.AFFIRMS
    if not _details(call, plain) <= _worded_details(call):
        return Claim.NAMES_DETAIL
    return None


def _details(call: Call, text: str) -> set[str]:
    """Every time, service and provider that a text names."""
    lowered = text.casefold()
    times = {
        found.group().casefold() for found in patterns(language_of(call))["times"].finditer(text)
    }
    return times | {name for name in _names(call) if re.search(rf"\b{re.escape(name)}\b", lowered)}


def _names(call: Call) -> set[str]:
    """The words of service and provider names that mean something by themselves."""
    practice = call.practice
    names = [service.name for service in practice.services.values()]
    names += [provider.name for provider in practice.providers.values()]
    words = {word.casefold() for name in names for word in re.findall(r"[\w-]+", name)}
    return {word for word in words if len(word) > 3}


def _worded_details(call: Call) -> set[str]:
    """What this person has heard from us in words that stand on the book."""
    if not call.verified:
        return set()
    worded = (
        turn.text
        for turn in call.turns
        if turn.verified and turn.speaker is Speaker.AGENT and turn.route is not Route.LLM
    )
    return {detail for text in worded for detail in _details(call, text)}
