"""A call in text leaves one trace, which tells its whole story and nothing of whom it was about."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment, Receipt, WriteKey
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.turn import Route, Speaker
from reception.telemetry import attributes as names
from reception.telemetry.attributes import REGISTRY
from reception.telemetry.tracing import CALL, SERVICE, call_span
from tests.conversations.rehearsal import Rehearsal
from tests.recorded_spans import RecordedSpans

CONFIRMS = ("Yes, this is Maria.", "Yes, I'll be there.", "No, thank you.")
MOVES = ("Yes, speaking.", "Can I come another day?", "The first one.", "Yes.", "No, that's all.")


async def traced(house: Rehearsal, *lines: str, **how: Any) -> Call:
    with call_span("call-1"):
        return await house.call(*lines, **how)


def story(spans: RecordedSpans) -> list[str]:
    """What happened, in order, without the framework's own spans and the turns."""
    ours = [
        one
        for one in spans.left.get_finished_spans()
        if one.instrumentation_scope
        and one.instrumentation_scope.name == SERVICE
        and one.name != "turn"
    ]
    return [one.name for one in sorted(ours, key=lambda one: one.start_time or 0)]


class TestTheTrace:
    async def test_it_tells_the_story_in_order(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await traced(house, *CONFIRMS)
        assert story(spans) == [CALL, "handoff", "write", "read_back", "hang_up", "outcome"]
        (outcome,) = spans.named("outcome")
        assert attributes(outcome)[names.OUTCOME] == "confirmed"
        assert attributes(outcome)[names.EVIDENCE] == (Receipt.__name__,)
        assert attributes(outcome)[names.COST] == 0

    async def test_it_is_one_and_every_parent_is_there(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await traced(house, *MOVES)
        left = spans.left.get_finished_spans()
        here = {one.context.span_id for one in left if one.context}
        assert len({one.context.trace_id for one in left if one.context}) == 1
        assert [one.name for one in left if one.parent is None] == [CALL]
        assert all(one.parent.span_id in here for one in left if one.parent)

    async def test_every_span_names_the_call(self, house: Rehearsal, spans: RecordedSpans) -> None:
        await traced(house, *CONFIRMS)
        assert {attributes(one)[names.CONVERSATION] for one in spans.left.get_finished_spans()} == {
            "call-1"
        }

    async def test_a_handoff_says_from_whom_to_whom_and_why(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await traced(house, *MOVES)
        told = [
            (attributes(one)[names.ORIGIN], attributes(one)[names.TARGET])
            for one in spans.named("handoff")
        ]
        assert told == [
            ("greeter", "confirmation"),
            ("confirmation", "rescheduling"),
            ("rescheduling", "confirmation"),
        ]

    async def test_without_a_decision_to_call_nothing_is_kept(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await house.call(*CONFIRMS)
        assert spans.raw.get_finished_spans() == ()

    async def test_our_attributes_are_all_in_the_registry(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await traced(house, *MOVES)
        used = {
            name
            for one in spans.raw.get_finished_spans()
            if one.instrumentation_scope and one.instrumentation_scope.name == SERVICE
            for name in attributes(one)
        }
        assert used - REGISTRY.keys() == set()


class TestATurn:
    async def test_each_has_one_span_with_its_facts(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        call = await traced(house, "Yes, this is Maria.", "", "Hmm, purple monkeys.", *CONFIRMS[1:])
        told = [attributes(one) for one in spans.named("turn")]
        assert [one[names.TURN] for one in told] == list(range(1, len(call.turns) + 1))
        for turn, one in zip(call.turns, told, strict=True):
            assert one[names.SPEAKER] == turn.speaker
            assert one[names.AGENT] == turn.agent
            assert one[names.CHARACTERS] == len(turn.text)
            assert one.get(names.ROUTE) == turn.route
            assert one.get(names.CLEAR) == turn.clear
            assert names.TEXT not in one

    async def test_what_was_understood_and_what_ran(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await traced(house, *CONFIRMS)
        told = [attributes(one) for one in spans.named("turn")]
        coming, answer = told[3:5]
        assert (coming[names.UNDERSTOOD], coming[names.CLEAR]) == (("yes",), True)
        assert answer[names.TOOLS] == ("confirm_appointment",)
        assert answer[names.ROUTE] == Route.POLICY
        assert answer[names.TURN_COST] == 0

    async def test_a_question_that_is_asked_again_is_counted(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        await traced(house, "Yes, this is Maria.", "Purple monkeys.", "Green donkeys.")
        steps = [
            attributes(one)[names.CLARIFICATION]
            for one in spans.named("turn")
            if attributes(one)[names.SPEAKER] == Speaker.AGENT
        ]
        assert steps[-2:] == [1, 2]

    async def test_its_words_leave_only_where_they_may(
        self, house: Rehearsal, spans: RecordedSpans
    ) -> None:
        call = await traced(house, *CONFIRMS)
        turns = [one for one in spans.content.get_finished_spans() if one.name == "turn"]
        told = sorted((attributes(one) for one in turns), key=lambda one: one[names.TURN])
        assert [one[names.TEXT] for one in told] == [turn.text for turn in call.turns]


class _Broken(SqlBook):
    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        raise BookUnavailable(f"no answer about {appointment.recipient.phone}")


class _Raises(SqlBook):
    async def confirm(self, appointment: Appointment, key: WriteKey) -> Receipt:
        raise ArithmeticError(f"{appointment.recipient.name} at {appointment.recipient.phone}")


@pytest.mark.parametrize("kind", [_Broken, _Raises])
async def test_an_error_shows_its_class_and_never_its_text(
    kind: type[SqlBook], house: Rehearsal, spans: RecordedSpans
) -> None:
    book = kind(house.database, house.practice, clock=lambda: house.now)
    await traced(house, *CONFIRMS, book=book)
    left = spans.left.get_finished_spans()
    text = "\n".join(one.to_json() for one in left)
    assert "Maria" not in text
    assert "5550142" not in text
    assert spans.named("outcome")
    (tool,) = (one for one in spans.named("function_tool") if told(one).endswith("_appointment"))
    assert attributes(tool)["lk.function_tool.is_error"] is (kind is _Raises)


def told(span: ReadableSpan) -> str:
    return str(attributes(span)["gen_ai.tool.name"])


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})
