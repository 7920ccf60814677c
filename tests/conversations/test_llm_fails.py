"""However the LLM fails, an answer follows in whole sentences, and the call ends truthfully.

The provider fails for a while, as providers do: the policy answers meanwhile, and the LLM is
used again once it has come back.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from livekit.agents import llm

from reception.appointments.models import AppointmentStatus
from reception.calls.call import Call
from reception.calls.outcome import OutcomeKind
from reception.calls.question import Question
from reception.calls.result import Ended
from reception.calls.turn import Route, Turn
from reception.line.text_line import TextLine
from tests.conversations.rehearsal import Rehearsal, spoken
from tests.provider.minds import mind_of
from tests.provider.openai_server import Failure, OpenAIServer, Reply, ToolCall

TED = "My cousin Ted got a new boat."
SANE_SECONDS = 5.0
"""No bound of the product: what no test on any machine should take."""

PATIENCE = 0.4
"""Much more than the provider on loopback takes, even where the machine is busy."""

HALF = "That sounds lovely. Boats are the best of"
FAILURES = {
    "500": Reply(failure=Failure.SERVER_ERROR),
    "429": Reply(failure=Failure.RATE_LIMITED),
    "hangs": Reply(failure=Failure.HANGS),
    "headers only": Reply(failure=Failure.HEADERS_ONLY),
    "keep-alives and no words": Reply(failure=Failure.KEEP_ALIVES),
    "keep-alives in mid-sentence": Reply(HALF, failure=Failure.KEEP_ALIVES),
    "cut before a word": Reply(failure=Failure.CUT),
    "cut in mid-sentence": Reply(HALF, failure=Failure.CUT),
    "stalls in mid-sentence": Reply(HALF, failure=Failure.STALLS),
    "ends in mid-sentence": Reply(HALF, failure=Failure.ENDS_EARLY),
    "ends before a word": Reply(failure=Failure.ENDS_EARLY),
    "garbage": Reply(failure=Failure.GARBAGE),
    "garbage in mid-sentence": Reply(HALF, failure=Failure.GARBAGE),
    **{
        f"{failure} in a tool's arguments": Reply(
            tool_calls=(ToolCall("end_call", '{"reason": "bo'),), failure=failure
        )
        for failure in (Failure.CUT, Failure.STALLS, Failure.ENDS_EARLY, Failure.GARBAGE)
    },
}
ENDS_CLEANLY = {name for name, reply in FAILURES.items() if reply.failure is Failure.ENDS_EARLY}


@pytest.fixture
async def provider() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@dataclass
class Hasty:
    """A mind that is quick to lose patience with its LLM."""

    provider: OpenAIServer
    adapter: llm.FallbackAdapter | None = None

    def __call__(self, call: Call) -> llm.LLM[Any]:
        mind = mind_of(self.provider, first_word=PATIENCE, next_word=PATIENCE)(call)
        assert isinstance(mind, llm.FallbackAdapter)
        self.adapter = mind
        return mind

    async def has_asked_again(self) -> None:
        """Wait for what the adapter does beside a turn: it asks a failed LLM once more.

        A customer takes longer than that to say the next thing; a test would be too quick.
        """
        assert self.adapter is not None
        asking = self.adapter._status[0].recovering_task
        assert asking is not None
        async with asyncio.timeout(SANE_SECONDS):
            await asking


async def answer_to(text: str, call: Call, line: TextLine) -> Turn:
    """What the customer hears after ``text``: one turn, soon, of whole sentences, that asks."""
    before = len(call.turns)
    async with asyncio.timeout(SANE_SECONDS):
        await line.says(text)
    customer, agent = call.turns[before:]
    assert (customer.speaker, agent.speaker) == ("customer", "agent")
    assert "Boats are" not in agent.text
    assert re.search(r"[.?!]$", agent.text)
    assert agent.asks is not None
    return agent


async def the_llm_answers(mind: Hasty, call: Call, line: TextLine) -> Turn:
    """Once it was asked again in vain, by a busy machine's fault, the next turn will do."""
    for _ in range(3):
        await mind.has_asked_again()
        turn = await answer_to(TED, call, line)
        if turn.route is Route.LLM:
            break
    assert_asks(turn, Question.ATTEND, Route.LLM)
    return turn


def assert_asks(turn: Turn, question: Question, route: Route) -> None:
    assert turn.asks is not None
    assert (turn.asks.question, turn.route) == (question, route)


