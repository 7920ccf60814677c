"""Of the framework's spans those are kept that tell of the conversation."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer, get_current_span, set_span_in_context

from reception.telemetry.framework_spans import FRAMEWORK, ConversationProvider

Opens = Callable[[Tracer, str], AbstractContextManager[None]]


@pytest.fixture
def recorded() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(recorded: InMemorySpanExporter) -> ConversationProvider:
    provider = ConversationProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(recorded))
    return provider


@contextmanager
def as_current(tracer: Tracer, name: str) -> Iterator[None]:
    with tracer.start_as_current_span(name):
        get_current_span().set_attribute("of", name)
        with tracer.start_as_current_span("function_tool"):
            yield


@contextmanager
def by_hand(tracer: Tracer, name: str) -> Iterator[None]:
    span = tracer.start_span(name)
    span.set_attribute("of", name)
    tracer.start_span("function_tool", set_span_in_context(span)).end()
    yield
    span.end()


@pytest.mark.parametrize("opens", [as_current, by_hand])
def test_what_is_below_one_that_is_left_out_hangs_below_its_parent(
    provider: ConversationProvider, recorded: InMemorySpanExporter, opens: Opens
) -> None:
    tracer = provider.get_tracer(FRAMEWORK)
    with tracer.start_as_current_span("agent_turn"), opens(tracer, "drain_agent_activity"):
        pass
    tool, turn = recorded.get_finished_spans()
    assert (tool.name, turn.name) == ("function_tool", "agent_turn")
    assert tool.parent == turn.context
    assert not turn.attributes


def test_an_error_goes_through_one_that_is_left_out(provider: ConversationProvider) -> None:
    tracer = provider.get_tracer(FRAMEWORK)
    with pytest.raises(KeyError), tracer.start_as_current_span("on_enter"):
        raise KeyError


def test_ours_are_all_kept(provider: ConversationProvider, recorded: InMemorySpanExporter) -> None:
    with provider.get_tracer("reception").start_as_current_span("on_enter"):
        pass
    assert [one.name for one in recorded.get_finished_spans()] == ["on_enter"]
