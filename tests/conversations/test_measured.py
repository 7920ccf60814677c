"""What calls leave in the metrics: words of ours, in a bounded number of series."""

import random
import string
from typing import Protocol

import pytest
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from reception.calls.permission import ask_permission
from reception.calls.turn import Route
from tests.conversations.rehearsal import Rehearsal, maria, recipient
from tests.provider.minds import mind_of
from tests.provider.openai_server import Failure, OpenAIServer, Reply

MOST_SERIES = 500


class Counted(Protocol):
    def __call__(self, name: str, **labels: str) -> float: ...


def series() -> dict[str, float]:
    """Each of ours with its labels, and its value."""
    text = generate_latest(REGISTRY).decode()
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("reception_")
    }


@pytest.fixture
def counted() -> Counted:
    """How much more there is of a sample than before the test."""
    before = series()

    def more(name: str, **labels: str) -> float:
        key = f"{name}{sorted(labels.items())}"
        return series().get(key, 0.0) - before.get(key, 0.0)

    return more


async def test_a_call_is_counted_by_what_came_of_it(house: Rehearsal, counted: Counted) -> None:
    await house.call("Yes, this is Maria.", "Purple monkeys.", "Yes, I'll be there.", "No, bye.")
    assert (
        counted(
            "reception_calls_total", outcome="confirmed", agent="confirmation", answered_by="nobody"
        )
        == 1
    )
    assert counted("reception_handoffs_total", origin="greeter", target="confirmation") == 1
    assert counted("reception_clarifications_total") == 1
    assert counted("reception_call_dollars_count") == 1
    assert counted("reception_call_seconds_count") == 1


async def test_a_refusal_is_counted_by_its_rule(house: Rehearsal, counted: Counted) -> None:
    await house.file(maria())
    await house.ledger.stop_calling("+12175550142", None)
    await ask_permission(house.ledger, house.book, "+12175550142", ["maria-1"])
    assert counted("reception_refusals_total", rule="do_not_call") == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(Failure.SERVER_ERROR, "refused"), (Failure.RATE_LIMITED, "rate_limited")],
)
async def test_an_error_of_a_provider_is_counted_by_its_kind(
    house: Rehearsal, provider: OpenAIServer, counted: Counted, failure: Failure, kind: str
) -> None:
    provider.replies(Reply(failure=failure))
    call = await house.call(
        "Yes, this is Maria.", "My cousin got a new boat.", mind=mind_of(provider)
    )
    assert counted("reception_provider_errors_total", provider="llm", error=kind) >= 1
    assert counted("reception_fallbacks_total") == 1
    assert call.turns[-1].route is Route.FALLBACK


def odd(source: random.Random) -> str:
    letters = string.ascii_letters + string.digits + "äöü\U0001f600 '\"\\{}=,\n"
    return "".join(source.choices(letters, k=source.randint(3, 40))).strip() or "x"


@pytest.mark.parametrize("customers", [100, pytest.param(1000, marks=pytest.mark.long)])
async def test_odd_customers_add_no_series(house: Rehearsal, customers: int) -> None:
    source = random.Random(6)
    for number in range(customers):
        name, phone = odd(source), f"+1312{2000000 + number}"
        about = maria(id=f"odd-{number}", recipient=recipient(name=name, phone=phone))
        await house.call(f"Yes, this is {name}.", odd(source), odd(source), about=(about,))
    assert len(series()) < MOST_SERIES
