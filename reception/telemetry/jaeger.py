"""Traces as Jaeger's query API gives them back (v1, ``/api/traces``)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
from pydantic import BaseModel, Field, ValidationError

from reception.telemetry.attributes import CONVERSATION
from reception.telemetry.tracing import SERVICE

PATIENCE_SECONDS = 10.0
_AS_FAR_BACK_AS = timedelta(days=90)

Value = str | int | float | bool


class JaegerError(Exception):
    """Jaeger does not answer as it should; the text says what to do."""


@dataclass(frozen=True)
class TracedSpan:
    """One span. Times in seconds; ``begun_at`` since the epoch."""

    id: str
    parent: str | None
    name: str
    begun_at: float
    seconds: float
    attributes: Mapping[str, Value]

    @property
    def ended_at(self) -> float:
        return self.begun_at + self.seconds


@dataclass(frozen=True)
class Trace:
    """One trace; its spans in the order in which they began."""

    id: str
    spans: tuple[TracedSpan, ...]

    def named(self, *names: str) -> tuple[TracedSpan, ...]:
        return tuple(one for one in self.spans if one.name in names)

    @property
    def orphans(self) -> tuple[TracedSpan, ...]:
        """Spans whose parent is not here, though they have one."""
        here = {one.id for one in self.spans}
        return tuple(one for one in self.spans if one.parent and one.parent not in here)


async def traces_of(url: str, call_id: str) -> tuple[Trace, ...]:
    """The traces that Jaeger at ``url`` has of a call; one, if all is well.

    Raises ``JaegerError``.
    """
    now = datetime.now(UTC)
    query = {
        "service": SERVICE,
        "tags": json.dumps({CONVERSATION: call_id}),
        "start": str(_micros(now - _AS_FAR_BACK_AS)),
        "end": str(_micros(now + timedelta(minutes=1))),
        "limit": "20",
    }
    try:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            answer = await http.get("/api/traces", params=query)
            answer.raise_for_status()
            found = _Answer.model_validate_json(answer.content)
    except httpx.HTTPStatusError as error:
        raise JaegerError(
            f"Jaeger at {url} answers with {error.response.status_code}; check JAEGER_URL."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise JaegerError(
            f"Jaeger at {url} cannot be reached ({type(error).__name__}); "
            "set JAEGER_URL to its query service, usually on port 16686."
        ) from error
    except ValidationError as error:
        raise JaegerError(f"What answers at {url} is no Jaeger; check JAEGER_URL.") from error
    return tuple(map(_trace, found.data))


def link(url: str, trace: Trace) -> str:
    """Where Jaeger shows a trace."""
    return f"{url.rstrip('/')}/trace/{trace.id}"


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1e6)


class _Tag(BaseModel):
    key: str
    value: Value


class _Reference(BaseModel):
    kind: str = Field(alias="refType")
    span_id: str = Field(alias="spanID")


class _Span(BaseModel):
    id: str = Field(alias="spanID")
    name: str = Field(alias="operationName")
    references: list[_Reference] = []
    start: int = Field(alias="startTime")
    duration: int
    tags: list[_Tag] = []


class _Trace(BaseModel):
    id: str = Field(alias="traceID")
    spans: list[_Span]


class _Answer(BaseModel):
    data: list[_Trace]


def _trace(found: _Trace) -> Trace:
    spans = sorted(map(_span, found.spans), key=lambda one: (one.begun_at, -one.seconds))
    return Trace(found.id, tuple(spans))


def _span(found: _Span) -> TracedSpan:
    parent = next((one.span_id for one in found.references if one.kind == "CHILD_OF"), None)
    return TracedSpan(
        found.id,
        parent,
        found.name,
        found.start / 1e6,
        found.duration / 1e6,
        {tag.key: tag.value for tag in found.tags},
    )
