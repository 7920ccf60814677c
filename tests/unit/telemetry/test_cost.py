"""What a call costs: to the cent where it is known, and unknown where it is not."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from reception.settings import Settings
from reception.telemetry.cost import Meter, Price, Prices, Usage, prices

PRICES = Prices.model_validate(
    {
        "models": {
            "thinks": {
                "input": 2,
                "cached_input": 1,
                "output": 10,
                "source": "here",
                "as_of": "2026-01-01",
            },
            "speaks": {"characters": 15, "source": "here", "as_of": "2026-01-01"},
            "hears": {"minutes": 0.006, "source": "here", "as_of": "2026-01-01"},
            "ours": {"free": True},
        }
    }
)


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (Usage("thinks", input_tokens=1_000_000, output_tokens=100_000), "3"),
        (Usage("thinks", input_tokens=1_000_000, cached_tokens=500_000), "1.5"),
        (Usage("speaks", characters=2_000), "0.03"),
        (Usage("hears", seconds=90), "0.009"),
        (Usage("ours", input_tokens=5), "0"),
    ],
)
def test_each_kind_of_price(usage: Usage, dollars: str) -> None:
    assert PRICES.of([usage]) == Decimal(dollars)


def test_one_unknown_model_makes_the_whole_unknown() -> None:
    assert PRICES.of([Usage("speaks", characters=1), Usage("new-model", seconds=1)]) is None


def test_nothing_used_costs_nothing() -> None:
    assert PRICES.of([]) == 0


def test_a_price_says_where_it_is_from() -> None:
    with pytest.raises(ValidationError, match="source and as_of"):
        Price.model_validate({"minutes": 1})


def test_the_models_that_are_the_default_have_a_price() -> None:
    defaults = Settings(_env_file=None)
    for model in (defaults.openai_model, defaults.tts_model, defaults.stt_model, "policy"):
        assert prices().of([Usage(model, 1, 0, 1, 1, 1.0)]) is not None


def test_a_call_of_ordinary_length_keeps_to_its_aim() -> None:
    """Two minutes on the line, one of them ours; ten turns of an LLM that reads 2,000 tokens."""
    meter = Meter()
    meter.add(Usage("nova-3", seconds=120))
    meter.add(Usage("gpt-4o-mini-tts", seconds=60))
    for _ in range(10):
        meter.add(Usage("gpt-4o-mini", input_tokens=2_000, output_tokens=40))
    assert meter.dollars == Decimal("0.029840")


def test_a_meter_tells_a_turn_from_the_call() -> None:
    meter = Meter()
    meter.add(Usage("policy", output_tokens=1))
    meter.add(Usage("policy", output_tokens=2))
    assert [one.output_tokens for one in meter.next_turn()] == [1, 2]
    assert meter.next_turn() == ()
    assert meter.usages == (Usage("policy", output_tokens=3),)
