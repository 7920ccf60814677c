"""The policy is pure and agrees with the agents: it calls no tool that they do not have."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.handoff import build
from reception.calls.call import Call
from reception.calls.question import Asked, Question
from reception.calls.turn import Speaker, Stage, Words
from reception.dialogue.hearing import hear
from reception.dialogue.moves import Say, Tool, UseTool
from reception.dialogue.policy import decide, next_move
from reception.dialogue.understanding import Act, Understood
from tests.conversations.rehearsal import Rehearsal

AT_STAGE = {
    Stage.GREETER: [Question.IDENTITY, Question.BIRTH_DATE, Question.FETCH, Question.HOLDING],
    Stage.CONFIRMATION: [
        Question.ATTEND,
        Question.ATTEND_ALL,
        Question.MOVE_OR_CANCEL,
        Question.CANCEL_SURE,
        Question.CANCEL_ALL,
        Question.ANYTHING_ELSE,
    ],
    Stage.RESCHEDULING: [Question.PICK_SLOT, Question.BOOK_SURE, Question.ANYTHING_ELSE],
    Stage.VOICEMAIL: [Question.IDENTITY],
}
ANYWHERE = [Question.CALLBACK_WHEN, Question.STILL_THERE, Question.DESK_SURE, Question.MEANT]
SITUATIONS = [(stage, q) for stage, asked in AT_STAGE.items() for q in [*asked, *ANYWHERE]]


async def a_call_at(house: Rehearsal, stage: Stage, question: Question) -> Call:
    call, line = await house.begin()
    if stage in (Stage.CONFIRMATION, Stage.RESCHEDULING):
        await line.says("Yes")
    if stage is Stage.RESCHEDULING:
        await line.says("Another day")
    await line.hangs_up()
    call.stage = stage
    subjects = {
        Question.BOOK_SURE: call.offered[0].id if call.offered else "",
        Question.MEANT: "end_call",
    }
    subject = subjects.get(question, "maria-1")
    call.said(Speaker.AGENT, "?", asks=Asked(question, subject))
    return call


def state(call: Call) -> dict[str, Any]:
    ports = {"book", "ledger", "line", "practice"}
    return {f.name: repr(getattr(call, f.name)) for f in fields(call) if f.name not in ports}


@pytest.mark.parametrize(("stage", "question"), SITUATIONS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(acts=st.frozensets(st.sampled_from(Act), max_size=3), clear=st.booleans())
def test_it_changes_nothing_and_calls_what_is_there(
    call: Call, stage: Stage, acts: frozenset[Act], clear: bool
) -> None:
    before = state(call)
    move = next_move(call, Understood("…", acts, clear))
    assert state(call) == before
    assert move == next_move(call, Understood("…", acts, clear))
    match move.action:
        case Say(words):
            assert words.text
        case UseTool(name):
            assert name in tools_of(stage, call)


def tools_of(stage: Stage, call: Call) -> set[str]:
    return {tool.info.name for tool in build(stage, call, Words("Hello?")).tools}  # type: ignore[union-attr]


@pytest.fixture
async def call(house: Rehearsal, stage: Stage, question: Question) -> Call:
    return await a_call_at(house, stage, question)


@pytest.mark.parametrize("stage", Stage)
async def test_no_agent_offers_a_tool_that_the_policy_does_not_know(
    house: Rehearsal, stage: Stage
) -> None:
    call = await a_call_at(house, stage, AT_STAGE[stage][0])
    assert tools_of(stage, call) <= set(Tool)


@pytest.mark.parametrize(
    ("question", "text", "tool"),
    [
        (Question.ATTEND, "Yes, I'll be there", Tool.CONFIRM_APPOINTMENT),
        (Question.ATTEND, "Yes, see you tomorrow", Tool.CONFIRM_APPOINTMENT),
        (Question.ATTEND, "Never mind, I'll keep it", Tool.CONFIRM_APPOINTMENT),
        (Question.ATTEND, "Could we do Friday?", Tool.TO_RESCHEDULING),
        (Question.ATTEND, "No, Friday would be better", Tool.TO_RESCHEDULING),
        (Question.CANCEL_SURE, "Yes", Tool.CANCEL_APPOINTMENT),
        (Question.MOVE_OR_CANCEL, "Another time", Tool.TO_RESCHEDULING),
        (Question.ANYTHING_ELSE, "No, that's all", Tool.END_CALL),
        (Question.ATTEND, "Stop calling me", Tool.STOP_CALLING),
        (Question.ATTEND, "This is her sister", Tool.TO_GREETER),
    ],
)
async def test_a_clear_answer_is_acted_on_at_once(
    house: Rehearsal, question: Question, text: str, tool: Tool
) -> None:
    call = await a_call_at(house, Stage.CONFIRMATION, question)
    move = decide(call, hear(call, text))
    assert move.certain
    assert isinstance(move.action, UseTool)
    assert move.action.name is tool


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.ATTEND, "Yes, see you Friday"),
        (Question.ATTEND, "Maybe"),
        (Question.ATTEND, "Is it far?"),
        (Question.CANCEL_SURE, "Hmm"),
        (Question.CANCEL_SURE, "No, keep it"),
        (Question.MOVE_OR_CANCEL, "Yes"),
        (Question.MOVE_OR_CANCEL, "Cancel it"),
    ],
)
async def test_anything_less_is_asked_about(
    house: Rehearsal, question: Question, text: str
) -> None:
    call = await a_call_at(house, Stage.CONFIRMATION, question)
    assert isinstance(decide(call, hear(call, text)).action, Say)


async def test_somebody_still_there_is_asked_the_open_question_again(house: Rehearsal) -> None:
    call = await a_call_at(house, Stage.CONFIRMATION, Question.ATTEND)
    call.said(Speaker.AGENT, "Are you still there?", asks=Asked(Question.STILL_THERE))
    move = decide(call, hear(call, "Yes"))
    assert isinstance(move.action, Say)
    assert move.action.words.asks == Asked(Question.ATTEND, "maria-1")
