"""A bad connection is named once, and only the customer's own."""

from types import SimpleNamespace

import pytest
from livekit import rtc

from reception.calls.question import Question
from reception.line.quality import watch_quality
from tests.conversations.rehearsal import Rehearsal, spoken

POOR, GOOD = rtc.ConnectionQuality.QUALITY_POOR, rtc.ConnectionQuality.QUALITY_GOOD


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("customer", POOR)], 1),
        ([("customer", POOR), ("customer", GOOD), ("customer", POOR)], 1),
        ([("customer", GOOD)], 0),
        ([("agent-1", POOR)], 0),
    ],
)
async def test_it_is_said_once(house: Rehearsal, changes: list[tuple[str, int]], said: int) -> None:
    call, line = await house.begin()
    room = rtc.Room()
    watch_quality(room, "customer", line._session, call, line._hang_up)
    for identity, quality in changes:
        room.emit("connection_quality_changed", SimpleNamespace(identity=identity), quality)
        await line._session.wait_for_idle()
    named = [turn for turn in spoken(call) if turn.used and turn.used[0].startswith("poor_line")]
    assert len(named) == said
    assert all(turn.asks and turn.asks.question is Question.STILL_THERE for turn in named)
    await line.hangs_up()


async def test_a_yes_to_it_is_no_yes_to_who_they_are(house: Rehearsal) -> None:
    call, line = await house.begin()
    room = rtc.Room()
    watch_quality(room, "customer", line._session, call, line._hang_up)
    room.emit("connection_quality_changed", SimpleNamespace(identity="customer"), POOR)
    await line._session.wait_for_idle()
    await line.says("Yes, I can hear you.")
    assert not call.verified
    await line.hangs_up()
