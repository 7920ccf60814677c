"""Spans over OTLP: one trace a call, from the decision to dial to its outcome.

Nobody waits for them: they are kept in memory, sent by a thread of their own, and dropped where
the collector does not take them.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.util import Finalize

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    SamplingResult,
)
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes, AttributeValue

from reception.telemetry import attributes as names
from reception.telemetry.framework_spans import ConversationProvider
from reception.telemetry.in_call import entered, in_call
from reception.telemetry.redaction import safe_attributes, scrub

SERVICE = "reception"
"""What a trace is found under in Jaeger."""
CALL = "call"
"""The root of a call's trace, in the process that decides to make it."""
CARRY_OUT = "carry_out"
"""The worker's part, below it."""

_PATIENCE_SECONDS = 3
"""With the collector: in the background, and at the very end of a process."""
_SEND_EVERY_MS = 1000
_EVENTS = frozenset({"exception", "generation", "stop_response", "gen_ai.evaluation.result"})

_tracer = trace.get_tracer(SERVICE)
_w3c = TraceContextTextMapPropagator()


def begin_tracing(endpoint: str, *, content: bool) -> TracerProvider:
    """Send this process's spans to a collector (OTLP over HTTP) from now on.

    ``content``: also what was said. At its end the process waits for what is not sent yet, for at
    most a few seconds.
    """
    url = f"{endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=url, timeout=_PATIENCE_SECONDS)
    provider = provider_for(
        BatchSpanProcessor(
            Gated(exporter, content=content),
            schedule_delay_millis=_SEND_EVERY_MS,
            export_timeout_millis=1000 * _PATIENCE_SECONDS,
        )
    )
    trace.set_tracer_provider(provider)
    # Not with ``atexit``, which a process that multiprocessing started does without.
    Finalize(None, provider.shutdown, exitpriority=10)
    return provider


def provider_for(*processors: SpanProcessor) -> TracerProvider:
    """A provider whose spans know their call, and which keeps only spans of calls."""
    provider = ConversationProvider(
        sampler=ParentBased(root=_Calls()),
        resource=Resource.create({SERVICE_NAME: SERVICE}),
        shutdown_on_exit=False,
    )
    for processor in (_Stamp(), *processors):
        provider.add_span_processor(processor)
    return provider


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    context: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Span]:
    """A span around what is done here. Of an error it keeps the class, and never its text."""
    with _tracer.start_as_current_span(
        name,
        context,
        kind,
        attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_attribute("error.type", type(error).__qualname__)
            opened.set_status(Status(StatusCode.ERROR))
            raise


def past_span(
    name: str,
    attributes: Mapping[str, AttributeValue],
    *,
    begun_at: float,
    ended_at: float,
    context: Context | None = None,
) -> None:
    """A span of what is over: both times in seconds since the epoch."""
    opened = _tracer.start_span(
        name, context, attributes=attributes, start_time=_nanoseconds(begun_at)
    )
    opened.end(_nanoseconds(max(begun_at, ended_at)))


@contextmanager
def call_span(call_id: str) -> Iterator[Span]:
    """The whole trace of one call, for whoever decides to make it."""
    with entered(call_id), span(CALL) as opened:
        yield opened


@contextmanager
def carried_out(call_id: str, trace_parent: str | None) -> Iterator[Span]:
    """The worker's part of a call that another process has decided to make."""
    parent = _remote(trace_parent)
    with entered(call_id), span(CARRY_OUT, context=parent, kind=SpanKind.CONSUMER) as opened:
        yield opened


@contextmanager
def belonging_to(call_id: str, trace_parent: str | None) -> Iterator[None]:
    """What is done here belongs to the trace of a call that others hold or held."""
    with entered(call_id):
        token = attach(_remote(trace_parent))
        try:
            yield
        finally:
            detach(token)


def trace_parent() -> str | None:
    """Where we are, as a W3C ``traceparent``; None where nothing is traced."""
    if trace_id() is None:
        return None
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return carrier["traceparent"]


def trace_id() -> str | None:
    """The trace that we are in, 32 hex digits; None where nothing is traced."""
    here = trace.get_current_span().get_span_context()
    return format(here.trace_id, "032x") if here.trace_flags.sampled else None


def _remote(parent: str | None) -> Context:
    return _w3c.extract({} if parent is None else {"traceparent": parent}, Context())


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


class _Calls(Sampler):
    """Of what has no parent only calls are kept: the framework's jobs begin outside of any."""

    def should_sample(  # noqa: PLR0917 - the interface's
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        wanted = ALWAYS_ON if name in (CALL, CARRY_OUT) else ALWAYS_OFF
        return wanted.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return "calls"


class _Stamp(SpanProcessor):
    """Every span of a call names it, and the agent that has it."""

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:
        if (now := in_call()) is None:
            return
        span.set_attribute(names.CONVERSATION, now.call_id)
        if now.agent and names.AGENT not in (span.attributes or {}):
            span.set_attribute(names.AGENT, now.agent)


class Gated(SpanExporter):
    """Hands on what the gate lets through."""

    def __init__(self, inner: SpanExporter, *, content: bool) -> None:
        self._inner, self._content = inner, content

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([self._safe(one) for one in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 1000 * _PATIENCE_SECONDS) -> bool:
        return self._inner.force_flush(timeout_millis)

    def _safe(self, one: ReadableSpan) -> ReadableSpan:
        allow = functools.partial(safe_attributes, content=self._content)
        return ReadableSpan(
            name=scrub(one.name),
            context=one.context,
            parent=one.parent,
            resource=one.resource,
            attributes=allow(one.attributes),
            events=[
                Event(event.name, allow(event.attributes), event.timestamp)
                for event in one.events
                if event.name in _EVENTS
            ],
            kind=one.kind,
            # Its description is the text of an exception.
            status=Status(one.status.status_code),
            start_time=one.start_time,
            end_time=one.end_time,
            instrumentation_scope=one.instrumentation_scope,
        )
