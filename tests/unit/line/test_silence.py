"""Silence on a line: asked about, and not mistaken for somebody who looks for another."""

import asyncio
from typing import Any

import pytest
from livekit.agents import AgentStateChangedEvent, UserStateChangedEvent

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.result import Ended
from reception.line.silence import Silence
from reception.line.text_line import TextLine
from tests.conversations.rehearsal import Rehearsal, spoken

SHORT, LONG = 0.05, 0.4


@pytest.fixture
def hasty(house: Rehearsal) -> Rehearsal:
    limits = house.practice.limits.model_copy(
        update={"silence_seconds": SHORT, "holding_seconds": LONG}
    )
    return house.with_practice(limits=limits)


def watching(call: Call, line: TextLine, idle: float = 60) -> Silence:
    silence = Silence(line._session, call, line._hang_up, idle=idle)
    silence.watch()
    return silence


def agent_falls_silent(line: TextLine) -> None:
    line._session.emit(
        "agent_state_changed", AgentStateChangedEvent(old_state="speaking", new_state="listening")
    )


def customer(line: TextLine, state: Any) -> None:
    line._session.emit(
        "user_state_changed", UserStateChangedEvent(old_state="listening", new_state=state)
    )


def asked(call: Call) -> list[Question | None]:
    return [turn.asks.question if turn.asks else None for turn in spoken(call)]


async def test_after_a_while_we_ask_whether_somebody_is_there(hasty: Rehearsal) -> None:
    call, line = await hasty.begin()
    silence = watching(call, line)
    agent_falls_silent(line)
    await asyncio.sleep(SHORT * 3)
    await line._session.wait_for_idle()
    assert call.silences
    assert Question.STILL_THERE in asked(call)
    silence.stop()
    await line.hangs_up()


async def test_whoever_speaks_is_not_asked(hasty: Rehearsal) -> None:
    call, line = await hasty.begin()
    silence = watching(call, line)
    agent_falls_silent(line)
    customer(line, "speaking")
    await asyncio.sleep(SHORT * 3)
    assert call.silences == 0
    silence.stop()
    await line.hangs_up()


async def test_whoever_fetches_somebody_has_longer(hasty: Rehearsal) -> None:
    call, line = await hasty.begin()
    await line.says("One moment, I'll get her.")
    assert asked(call)[-1] is Question.HOLDING
    silence = watching(call, line)
    agent_falls_silent(line)
    await asyncio.sleep(SHORT * 3)
    assert call.silences == 0
    silence.stop()
    await line.hangs_up()


async def test_without_a_word_from_either_side_the_line_is_given_up(hasty: Rehearsal) -> None:
    call, line = await hasty.begin()
    silence = watching(call, line, idle=SHORT)
    customer(line, "speaking")
    await asyncio.sleep(SHORT * 3)
    await line.close()
    assert call.ending is not None
    assert call.ending.ended is Ended.DROPPED
    silence.stop()
