"""``reception trace``: the story of one call, from Jaeger."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reception.commands.errors import NothingDoneError, UserError
from reception.settings import Settings
from reception.telemetry import attributes as names
from reception.telemetry.jaeger import JaegerError, Trace, TracedSpan, Value, link, traces_of


def trace(
    call_id: Annotated[str, typer.Argument(help="The call's id, as the report and the logs say.")],
) -> None:
    """Tell the story of one call: who answered, each turn and how long it took, what came of it.

    It is read from Jaeger at JAEGER_URL, to which OTEL_EXPORTER_OTLP_ENDPOINT sends the traces.
    What was said is only there if TRACE_CONTENT was set when the call was made.
    """
    url = Settings().jaeger_url
    try:
        found = asyncio.run(traces_of(url, call_id))
    except JaegerError as error:
        raise UserError(str(error)) from error
    if not found:
        raise NothingDoneError(
            f"Jaeger at {url} knows no call {call_id}. A trace arrives a few seconds after the "
            "call; is OTEL_EXPORTER_OTLP_ENDPOINT set for the worker and for `reception dial`?"
        )
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        _tell(one, console)
        console.print(f"\n{link(url, one)}", style="dim")


def _tell(found: Trace, console: Console) -> None:
    story = Table.grid(padding=(0, 2))
    begun = found.spans[0].begun_at
    for span in found.spans:
        if (tell := _TELLS.get(span.name)) is not None:
            who, what = tell(span)
            story.add_row(f"{span.begun_at - begun:7.1f} s", Text(who, "bold"), Text(what))
    console.print(story)


def _say(span: TracedSpan, *wanted: str) -> str:
    """Those of the attributes that the span has, as words."""
    return ", ".join(str(span.attributes[name]) for name in wanted if name in span.attributes)


def _seconds(span: TracedSpan, name: str, text: str) -> str:
    value = span.attributes.get(name)
    return f", {text} {value:.2f} s" if isinstance(value, float) else ""


def _permission(span: TracedSpan) -> tuple[str, str]:
    if span.attributes.get(names.PERMITTED):
        return "permission", "given"
    return "permission", f"refused: {_say(span, names.RULE, names.REASON)}"


def _dial(span: TracedSpan) -> tuple[str, str]:
    rang = f"rang {span.attributes.get(names.RING_SECONDS, span.seconds):.1f} s"
    status = span.attributes.get(names.SIP_STATUS)
    return "dial", rang + (f", SIP {status}" if status else "")


def _turn(span: TracedSpan) -> tuple[str, str]:
    about = span.attributes
    cut_off = ", cut off" if about.get(names.INTERRUPTED) else ""
    text = f": {about[names.TEXT]}" if names.TEXT in about else ""
    if about.get(names.SPEAKER) == "customer":
        return "customer", f"{_understood(about)}{text}"
    heard = _seconds(span, names.HEARD_SECONDS, "heard after")
    return str(about.get(names.AGENT, "")), (
        f"{_say(span, names.ROUTE)}{_asks(about)}{heard}{cut_off}{text}"
    )


def _understood(about: Mapping[str, Value]) -> str:
    if not about.get(names.CHARACTERS):
        return "silence"
    acts = str(about.get(names.UNDERSTOOD, "")).strip("[]").replace('"', "") or "nothing"
    return acts if about.get(names.CLEAR) else f"{acts}, not clear"


def _asks(about: Mapping[str, Value]) -> str:
    return f", asks {about[names.ASKED]}" if names.ASKED in about else ""


def _took(span: TracedSpan, what: str) -> str:
    failed = f", failed: {span.attributes['error.type']}" if "error.type" in span.attributes else ""
    return f"{what}, {span.seconds * 1000:.0f} ms{failed}"


_TELLS: Mapping[str, Callable[[TracedSpan], tuple[str, str]]] = {
    "permission": _permission,
    "dispatch": lambda span: ("dispatch", _took(span, "a worker was asked for")),
    "dial": _dial,
    "answer": lambda span: ("answer", _say(span, names.ANSWERED_BY)),
    "turn": _turn,
    "handoff": lambda span: (
        "handoff",
        f"{_say(span, names.ORIGIN)} to {_say(span, names.TARGET, names.REASON)}",
    ),
    "function_tool": lambda span: ("tool", _took(span, _say(span, "gen_ai.tool.name"))),
    "write": lambda span: ("write", _took(span, _say(span, names.CHANGE))),
    "read_back": lambda span: ("read back", _took(span, _say(span, names.CHANGE))),
    "hang_up": lambda span: ("hang up", _say(span, names.ENDED)),
    "outcome": lambda span: (
        "outcome",
        _say(span, names.OUTCOME, names.REASON)
        + (f", ${span.attributes[names.COST]}" if names.COST in span.attributes else ""),
    ),
}
"""What is told of each kind of span; the others are for Jaeger."""
