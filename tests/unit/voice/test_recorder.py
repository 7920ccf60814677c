"""What was heard is kept; a question that was cut off was not."""

import pytest
from livekit.agents import ConversationItemAddedEvent
from livekit.agents.llm import ChatMessage

from reception.calls.question import Asked, Question
from reception.calls.turn import Route, Words
from reception.voice.policy_llm import PolicyLLM, words_chunk
from reception.voice.session import text_session
from tests.conversations.rehearsal import Rehearsal

ASKED = Asked(Question.ATTEND, "maria-1")


@pytest.mark.parametrize(("interrupted", "asks"), [(False, ASKED), (True, None)])
async def test_a_question_counts_when_it_was_heard_to_its_end(
    house: Rehearsal, interrupted: bool, asks: Asked | None
) -> None:
    call = await house.call()
    session = text_session(call, PolicyLLM(call))
    said = words_chunk(Words("Will you come?", ("attend.ask#0",), ASKED), Route.POLICY).delta
    assert said is not None
    message = ChatMessage(
        role="assistant",
        content=["Will you come?"],
        interrupted=interrupted,
        extra=said.extra or {},
    )
    session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))
    turn = call.turns[-1]
    assert (turn.text, turn.route, turn.asks) == ("Will you come?", Route.POLICY, asks)
    assert turn.used == ("attend.ask#0",)
    await session.aclose()
