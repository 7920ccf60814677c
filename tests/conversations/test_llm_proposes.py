"""What an LLM proposes by a tool is only done where the customer's own words say so."""

import pytest

from reception.appointments.models import AppointmentStatus
from reception.calls.outcome import OutcomeKind
from reception.calls.question import Question
from reception.calls.result import DecisionKind
from reception.calls.turn import Stage
from tests.conversations.misbehaving import (
    DETAILS,
    TED,
    WRITTEN,
    asked_last,
    calls,
    is_untouched,
    named_in,
    tasks,
)
from tests.conversations.rehearsal import Rehearsal, all_said, spoken
from tests.provider.minds import mind_of
from tests.provider.openai_server import OpenAIServer, Reply, ToolCall


class TestToolsAreProposals:
    """A tool of an LLM decides nothing that the customer has not clearly said."""

    @pytest.mark.parametrize(
        "tool", ["confirm_appointment", "cancel_appointment", "find_times", "to_rescheduling"]
    )
    async def test_before_verification_the_tools_that_change_do_not_exist(
        self, house: Rehearsal, provider: OpenAIServer, tool: str
    ) -> None:
        call = await house.call(TED, mind=mind_of(provider, calls(tool)))
        assert await is_untouched(house)
        assert not call.verified
        assert "Unknown function" in call.tools[0].result
        assert asked_last(call) is Question.IDENTITY
        assert named_in(all_said(call), DETAILS) == []

    async def test_a_time_cannot_be_booked_where_none_was_looked_for(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        book = calls("book_time", arguments='{"slot_id": "dr-chen-2026-11-26T09:00"}')
        call = await house.call("Yes", TED, mind=mind_of(provider, book))
        assert await is_untouched(house)
        assert "Unknown function" in call.tools[-1].result
        assert asked_last(call) is Question.ATTEND

    async def test_an_invented_slot_is_not_booked(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        invented = calls("book_time", arguments='{"slot_id": "dr-chen-2026-11-26T09:00"}')
        call = await house.call("Yes", "Another day please.", TED, mind=mind_of(provider, invented))
        assert await is_untouched(house)
        assert call.tools[-1].result == "refused: no such time was offered"
        assert asked_last(call) is Question.PICK_SLOT
        assert named_in(spoken(call)[-1].text, WRITTEN) == []

    async def test_a_slot_that_nobody_chose_is_asked_about_and_only_the_yes_books_it(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        call, line = await house.begin(mind=mind_of(provider))
        for text in ("Yes", "Another day please."):
            await line.says(text)
        slot = call.offered[1]
        provider.replies(calls("book_time", arguments=f'{{"slot_id": "{slot.id}"}}'))
        await line.says(TED)
        assert await is_untouched(house)
        assert asked_last(call) is Question.BOOK_SURE
        await line.says("Yes, please.")
        await line.hangs_up()
        kept = await house.book.appointment("maria-1")
        assert kept.starts_at == slot.starts_at
        assert call.decisions["maria-1"].kind is DecisionKind.RESCHEDULED

    async def test_confirming_after_an_unclear_answer_asks_and_only_the_yes_confirms(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        confirm = calls("confirm_appointment")
        call, line = await house.begin(mind=mind_of(provider, confirm))
        await line.says("Yes")
        await line.says("Well, if my knee lets me.")
        assert await is_untouched(house)
        assert asked_last(call) is Question.ATTEND
        await line.says("Yes, I'll be there.")
        await line.hangs_up()
        kept = await house.book.appointment("maria-1")
        assert kept.status is AppointmentStatus.CONFIRMED
        assert call.decisions["maria-1"].kind is DecisionKind.CONFIRMED

    async def test_cancelling_on_a_maybe_asks_and_only_the_yes_cancels(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        cancel = calls("cancel_appointment")
        call, line = await house.begin(mind=mind_of(provider, cancel))
        for text in ("Yes", "Cancel it.", "Maybe."):
            await line.says(text)
        assert await is_untouched(house)
        assert asked_last(call) is Question.CANCEL_SURE
        await line.says("Yes, cancel it.")
        await line.hangs_up()
        kept = await house.book.appointment("maria-1")
        assert kept.status is AppointmentStatus.CANCELLED
        assert call.decisions["maria-1"].kind is DecisionKind.CANCELLED

    async def test_a_maybe_that_the_llm_cancels_is_not_cancelled_by_a_no(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        cancel = calls("cancel_appointment")
        call = await house.call(
            "Yes", "Cancel it.", "Maybe.", "No.", mind=mind_of(provider, cancel)
        )
        assert await is_untouched(house)
        assert asked_last(call) is Question.ATTEND

    async def test_one_tool_twice_in_a_reply_runs_once(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        twice = calls("ask_for_staff", "ask_for_staff")
        call, line = await house.begin(mind=mind_of(provider, twice))
        await line.says("Yes")
        await line.says(TED)
        assert [run.name for run in call.tools] == ["to_confirmation", "ask_for_staff"]
        assert await tasks(house) == []
        await line.says("Yes")
        await line.hangs_up()
        assert await tasks(house) == ["staff_wanted"]
        assert await is_untouched(house)

    async def test_two_tools_of_one_id_are_two(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        """Some providers number the calls of each reply from zero again."""
        staff = Reply(tool_calls=(ToolCall("ask_for_staff", id="call_0"),))
        call = await house.call("Yes", TED, TED, mind=mind_of(provider, staff, staff))
        assert len(call.answers) == 2
        assert len({turn.text for turn in spoken(call)}) == len(spoken(call))

    async def test_of_two_handoffs_in_a_reply_the_first_is_made(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        both = calls("to_rescheduling", "to_greeter")
        call, line = await house.begin(mind=mind_of(provider, both))
        await line.says("Yes")
        before = len(call.turns)
        await line.says(TED)
        await line.hangs_up()
        assert [turn.speaker for turn in call.turns[before:]] == ["customer", "agent"]
        assert [handoff.target for handoff in call.handoffs] == [
            Stage.CONFIRMATION,
            Stage.RESCHEDULING,
        ]
        assert asked_last(call) is Question.PICK_SLOT
        assert await is_untouched(house)

    async def test_endless_tool_calls_are_one_a_turn(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        endless = calls(*["confirm_appointment", "to_greeter", "find_times"] * 50)
        call = await house.call("Yes", TED, TED, "Yes", "No, bye.", mind=mind_of(provider, endless))
        assert len(provider.requests) == 2
        assert call.outcome.kind is OutcomeKind.CONFIRMED
        kept = await house.book.appointment("maria-1")
        assert kept.status is AppointmentStatus.CONFIRMED

    @pytest.mark.parametrize(
        "tool",
        [
            ToolCall("confirm_appointment", "{'oops"),
            ToolCall("confirm_appointment", "true, that is right"),
            ToolCall("to_rescheduling", '["monday"]'),
            ToolCall("call_back_later", '{"when": {"day": "soon"}}'),
            ToolCall("give_up", "{}"),
            ToolCall("give_up", '{"reason": "bored"}'),
            ToolCall("read_out_everything", '{"about": "Maria"}'),
            ToolCall("session", "{}"),
            ToolCall("on_enter", "{}"),
        ],
        ids=lambda tool: f"{tool.name}{tool.arguments}",
    )
    async def test_what_is_no_tool_or_no_argument_leads_back_to_the_question(
        self, house: Rehearsal, provider: OpenAIServer, tool: ToolCall
    ) -> None:
        wrong = Reply(tool_calls=(tool,))
        call, line = await house.begin(mind=mind_of(provider, wrong))
        await line.says("Yes")
        await line.says(TED)
        assert asked_last(call) is Question.ATTEND
        assert await is_untouched(house)
        await line.says("Yes, I'll be there.")
        await line.says("No, bye.")
        await line.close()
        assert call.outcome.kind is OutcomeKind.CONFIRMED

    async def test_a_goodbye_that_the_customer_agrees_to_leaves_the_desk_a_task(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        call = await house.call("Yes", TED, "Yes", mind=mind_of(provider, calls("end_call")))
        assert await is_untouched(house)
        assert call.outcome.kind is OutcomeKind.UNRESOLVED
        assert await tasks(house) == ["unresolved"]


class TestNothingIsRecordedThatNobodySaid:
    """What ends the call, or counts as the customer's own request, needs the customer's own yes."""

    async def test_who_asks_something_is_not_hung_up_on(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        call, line = await house.begin(mind=mind_of(provider, calls("end_call")))
        await line.says("Yes")
        await line.says("What would you do with a boat?")
        assert not line.ended
        assert asked_last(call) is Question.MEANT
        await line.says("No")
        assert asked_last(call) is Question.ATTEND

    @pytest.mark.parametrize(
        ("tool", "outcome"),
        [
            (ToolCall("wrong_number"), OutcomeKind.WRONG_NUMBER),
            (ToolCall("person_unavailable"), OutcomeKind.UNAVAILABLE),
            (ToolCall("stop_calling"), OutcomeKind.OPTED_OUT),
            (ToolCall("to_voicemail", '{"answered_by": "machine"}'), OutcomeKind.VOICEMAIL),
        ],
        ids=lambda case: case.name if isinstance(case, ToolCall) else case,
    )
    async def test_a_boat_is_no_reason_to_end_the_call(
        self, house: Rehearsal, provider: OpenAIServer, tool: ToolCall, outcome: OutcomeKind
    ) -> None:
        call = await house.call(TED, mind=mind_of(provider, Reply(tool_calls=(tool,))))
        assert call.outcome.kind is not outcome

    async def test_an_opt_out_in_unknown_words_counts_at_once(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        words = "Strike my phone from that thing of yours, would you."
        call = await house.call(words, mind=mind_of(provider, calls("stop_calling")))
        assert call.outcome.kind is OutcomeKind.OPTED_OUT

    async def test_a_time_to_call_back_is_one_that_the_customer_named(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        invented = calls("call_back_later", arguments='{"when": "2026-11-26T10:00:00-06:00"}')
        call = await house.call("Yes", TED, mind=mind_of(provider, invented))
        assert "Thursday" not in all_said(call)
        assert [request.when for request in call.requests] in ([], [None])
