"""Real calls on a line, and what a real Jaeger knows of them: all but who was called."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from reception.appointments.models import Consent
from reception.telemetry import attributes as names
from reception.telemetry.jaeger import Trace, TracedSpan, traces_of
from tests.line.callees import answered, busy, machine, person
from tests.line.command import reception
from tests.line.conftest import Begins
from tests.line.exchange import Phone
from tests.line.ground import Ground, noon_somewhere, upcoming
from tests.trace.jaeger_server import JaegerServer
from tests.trace.secrets import NAME, PRACTICE, SENTENCE, assert_clean, secretive

ARRIVES_SECONDS = 20.0
MADE = ("call", "permission", "dispatch", "carry_out", "permission", "dial")
CLOCKS_SECONDS = 0.05
"""By so much a span may seem to leave its parent's time: two processes, rounded to microseconds."""
CONFIRMS = person("Hello?", f"Yes, this is {NAME}.", "Yes, I'll be there.", "No, thank you.")
MOVES = person(
    *("Hello?", f"Yes, {NAME} speaking.", f"{SENTENCE}.", "No, I need another day."),
    *("The first one, please.", "No, that's all."),
    # "Let's see." is no end.
    pause=1.4,
)


async def test_calls_of_all_kinds_leave_one_whole_trace_each(
    begins: Begins, jaeger_server: JaegerServer, tmp_path: Path
) -> None:
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": jaeger_server.endpoint,
        "JAEGER_URL": jaeger_server.url,
        "ENABLE_METRICS": "true",
        "LOG_LEVEL": "DEBUG",
    }
    async with begins(practice=PRACTICE, **settings) as line:
        desk = Desk(line, jaeger_server, tmp_path)

        confirmed, trace = await desk.dials(answered(CONFIRMS))
        assert outcome(trace) == "confirmed"
        assert_in_order(
            trace, *MADE, "answer", "handoff", "write", "read_back", "hang_up", "outcome"
        )
        assert said(trace, "answer", names.ANSWERED_BY) == "person"
        assert_adds_up(trace)

        _, trace = await desk.dials(answered(MOVES))
        assert outcome(trace) == "rescheduled"
        assert_in_order(
            trace, *MADE, "answer", "handoff", "handoff", "write", "read_back", "outcome"
        )

        _, trace = await desk.dials(answered(machine()))
        assert outcome(trace) == "voicemail"
        assert said(trace, "answer", names.ANSWERED_BY) == "machine"

        _, trace = await desk.dials(busy())
        assert outcome(trace) == "busy"
        assert said(trace, "dial", names.SIP_STATUS) == 486
        assert trace.named("answer", "turn") == ()

        _, trace = await desk.dials(busy(), consent=Consent.REFUSED)
        assert [one.name for one in trace.spans] == ["call", "permission"]
        assert said(trace, "permission", names.RULE) == "consent"

        told = await reception(line, tmp_path, "trace", confirmed)
        assert told.code == 0, told.err
        for words in ("given", "rang", "yes", "greeter to confirmation", "confirmed", "/trace/"):
            assert words in told.out, told.out
        nothing = await reception(line, tmp_path, "trace", "no-such-call")
        assert nothing.code == 1
        assert "knows no call no-such-call" in nothing.err

        measured = await line.worker.asked("/metrics")
        assert measured is not None
        for kind in ("confirmed", "rescheduled", "voicemail", "busy"):
            assert re.search(
                rf'^reception_calls_total{{.*outcome="{kind}".*}} 1.0$', measured[1], re.M
            )
        assert_clean("metrics", measured[1])
        assert_clean("spans", desk.seen)
        assert_clean("log", line.worker.log)
        assert_clean("LiveKit", "\n".join(line.network.told))
        assert any(NAME in one.text for one in line.cloud.openai.speech.requests)


class Desk:
    """Has calls made one after the other, each about an appointment of its own."""

    def __init__(self, line: Ground, server: JaegerServer, folder: Path) -> None:
        self._line, self._server, self._folder = line, server, folder
        self._number = 0
        self.seen = ""
        """All that is in the traces."""

    async def dials(self, phone: Phone, **recipients: Any) -> tuple[str, Trace]:
        """A call to ``phone`` with ``reception dial``; its id, and its trace once it is whole."""
        self._number += 1
        starts_at = upcoming().starts_at + timedelta(hours=self._number)
        zone = {"time_zone": noon_somewhere().key}
        about = secretive(self._number, starts_at=starts_at, **zone, **recipients)
        await self._line.house.file(about)
        self._line.network.phone(about.recipient.phone, phone)
        ran = await reception(self._line, self._folder, "dial", "--appointment", about.id)
        found = re.search(r"Call (\w{32})", ran.out)
        assert found is not None, ran.err
        trace = await self._trace(found[1])
        self.seen += "\n".join(map(str, trace.spans))
        return found[1], trace

    async def _trace(self, call_id: str) -> Trace:
        """The one trace of a call, when no part of it is missing any more."""
        traces: Sequence[Trace] = ()
        with suppress(TimeoutError):
            async with asyncio.timeout(ARRIVES_SECONDS):
                while len(traces) != 1 or traces[0].orphans or not traces[0].named("call"):
                    await asyncio.sleep(0.5)
                    traces = await traces_of(self._server.url, call_id)
        (trace,) = traces
        assert trace.orphans == (), [one.name for one in trace.orphans]
        assert trace.named("call"), [one.name for one in trace.spans]
        return trace


def outcome(trace: Trace) -> object:
    return said(trace, "outcome", names.OUTCOME)


def said(trace: Trace, name: str, attribute: str) -> object:
    return trace.named(name)[-1].attributes[attribute]


def assert_in_order(trace: Trace, *wanted: str) -> None:
    """That these began one after the other, whatever was between them."""
    began = iter(one.name for one in trace.spans)
    for name in wanted:
        assert name in began, (name, [one.name for one in trace.spans])


def assert_adds_up(trace: Trace) -> None:
    """Each part lies within what it is a part of; the call is as long as all of its parts."""
    by_id = {one.id: one for one in trace.spans}
    (root,) = trace.named("call")
    (worker,) = trace.named("carry_out")
    (dialled,) = trace.named("dial")
    talked = trace.named("hang_up")[-1].ended_at - dialled.ended_at
    assert root.seconds >= worker.seconds >= dialled.seconds + talked - CLOCKS_SECONDS
    for one in trace.named("permission", "dispatch", "carry_out", "dial", "answer", "outcome"):
        assert_within(one, by_id[one.parent or ""])


def assert_within(one: TracedSpan, parent: TracedSpan) -> None:
    assert one.begun_at >= parent.begun_at - CLOCKS_SECONDS, (one, parent)
    assert one.ended_at <= parent.ended_at + CLOCKS_SECONDS, (one, parent)
