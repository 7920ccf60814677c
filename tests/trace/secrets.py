"""Somebody with unmistakable secrets, and whether any of these is found somewhere."""

import base64
import json
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import quote

from reception.appointments.models import Appointment, Customer
from tests.conversations.rehearsal import maria, recipient

NAME = "Zebulon Quixworth"
BORN = date(1951, 3, 9)
SERVICE = "obsidian varnish"
PRACTICE = {"services": {"cleaning": {"name": f"an {SERVICE}", "minutes": 60}}}
"""What changes in practice.yaml, so that the service is one of the secrets."""
SENTENCE = "My purple ferret swallowed the molar"


def number(of: int) -> str:
    """The telephone number of one of many, at most 100."""
    return f"+13125559{of:03}"


def secretive(of: int, **changes: Any) -> Appointment:
    """An appointment of theirs; ``changes`` are of the recipient, but for ``starts_at``."""
    starts_at = changes.pop("starts_at", maria().starts_at)
    return maria(
        id=f"secret-{of}",
        starts_at=starts_at,
        customer=Customer(id=f"c-{of}", name=NAME, date_of_birth=BORN),
        recipient=recipient(**{"name": NAME, "phone": number(of)} | changes),
    )


def assert_clean(where: str, text: str) -> None:
    """That none of the secrets is in ``text``, in any of the usual encodings."""
    folded = text.casefold()
    found = [one for one in _spelled() if one in folded or one in text]
    assert not found, (where, found[:5])


@cache
def _spelled() -> set[str]:
    whole = [NAME, "Zebulon", "Quixworth", SERVICE, SENTENCE, "purple ferret"]
    whole += [BORN.isoformat(), "March 9, 1951", "03/09/1951", "9 March 1951"]
    # As all of their numbers begin.
    whole += ["3125559", "312-555-9", "312.555.9", "(312) 555-9"]
    return {spelled for one in whole for spelled in _encodings(one)}


def _encodings(secret: str) -> set[str]:
    """As it is, and as it might be on its way."""
    plain = [secret, " ".join(secret), "-".join(secret)]
    plain += [quote(secret, safe=""), json.dumps(secret)[1:-1]]
    plain += ["".join(f"\\u{ord(each):04x}" for each in secret)]
    # Within longer text base64 depends on where it begins.
    shifted = (base64.b64encode(b"x" * at + secret.encode()).decode()[4:-4] for at in range(3))
    return {one.casefold() for one in plain} | set(shifted)
