"""What may be kept on disk is what the practice says to everyone."""

import re
import string

import pytest

from reception.calls.call import Call
from reception.dialogue.fixed_phrases import (
    PRACTICE_FIELDS,
    fixed_phrases,
    greeting_phrases,
    waiting_phrases,
)
from reception.dialogue.wording import appointment_facts, brief_facts, wordings
from reception.practice import Practice
from reception.voice.sentences import parts_of, split
from tests.conversations.rehearsal import Rehearsal, spoken

PERSONAL = "Xylophone"
"""What stands in every field that says something of a person or an appointment."""


def fields_of(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


EVERY_WORDING = [text for variants in wordings("en").values() for text in variants]


@pytest.mark.parametrize("wording", EVERY_WORDING)
def test_no_sentence_with_anything_personal_is_fixed(shipped: Practice, wording: str) -> None:
    fields = fields_of(wording)
    said = wording.format_map(dict.fromkeys(fields, PERSONAL) | {"filler": ""})
    fixed = fixed_phrases(shipped, "en", split)
    for sentence in parts_of(said):
        if isinstance(sentence, str) and PERSONAL in sentence:
            assert sentence not in fixed


def test_of_all_fields_only_the_practice_s_own_are_filled_in(shipped: Practice) -> None:
    """A field that is new to the wordings is personal until somebody says otherwise."""
    known = {"agent", "practice", "disclosure", "callback"}
    assert known == PRACTICE_FIELDS
    assert not any(
        re.search(r"[{}\N{REPLACEMENT CHARACTER}]", s) for s in fixed_phrases(shipped, "en", split)
    )


async def test_nothing_of_a_call_is_in_a_fixed_sentence(house: Rehearsal) -> None:
    call: Call = await house.call("Yes, this is Maria.")
    fixed = fixed_phrases(call.practice, "en", split)
    facts = brief_facts(call) | appointment_facts(call, call.subject)
    # The clinic is named after the street that it is in.
    own = [fact for field, fact in facts.items() if field not in {*PRACTICE_FIELDS, "where"}]
    assert len(own) > 5
    assert not [(fact, text) for fact in own for text in fixed if fact in text]


@pytest.mark.parametrize(
    ("said", "fixed"),
    [
        ("Your old time is free again.", True),
        ("Hi, this is Sarah, the AI assistant at Main Street Dental Clinic.", True),
        ("Please call us back at 2 1 7, 5 5 5, 0 1 0 0.", True),
        ("I don't have anything just then, I'm afraid.", True),
        ("Let me see.", True),
        ("Am I speaking with Maria Santos?", False),
        ("See you soon, goodbye!", True),
        ("Lovely, thanks Maria.", False),
    ],
)
def test_what_is_fixed(shipped: Practice, said: str, fixed: bool) -> None:
    assert (said in fixed_phrases(shipped, "en", split)) is fixed


def test_each_number_to_call_back_has_its_sentences(shipped: Practice) -> None:
    here = shipped.locations["main-street"]
    there = here.model_copy(update={"callback_number": "+12175550199"})
    both = shipped.model_copy(update={"locations": {"here": here, "there": there}})
    fixed = fixed_phrases(both, "en", split)
    assert "Our number is 2 1 7, 5 5 5, 0 1 0 0." in fixed
    assert "Our number is 2 1 7, 5 5 5, 0 1 9 9." in fixed


def test_a_wait_is_filled_with_what_is_fixed(shipped: Practice) -> None:
    waiting = waiting_phrases("en", split)
    assert waiting
    assert set(waiting) <= fixed_phrases(shipped, "en", split)


async def test_what_addresses_a_person_names_them_and_nothing_else(house: Rehearsal) -> None:
    call: Call = await house.call("Yes, this is Maria.")
    greetings = greeting_phrases(brief_facts(call), "en", split)
    assert {"Thank you, Maria.", "Thanks so much, Maria."} <= greetings
    assert not greetings & fixed_phrases(call.practice, "en", split)
    facts = appointment_facts(call, call.subject)
    assert not [text for text in greetings for fact in facts.values() if fact in text]


@pytest.mark.parametrize(
    "answers",
    [
        ["Yes."],
        ["Yes.", "Yes, I'll be there."],
        ["Yes.", "I can't make it."],
        ["Yes.", "Please cancel it."],
        ["Yes.", "Please cancel it.", "Yes."],
        ["Yes.", "Please cancel it.", "No."],
        ["Yes.", "Another day please.", "The first one."],
        ["Yes.", "Another day please.", "Please just cancel it."],
        ["Yes.", "Yes, I'll be there.", "No, that's all."],
    ],
    ids=" ".join,
)
async def test_what_answers_a_closed_question_begins_with_what_is_known(
    house: Rehearsal, answers: list[str]
) -> None:
    call = await house.call(*answers)
    (begins, *_) = split(spoken(call)[-1].text)
    personal = greeting_phrases(brief_facts(call), "en", split)
    assert begins in fixed_phrases(call.practice, "en", split) | personal
