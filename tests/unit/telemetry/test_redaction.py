"""The gate: what leaves says of nobody who they are."""

import uuid
from collections import OrderedDict
from datetime import date

import pytest
from opentelemetry.util.types import AttributeValue

from reception.calls.evidence import AnsweredBy
from reception.telemetry import attributes as names
from reception.telemetry import redaction
from reception.telemetry.redaction import (
    REDACTED,
    masked_phone,
    protect,
    protect_birth_date,
    protect_phone,
    protect_said,
    safe_attributes,
    scrub,
)


@pytest.fixture(autouse=True)
def _nothing_protected_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests have calls in this process, with customers of all names."""
    monkeypatch.setattr(redaction, "_private", OrderedDict())
    monkeypatch.setattr(redaction, "_known", redaction._Known())


@pytest.fixture
def call_id() -> str:
    return uuid.uuid4().hex


def test_a_name_is_hidden_wherever_it_stands(call_id: str) -> None:
    protect(call_id, ["Zebulon Quixworth", "Zebulon", "Quixworth", "Al"])
    for text in (
        "hello ZEBULON QUIXWORTH!",
        "q=zebulon%20quixworth&x=1",
        "to_zebulon_quixworth_again",
        "Zebulon\nQuixworth",
    ):
        left = scrub(text).casefold()
        assert "zebulon" not in left
        assert "quixworth" not in left


def test_a_short_name_is_hidden_as_a_word_only(call_id: str) -> None:
    protect(call_id, ["Ib"])
    assert scrub("is Ib there? a library") == f"is {REDACTED} there? a library"


def test_a_text_that_was_shown_is_hidden_once_it_is_private(call_id: str) -> None:
    assert scrub("ask Quillfeather") == "ask Quillfeather"
    protect(call_id, ["Quillfeather"])
    assert scrub("ask Quillfeather") == f"ask {REDACTED}"


def test_an_initial_hides_nothing(call_id: str) -> None:
    protect(call_id, ["3", "J"])
    assert scrub("3 of J") == "3 of J"


@pytest.mark.parametrize(
    "written",
    [
        "+13125550187",
        "13125550187",
        "3125550187",
        "(312) 555-0187",
        "312-555-0187",
        "312.555.0187",
        "3 1 2 5 5 5 0 1 8 7",
        "3-1-2-5-5-5-0-1-8-7",
        "%2B13125550187",
        "\\u002b13125550187",
        "+1 312 555 0187",
    ],
)
def test_the_number_of_a_call_is_hidden_however_it_is_written(written: str, call_id: str) -> None:
    protect_phone(call_id, "+13125550187")
    left = scrub(f"dial {written} now")
    assert not any(digits in left for digits in ("555", "018", "5 5 5"))
    assert left.endswith("…87 now")


@pytest.mark.parametrize("number", ["+442079460018", "+4930123456", "(217) 555-0199", "2175550199"])
def test_a_number_that_nobody_told_of_is_hidden_too(number: str) -> None:
    left = scrub(f"who is {number}?")
    assert left in (f"who is …{number[-2:]}?", f"who is {masked_phone(number)}?")


@pytest.mark.parametrize(
    "harmless",
    [
        "2026-11-24 14:30:00",
        "took 12 of 3456 ms",
        "livekit-agents 1.8.9 at 127.0.0.1:7880",
        "call 3f2a9c0d8e7b46a1b2c3d4e5f6a7b8c9",
        "SIP 486",
    ],
)
def test_other_numbers_stay(harmless: str) -> None:
    assert scrub(harmless) == harmless


@pytest.mark.parametrize(
    "written",
    [
        "1951-03-09",
        "03/09/1951",
        "9.3.1951",
        "3/9/1951",
        "19510309",
        "March 9, 1951",
        "9 March 1951",
    ],
)
def test_a_birth_date_is_hidden_in_its_spellings(written: str, call_id: str) -> None:
    protect_birth_date(call_id, date(1951, 3, 9))
    assert scrub(f"born {written}.") == f"born {REDACTED}."


def test_what_was_said_is_hidden_but_not_what_everybody_says(call_id: str) -> None:
    protect_said(call_id, "My left knee hurts terribly.")
    protect_said(call_id, "Yes.")
    assert scrub('heard "my left knee hurts terribly." Yes.') == f'heard "{REDACTED}" Yes.'


def test_a_phone_number_is_shown_as_country_and_last_two_digits() -> None:
    assert masked_phone("+13125550187") == "+1…87"
    assert masked_phone("+442079460018") == "+44…18"


class TestAttributes:
    def test_what_the_registry_does_not_name_never_leaves(self) -> None:
        assert safe_attributes({"lk.pii.room_name": "x", "surprise": 1}, content=True) == {}

    def test_what_was_said_leaves_only_where_it_is_wanted(self) -> None:
        said: dict[str, AttributeValue] = {names.TEXT: "Yes, speaking.", names.TURN: 3}
        assert safe_attributes(said, content=False) == {names.TURN: 3}
        assert safe_attributes(said, content=True) == said

    def test_a_word_of_ours_stays_though_somebody_is_named_like_it(self, call_id: str) -> None:
        protect(call_id, ["Person"])
        told = {names.ANSWERED_BY: AnsweredBy.PERSON, names.REASON: "a person"}
        assert safe_attributes(told, content=False) == {
            names.ANSWERED_BY: "person",
            names.REASON: f"a {REDACTED}",
        }

    def test_the_others_lose_what_is_private_even_then(self, call_id: str) -> None:
        protect(call_id, ["Quixworth"])
        told = {names.REASON: "Quixworth said so", names.TOOLS: ["a", "quixworth"]}
        assert safe_attributes(told, content=True) == {
            names.REASON: f"{REDACTED} said so",
            names.TOOLS: ("a", REDACTED),
        }


def test_only_the_latest_calls_are_remembered() -> None:
    protect("the-first", ["Ozymandias"])
    for number in range(100):
        protect(f"call-{number}", [f"Name{number}"])
    assert scrub("Ozymandias") == "Ozymandias"
    assert scrub("Name99") == REDACTED
