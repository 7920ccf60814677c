"""Questions outside the task are answered from the practice's facts, or honestly not."""

import pytest

from reception.calls.outcome import OutcomeKind
from reception.calls.question import Question
from reception.calls.result import RequestKind
from tests.conversations.rehearsal import Rehearsal


@pytest.mark.parametrize(
    "text", ["Can I bring my dog?", "Do you validate parking tickets?", "Is the park nice?"]
)
async def test_a_question_that_shares_a_word_with_a_fact_is_another_one(
    house: Rehearsal, text: str
) -> None:
    call = await house.call("Yes", text)
    assert call.last_question is not None
    assert call.last_question.question is Question.DESK_SURE


@pytest.mark.parametrize(
    "text", ["Where can I park?", "um is there parking", "Yes, where do I park?"]
)
async def test_a_fact_of_the_practice_is_told_and_the_question_stays(
    house: Rehearsal, text: str
) -> None:
    call = await house.call("Yes", text)
    assert "park behind the building" in call.turns[-1].text
    assert call.open_question is not None
    assert call.open_question.question == "attend"
    assert call.outcome.kind is OutcomeKind.HUNG_UP


@pytest.mark.parametrize(
    "text",
    ["How much will it cost?", "Should I stop taking my blood thinner?", "Do you do braces?"],
)
async def test_what_nobody_wrote_down_is_not_invented_but_offered_to_the_desk(
    house: Rehearsal, text: str
) -> None:
    call = await house.call("Yes", text, "Yes please", "Yes, I'll be there", "No, bye")
    assert [request.kind for request in call.requests] == [RequestKind.STAFF]
    assert call.tasks
    assert call.outcome.kind is OutcomeKind.CONFIRMED


async def test_a_yes_to_the_desk_is_no_yes_to_the_appointment(house: Rehearsal) -> None:
    call = await house.call("Yes", "How much will it cost?", "Yes")
    assert call.decisions["maria-1"].kind == "undecided"
    assert (await house.book.appointment("maria-1")).status == "scheduled"


async def test_a_no_to_the_desk_leads_back(house: Rehearsal) -> None:
    call = await house.call("Yes", "How much will it cost?", "No thanks", "Yes, I'll be there")
    assert not call.requests
    assert call.outcome.kind is OutcomeKind.CONFIRMED


async def test_facts_are_for_everybody_but_open_nothing(house: Rehearsal) -> None:
    call = await house.call("Where can I park?")
    assert "park behind the building" in call.turns[-1].text
    assert not call.verified


async def test_endless_other_questions_end_with_the_desk(house: Rehearsal) -> None:
    call = await house.call("Yes", *["How much is it?"] * 12)
    assert call.ending is not None
    assert call.ending.ended == "limit"
    assert call.tasks


@pytest.mark.parametrize(
    ("said", "asked_next"),
    [
        ("Yes, I'll be there.", Question.ANYTHING_ELSE),
        ("No, I can't come.", Question.MOVE_OR_CANCEL),
    ],
)
async def test_who_answers_the_open_question_instead_is_heard(
    house: Rehearsal, said: str, asked_next: Question
) -> None:
    call, line = await house.begin()
    for text in ("Yes.", "Do you sell cars?", said):
        await line.says(text)
    assert call.last_question is not None
    assert call.last_question.question is asked_next
    assert call.tasks == []
    await line.hangs_up()
