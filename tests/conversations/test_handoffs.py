"""One voice at every handoff, and a history without empty, doubled or orphaned turns."""

import pytest
from livekit.agents import AgentSession
from livekit.agents.llm import ChatItem

from reception.calls.call import Call
from reception.line.text_line import TextLine
from tests.conversations.rehearsal import Rehearsal

CALLS = {
    "to confirmation": ["Yes"],
    "to rescheduling and back": ["Yes", "Another day please", "Never mind, I'll keep it"],
    "booked": ["Yes", "Another day please", "The first one"],
    "to cancel after all": ["Yes", "Another day please", "Cancel it", "Yes"],
    "screened": ["State your name and the reason for calling", "Hello?", "Yes"],
    "somebody else": ["Yes", "Hold on, I'll put my husband on", "Hello?"],
}


def history(line: TextLine) -> list[ChatItem]:
    session: AgentSession[Call] = line._session
    return list(session.history.items)


@pytest.mark.parametrize("lines", CALLS.values(), ids=CALLS.keys())
async def test_exactly_one_side_speaks_at_each_turn(house: Rehearsal, lines: list[str]) -> None:
    call, line = await house.begin()
    assert len(call.turns) == 1
    for text in lines:
        before = len(call.turns)
        await line.says(text)
        assert [turn.speaker for turn in call.turns[before:]] == ["customer", "agent"]
    items = history(line)
    await line.hangs_up()
    assert call.handoffs
    messages = [item for item in items if item.type == "message"]
    assert all((item.text_content or "").strip() for item in messages)
    ids = [item.id for item in items]
    assert len(ids) == len(set(ids))
    called = [item.call_id for item in items if item.type == "function_call"]
    answered = [item.call_id for item in items if item.type == "function_call_output"]
    assert called == answered


@pytest.mark.parametrize("lines", CALLS.values(), ids=CALLS.keys())
async def test_the_next_agent_speaks_and_not_the_one_before(
    house: Rehearsal, lines: list[str]
) -> None:
    call = await house.call(*lines)
    for handoff in call.handoffs:
        assert handoff.origin is not handoff.target
    stages = [call.turns[0].agent, *(handoff.target for handoff in call.handoffs)]
    heard = [turn.agent for turn in call.turns if turn.speaker == "agent"]
    in_order = [
        stage for stage, before in zip(heard, [None, *heard], strict=False) if stage != before
    ]
    assert in_order == stages


async def test_nothing_is_said_the_same_way_twice(house: Rehearsal) -> None:
    call = await house.call(
        "Hello?", "Who is this?", "What?", "Yes", "Who is this again?", "Say that again?",
        "Hold on", "Okay, sorry, what was it?", "I'm not sure", "Hmm, maybe", "Yes", "No"
    )  # fmt: skip
    said = [turn.text for turn in call.turns if turn.speaker == "agent"]
    assert len(said) == len(set(said))
    used = [use for turn in call.turns for use in turn.used]
    assert len(used) == len(set(used))