async def ends_truthfully(house: Rehearsal, call: Call, line: TextLine) -> None:
    """A yes still confirms, and the book, the ledger and the customer are told the same."""
    await line.says("Yes, I'll be there.")
    kept = await house.book.appointment("maria-1")
    assert kept.status is AppointmentStatus.CONFIRMED
    assert any(use.startswith("receipt.confirmed") for use in spoken(call)[-1].used)
    await line.says("No, that's all. Bye!")
    await line.close()
    settled = await house.ledger.settled(call.id)
    assert settled is not None
    assert settled.kind == OutcomeKind.CONFIRMED
    assert call.ending is not None
    assert call.ending.ended is Ended.GOODBYE


@pytest.mark.parametrize("name", sorted(FAILURES.keys() - ENDS_CLEANLY))
async def test_the_policy_answers_until_the_llm_has_recovered(
    house: Rehearsal, provider: OpenAIServer, name: str
) -> None:
    mind = Hasty(provider)
    provider.replies(FAILURES[name])
    call, line = await house.begin(mind=mind)
    assert_asks(await answer_to(TED, call, line), Question.IDENTITY, Route.FALLBACK)
    await line.says("Yes, this is Maria.")
    assert_asks(await answer_to(TED, call, line), Question.ATTEND, Route.FALLBACK)
    await mind.has_asked_again()
    provider.replies(Reply("How nice for him."))
    assert_asks(await answer_to(TED, call, line), Question.ATTEND, Route.FALLBACK)
    again = await the_llm_answers(mind, call, line)
    assert again.text.startswith("How nice for him. ")
    await ends_truthfully(house, call, line)


@pytest.mark.parametrize("name", sorted(ENDS_CLEANLY))
async def test_a_reply_that_ends_too_soon_costs_one_turn(
    house: Rehearsal, provider: OpenAIServer, name: str
) -> None:
    """Nothing tells the adapter of a clean end, so the LLM is asked again in the next turn."""
    provider.replies(FAILURES[name], Reply("How nice for him."))
    call, line = await house.begin(mind=mind_of(provider))
    await line.says("Yes, this is Maria.")
    first = await answer_to(TED, call, line)
    assert first.route is (Route.LLM if FAILURES[name].text else Route.FALLBACK)
    again = await answer_to(TED, call, line)
    assert again.text.startswith("How nice for him. ")
    await ends_truthfully(house, call, line)


async def test_a_provider_whose_port_is_dead_comes_back(
    house: Rehearsal, provider: OpenAIServer
) -> None:
    mind = Hasty(provider)
    provider.replies(Reply("How nice for him."))
    call, line = await house.begin(mind=mind)
    await line.says("Yes, this is Maria.")
    await provider.goes_down()
    assert_asks(await answer_to(TED, call, line), Question.ATTEND, Route.FALLBACK)
    await mind.has_asked_again()
    await provider.comes_up()
    assert_asks(await answer_to(TED, call, line), Question.ATTEND, Route.FALLBACK)
    again = await the_llm_answers(mind, call, line)
    assert again.text.startswith("How nice for him. ")
    await ends_truthfully(house, call, line)


async def test_what_was_said_in_whole_before_the_cut_stands(
    house: Rehearsal, provider: OpenAIServer
) -> None:
    provider.replies(FAILURES["cut in mid-sentence"])
    call, line = await house.begin(mind=mind_of(provider))
    await line.says("Yes, this is Maria.")
    heard = await answer_to(TED, call, line)
    assert heard.text.startswith("That sounds lovely. ")
    assert any(use.startswith("clarify.") for use in heard.used)
    await line.hangs_up()


async def test_a_tool_whose_arguments_were_cut_off_is_not_run(
    house: Rehearsal, provider: OpenAIServer
) -> None:
    provider.replies(FAILURES["cut in a tool's arguments"])
    call, line = await house.begin(mind=mind_of(provider))
    await line.says("Yes, this is Maria.")
    await answer_to(TED, call, line)
    assert [run.name for run in call.tools] == ["to_confirmation"]
    assert not line.ended
    await line.hangs_up()


async def test_a_slow_llm_is_waited_for_while_words_come(
    house: Rehearsal, provider: OpenAIServer
) -> None:
    provider.replies(Reply("That sounds lovely. I like boats and the sea.", seconds_a_word=0.05))
    call, line = await house.begin(mind=mind_of(provider))
    await line.says("Yes, this is Maria.")
    heard = await answer_to(TED, call, line)
    assert heard.text.startswith("That sounds lovely. I like boats and the sea. ")
    assert heard.route is Route.LLM
    await ends_truthfully(house, call, line)


async def test_a_clear_answer_never_waits_for_the_llm(
    house: Rehearsal, provider: OpenAIServer
) -> None:
    provider.replies(FAILURES["hangs"])
    call, line = await house.begin(mind=mind_of(provider))
    await line.says("Yes, this is Maria.")
    await ends_truthfully(house, call, line)
    assert provider.requests == []
