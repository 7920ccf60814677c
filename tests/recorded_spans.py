"""The spans of this process, kept in memory: as they came about, and as they leave."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from livekit.agents import telemetry
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from reception.telemetry.tracing import Gated, provider_for


@dataclass(frozen=True)
class RecordedSpans:
    """``raw`` as they came about; ``left`` as a collector gets them; ``content`` where it may."""

    raw: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    left: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    content: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def named(self, name: str) -> list[ReadableSpan]:
        """Those that left, in the order in which they began."""
        found = [one for one in self.left.get_finished_spans() if one.name == name]
        return sorted(found, key=lambda one: one.start_time or 0)

    def clear(self) -> None:
        for each in (self.raw, self.left, self.content):
            each.clear()


@functools.cache
def _recording() -> RecordedSpans:
    """OpenTelemetry takes one provider a process, for good."""
    spans = RecordedSpans()
    exporters: list[SpanExporter] = [
        spans.raw,
        Gated(spans.left, content=False),
        Gated(spans.content, content=True),
    ]
    provider = provider_for(*map(SimpleSpanProcessor, exporters))
    trace.set_tracer_provider(provider)
    telemetry.set_tracer_provider(provider, allow_pii=True)
    return spans


def recorded_spans() -> Iterator[RecordedSpans]:
    """Empty at the beginning of a test."""
    spans = _recording()
    spans.clear()
    yield spans
    spans.clear()
