"""Of the framework's spans those that tell of the conversation.

It opens as many for its own housekeeping, which cost a turn more than all the others. What hangs
below one that is left out hangs below its parent instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, Span, Tracer, get_current_span, use_span

FRAMEWORK = "livekit-agents"
KEPT = frozenset(
    {
        "agent_session",
        "amd",
        "user_turn",
        "user_speaking",
        "eou_wait",
        "eou_detection",
        "agent_turn",
        "agent_speaking",
        "function_tool",
        # A request, each attempt at it, and who was asked instead.
        "llm_request",
        "llm_request_run",
        "llm_fallback_adapter",
        "tts_request",
        "tts_request_run",
        "judge_evaluation",
        "event_loop_blocked",
    }
)


class ConversationProvider(TracerProvider):
    """The SDK's, which gives the framework a tracer that leaves out the rest."""

    def get_tracer(self, instrumenting_module_name: str, *args: Any, **options: Any) -> Tracer:
        tracer = super().get_tracer(instrumenting_module_name, *args, **options)
        return _Kept(tracer) if instrumenting_module_name == FRAMEWORK else tracer


class _Kept(Tracer):
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_span(
        self, name: str, context: Context | None = None, *args: Any, **options: Any
    ) -> Span:
        if name in KEPT:
            return self._tracer.start_span(name, context, *args, **options)
        return NonRecordingSpan(get_current_span(context).get_span_context())

    @contextmanager
    # Theirs may be a decorator of functions as well, which the framework asks of its own.
    def start_as_current_span(  # type: ignore[override]
        self, name: str, context: Context | None = None, *args: Any, **options: Any
    ) -> Iterator[Span]:
        if name in KEPT:
            with self._tracer.start_as_current_span(name, context, *args, **options) as span:
                yield span
        else:
            with use_span(self.start_span(name, context)) as span:
                yield span
