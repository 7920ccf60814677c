"""Telemetry of one process, as the settings choose; the framework's goes the same way as ours."""

import logging
import sys

from livekit.agents import telemetry
from livekit.agents.telemetry import gen_ai

from reception.settings import Settings
from reception.telemetry.logs import begin_logging
from reception.telemetry.tracing import begin_tracing


def begin_telemetry(settings: Settings) -> None:
    """From now on this process logs through the gate, and sends spans to the collector, if one is
    set. Once a process, when it runs and has its handlers: what a job's process registers for its
    end before it runs is forgotten.
    """
    begin_logging(settings.log_level)
    content = settings.trace_content
    gen_ai.set_capture_content(content)
    if settings.otel_exporter_otlp_endpoint is not None:
        provider = begin_tracing(settings.otel_exporter_otlp_endpoint, content=content)
        telemetry.set_tracer_provider(provider, allow_pii=content)


def begin_command(settings: Settings) -> None:
    """Logs and traces of a command, which has its standard error for itself."""
    logging.basicConfig(stream=sys.stderr)
    begin_telemetry(settings)
