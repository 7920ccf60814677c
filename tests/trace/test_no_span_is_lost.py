"""However a call ends, its trace is whole; and of a process that was killed others tell."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from reception.calls.records import PlacedCall
from reception.telemetry.tracing import call_span
from tests.line.callees import answered, in_turn, on_hearing_agent, person, says, silent, waits
from tests.line.callees import hangs_up as hangs_up_now
from tests.line.conftest import Begins
from tests.line.ground import MARIA
from tests.recorded_spans import RecordedSpans
from tests.trace.collector import Collector

ARRIVES_SECONDS = 20.0
HANGS_UP = in_turn(waits(0.3), says("Hello?"), on_hearing_agent(hangs_up_now(), after=1.0))


async def test_they_hang_up_in_mid_sentence_and_the_worker_is_told_to_stop(begins: Begins) -> None:
    async with (
        Collector() as collector,
        begins(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, DRAIN_SECONDS="1") as line,
    ):
        line.network.phone(MARIA, answered(HANGS_UP), answered(silent()))
        first = await line.call()
        assert (await line.outcome(first)).kind == "hung_up"
        await line.network.callee(MARIA)
        second = await line.call()
        callee = await line.network.callee(MARIA)
        await callee.answers()
        await callee.hears_agent()
        line.worker.told_to_stop()
        await line.outcome(second)
        await line.worker.stopped()
        await arrived(collector, "outcome", 2)
        for call in (first, second):
            assert_whole(collector, call)


@pytest.mark.long
async def test_of_a_killed_job_its_ledger_and_whoever_settles_it_tell(
    begins: Begins, spans: RecordedSpans
) -> None:
    async with (
        Collector() as collector,
        begins(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint) as line,
    ):
        line.network.phone(MARIA, answered(person("Hello?")))
        with call_span("whoever decides to call"):
            call = await line.call()
        (decided,) = spans.named("call")
        callee = await line.network.callee(MARIA)
        await callee.answers()
        await callee.hears_agent()
        for process in line.worker.job_processes():
            process.kill()
        assert (await line.outcome(call)).kind == "dropped"
        await arrived(collector, "outcome", 1)
        (told,) = of_call(collector.all_spans, call, "outcome")
        assert values(told)["call.outcome"] == "dropped"
        assert "died" in values(told)["call.reason"]
        assert decided.context is not None
        assert int.from_bytes(told.trace_id, "big") == decided.context.trace_id


async def arrived(collector: Collector, name: str, number: int) -> None:
    deadline = time.monotonic() + ARRIVES_SECONDS
    while sum(one.name == name for one in collector.all_spans) < number:
        assert time.monotonic() < deadline, [one.name for one in collector.all_spans]
        await asyncio.sleep(0.1)


def assert_whole(collector: Collector, call: PlacedCall) -> None:
    spans = of_call(collector.all_spans, call)
    here = {one.span_id for one in spans}
    assert [one.name for one in spans if not one.parent_span_id] == ["carry_out"]
    lost = [one.name for one in spans if one.parent_span_id and one.parent_span_id not in here]
    assert lost == []
    names = {one.name for one in spans}
    assert {"permission", "dial", "answer", "turn", "hang_up", "outcome", "agent_session"} <= names


def of_call(spans: Sequence[Span], call: PlacedCall, *names: str) -> list[Span]:
    return [
        one
        for one in spans
        if values(one).get("gen_ai.conversation.id") == call.id and (not names or one.name in names)
    ]


def values(span: Span) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}
