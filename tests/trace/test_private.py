"""Calls in text with somebody who has unmistakable secrets, with failures: none of these leaves.

``test_jaeger`` has the calls on a line.
"""

import random
from datetime import timedelta
from io import StringIO
from typing import Any

from livekit.agents import llm
from prometheus_client import REGISTRY as METRICS
from prometheus_client import generate_latest

from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment, Receipt, WriteKey
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.turn import Route
from reception.telemetry.attributes import REGISTRY
from reception.telemetry.tracing import call_span
from reception.voice.policy_llm import PolicyLLM
from tests.conversations.rehearsal import Rehearsal, maria
from tests.recorded_spans import RecordedSpans
from tests.trace.secrets import NAME, SENTENCE, SERVICE, assert_clean, number, secretive

CALLS = 45
TALKS = (
    (f"Yes, this is {NAME}.", "Yes, I'll be there.", "No, thank you."),
    (f"{SENTENCE}.", f"This is {NAME}, born March 9, 1951.", "Yes, I'll come.", "No."),
    ("Who is this?", f"I am {NAME}.", f"{SENTENCE}.", "Can I come another day?", "The first one."),
    (f"No, {NAME} isn't here.", f"Call him at {number(0)}."),
    (f"Stop calling {NAME}!",),
    ("", f"Yes, {NAME} speaking.", "Cancel it.", "Yes.", f"{SENTENCE}."),
)


class _LeakingBook(SqlBook):
    """A book whose errors are full of what they must not tell."""

    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        text = f"{appointment.recipient.name} {appointment.recipient.phone} {appointment.service}"
        kind = random.Random(key.call_id).choice((BookUnavailable, ArithmeticError, KeyError))
        raise kind(text)


class _LeakingLLM(PolicyLLM):
    """An LLM that fails with what it was told in its error."""

    def answer(self, chat_ctx: llm.ChatContext) -> llm.ChatChunk:
        raise RuntimeError(f"{NAME}: {SENTENCE}")


def leaking(call: Call) -> llm.LLM[Any]:
    """As in a call with a key: the policy is the last rung."""
    return llm.FallbackAdapter([_LeakingLLM(call), PolicyLLM(call, Route.FALLBACK)])


async def test_none_leaves_a_call_in_text(
    house: Rehearsal, spans: RecordedSpans, logged: StringIO
) -> None:
    services = dict(house.practice.services)
    services["cleaning"] = services["cleaning"].model_copy(update={"name": f"an {SERVICE}"})
    house = house.with_practice(services=services)
    for of in range(CALLS):
        book: type[SqlBook] = _LeakingBook if of % 3 == 0 else SqlBook
        starts_at = maria().starts_at + timedelta(days=of // 8, hours=of % 8)
        with call_span(f"call-{of + 1}"):
            await house.call(
                *TALKS[of % len(TALKS)],
                about=(secretive(of, starts_at=starts_at),),
                book=book(house.database, house.practice, clock=lambda: house.now),
                mind=leaking if of % 5 == 0 else PolicyLLM,
            )
    left = spans.left.get_finished_spans()
    assert len({one.context.trace_id for one in left if one.context}) == CALLS
    for error in ("ArithmeticError", "RuntimeError"):
        assert error in logged.getvalue()
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
