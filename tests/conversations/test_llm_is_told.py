"""What an LLM is told, how it is asked, and for how long."""

import pytest

from reception.calls.outcome import OutcomeKind
from reception.calls.turn import Stage
from reception.practice import Limits
from tests.conversations.misbehaving import DETAILS, TED, named_in
from tests.conversations.rehearsal import Rehearsal
from tests.provider.minds import mind_of
from tests.provider.openai_server import OpenAIServer, Reply


class TestWhoNeverDecides:
    async def test_the_policy_takes_over_and_the_desk_gets_the_rest(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        call = await house.call("Yes", *[TED] * 30, mind=mind_of(provider, Reply("I see.")))
        limits = call.practice.limits
        assert len(provider.requests) == limits.free_answers
        assert call.customer_turns <= 2 + limits.free_answers + limits.clarifications_in_a_row
        assert call.outcome.kind is OutcomeKind.UNRESOLVED
        assert len(call.tasks) == 1

    async def test_an_answer_that_is_understood_begins_the_count_anew(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        talk = [TED] * (Limits().free_answers - 1)
        lines = ("Yes", *talk, "What was that?", *talk, "Yes, I'll be there.", "No, bye.")
        call = await house.call(*lines, mind=mind_of(provider, Reply("I see.")))
        assert len(provider.requests) == 2 * len(talk)
        assert call.outcome.kind is OutcomeKind.CONFIRMED


class TestWhatTheLlmIsTold:
    async def test_before_verification_it_is_sent_no_detail(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        call = await house.call(
            TED, "I'm her brother.", TED, TED, mind=mind_of(provider, Reply("I see."))
        )
        assert not call.verified
        assert len(provider.requests) == 2
        for request in provider.requests:
            assert named_in(request.text, DETAILS) == []
            assert "Maria Santos" in request.messages[0]["content"]
            assert not {"confirm_appointment", "book_time", "find_times"} & set(request.tools)

    async def test_whoever_takes_the_phone_finds_an_llm_that_knows_nothing(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        lines = ("Yes", TED, "Hold on, I'll put my husband on.", "Hello?", TED)
        call = await house.call(*lines, mind=mind_of(provider, Reply("I see.")))
        verified, stranger = provider.requests
        assert len(named_in(verified.text, DETAILS)) >= 5
        assert named_in(stranger.text, DETAILS) == []
        assert call.stage is Stage.GREETER

    async def test_each_agent_offers_its_own_tools(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        lines = (TED, "Yes", TED, "Another day please.", TED)
        await house.call(*lines, mind=mind_of(provider, Reply("I see.")))
        anytime = {"stop_calling", "ask_for_staff", "call_back_later", "end_call", "give_up"}
        greeter, confirmation, rescheduling = (set(r.tools) - anytime for r in provider.requests)
        assert greeter == {
            *("to_confirmation", "to_voicemail"),
            *("wrong_number", "person_unavailable", "person_died"),
        }
        assert confirmation == {
            "confirm_appointment", "cancel_appointment", "to_rescheduling", "to_greeter"
        }  # fmt: skip
        assert rescheduling == {"find_times", "book_time", "to_confirmation", "to_greeter"}

    async def test_it_is_asked_as_the_settings_say_for_one_tool_at_a_time(
        self, house: Rehearsal, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OPENAI_MODEL", raising=False)
        monkeypatch.delenv("OPENAI_TEMPERATURE", raising=False)
        await house.call(TED, mind=mind_of(provider, Reply("I see.")))
        (request,) = provider.requests
        assert request.model == "gpt-4o-mini"
        assert request.temperature == 0.8
        assert request.parallel_tool_calls is False
        assert request.messages[-1] == {"role": "user", "content": TED}
