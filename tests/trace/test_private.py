"""Fifty calls of people with unmistakable secrets, with failures; none of these leaves anywhere."""

import base64
import json
import logging
import random
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from livekit.agents import llm
from prometheus_client import REGISTRY as METRICS
from prometheus_client import generate_latest

from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment, Customer, Receipt, WriteKey
from reception.appointments.sql_book import SqlBook
from reception.telemetry.attributes import REGISTRY
from reception.telemetry.logs import begin_logging
from reception.telemetry.tracing import call_span
from reception.voice.policy_llm import PolicyLLM
from tests.conversations.rehearsal import Rehearsal, maria, recipient
from tests.line.callees import answered, machine, person
from tests.line.conftest import Begins
from tests.line.ground import noon_somewhere, upcoming
from tests.recorded_spans import RecordedSpans
from tests.trace.collector import Collector

NAME = "Zebulon Quixworth"
BORN = date(1951, 3, 9)
SERVICE = "obsidian varnish"
SENTENCE = "My purple ferret swallowed the molar"
TEXT_CALLS = 47
LINE_CALLS = 3


def number(of: int) -> str:
    return f"+1312555{9100 + of}"


def spellings(secret: str) -> set[str]:
    """As it is, and as it might be encoded on its way."""
    apart = [" ".join(secret), "-".join(secret)]
    encoded = [
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        "".join(f"\\u{ord(each):04x}" for each in secret),
    ]
    raw = secret.encode()
    # Within longer text base64 depends on where it begins.
    shifted = [base64.b64encode(b"x" * at + raw).decode()[4:-4] for at in range(3)]
    return {one.casefold() for one in (secret, *apart, *encoded) if one} | set(shifted)


def secrets() -> set[str]:
    whole = [NAME, "Zebulon", "Quixworth", SERVICE, SENTENCE, "purple ferret"]
    whole += ["1951-03-09", "March 9, 1951", "03/09/1951", "9 March 1951"]
    for of in range(TEXT_CALLS + LINE_CALLS):
        digits = number(of)[2:]
        whole += [digits, f"{digits[:3]}-{digits[3:6]}-{digits[6:]}", digits[3:]]
    return {spelled for one in whole for spelled in spellings(one)}


def assert_clean(where: str, text: str) -> None:
    folded = text.casefold()
    found = [one for one in secrets() if one in folded or one in text]
    assert not found, (where, found[:5])


class _Leaks(SqlBook):
    """A book whose errors are full of what they must not tell."""

    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        text = f"{appointment.recipient.name} {appointment.recipient.phone} {appointment.service}"
        kind = random.Random(key.call_id).choice((BookUnavailable, ArithmeticError, KeyError))
        raise kind(text)


class _LeakingLLM(PolicyLLM):
    """An LLM that fails with what it was told in its error."""

    def answer(self, chat_ctx: llm.ChatContext) -> llm.ChatChunk:
        raise RuntimeError(f"{NAME}: {SENTENCE}")


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """All that this process logs."""
    root, written = logging.getLogger(), StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(written)]
    begin_logging("DEBUG")
    yield written
    root.handlers[:], root.level = before, level


TALKS = (
    (f"Yes, this is {NAME}.", "Yes, I'll be there.", "No, thank you."),
    (f"{SENTENCE}.", f"This is {NAME}, born March 9, 1951.", "Yes, I'll come.", "No."),
    ("Who is this?", f"I am {NAME}.", f"{SENTENCE}.", "Can I come another day?", "The first one."),
    (f"No, {NAME} isn't here.", f"Call him at {number(0)}."),
    (f"Stop calling {NAME}!",),
    ("", f"Yes, {NAME} speaking.", "Cancel it.", "Yes.", f"{SENTENCE}."),
)


async def test_none_leaves_a_call_in_text(
    house: Rehearsal, spans: RecordedSpans, logged: StringIO
) -> None:
    services = dict(house.practice.services)
    services["cleaning"] = services["cleaning"].model_copy(update={"name": f"an {SERVICE}"})
    house = house.with_practice(services=services)
    for of in range(TEXT_CALLS):
        book: Any = _Leaks if of % 3 == 0 else SqlBook
        mind = _LeakingLLM if of % 5 == 0 else PolicyLLM
        with call_span(f"call-{of + 1}"):
            await house.call(
                *TALKS[of % len(TALKS)],
                about=(secretive(of),),
                book=book(house.database, house.practice, clock=lambda: house.now),
                mind=mind,
            )
    left = spans.left.get_finished_spans()
    assert len({one.context.trace_id for one in left if one.context}) == TEXT_CALLS
    assert "Error" in logged.getvalue()
    assert_clean("spans", "\n".join(one.to_json() for one in left))
    assert_clean("logs", logged.getvalue())
    assert_clean("metrics", generate_latest(METRICS).decode())
    assert_only_in_content(spans)


def assert_only_in_content(spans: RecordedSpans) -> None:
    """With TRACE_CONTENT it is there, in the attributes that are for it and in no other."""
    found = 0
    for one in spans.content.get_finished_spans():
        for name, value in (one.attributes or {}).items():
            if REGISTRY[name].content:
                found += "Quixworth" in str(value)
            else:
                assert_clean(name, str(value))
        assert_clean("name", one.name)
    assert found


def secretive(of: int, **changes: Any) -> Appointment:
    fields: dict[str, Any] = {
        "id": f"secret-{of}",
        "starts_at": maria().starts_at + timedelta(days=of // 8, hours=of % 8),
        "customer": Customer(id=f"c-{of}", name=NAME, date_of_birth=BORN),
        "recipient": recipient(name=NAME, phone=number(of)),
    }
    return maria(**fields | changes)


async def test_none_leaves_a_call_on_a_line(begins: Begins, tmp_path: Path) -> None:
    practice = {"services": {"cleaning": {"name": f"an {SERVICE}", "minutes": 60}}}
    talks = (
        answered(person("Hello?", f"Yes, this is {NAME}.", f"{SENTENCE}.", "Yes, I'll be there.")),
        answered(person("Hello?", f"Who is this? I am {NAME}.", "Stop calling me.")),
        answered(machine()),
    )
    async with Collector() as collector:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "ENABLE_METRICS": "true",
            "LOG_LEVEL": "DEBUG",
        }
        async with begins(practice=practice, **settings) as line:
            for of, talk in enumerate(talks, start=TEXT_CALLS):
                about = on_a_line(of)
                line.network.phone(about.recipient.phone, talk)
                await line.outcome(await line.call(about))
            measured = await line.worker.asked("/metrics")
            assert measured is not None
            assert "reception_calls_total" in measured[1]
            line.worker.told_to_stop()
            await line.worker.stopped()
            assert collector.spans > 50
            assert_clean("spans", collector.text)
            assert_clean("log", line.worker.log)
            assert_clean("metrics", measured[1])
            assert_clean("LiveKit", "\n".join(line.network.told))


def on_a_line(of: int) -> Appointment:
    starts_at = upcoming().starts_at + timedelta(hours=of - TEXT_CALLS)
    whom = recipient(name=NAME, phone=number(of), time_zone=noon_somewhere().key)
    return secretive(of, starts_at=starts_at, recipient=whom)
