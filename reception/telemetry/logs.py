"""Logs: JSON for machines, colours in a terminal; every line through the gate.

Each line carries the call, its trace and its agent. Of an error it shows where it came about and
its class, never its text. What a library says is kept as far as it is plainly no content.
"""

import logging
import re
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import Processor

from reception.telemetry.in_call import in_call
from reception.telemetry.redaction import scrub
from reception.telemetry.tracing import trace_id

_OURS = ("reception", "agents", "tools", "entrypoint", "__main__", "__mp_main__")
_FIELDS = ("call_id", "trace_id", "agent", "error", "where")
"""What the gate itself puts on a line; nothing else that hangs on a record is shown."""
_PLAIN = re.compile(r"[\w./:@=+-]{1,64}", re.ASCII)
"""An argument that is no content: a name, a number, an address."""
_CONTENT_BEGINS = re.compile(r"[\"'{\[\n\N{LEFT DOUBLE QUOTATION MARK}]")
_FRAMES = 6


class Gate(logging.Filter):
    """Makes a record safe in place, once, in the process in which it came about."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not getattr(record, "gated", False):
            _make_safe(record)
            record.__dict__["gated"] = True
        return True


def begin_logging(level: str) -> None:
    """Have all that is logged from now on go through the gate.

    For the handlers that the process has by now.
    """
    root = logging.getLogger()
    root.setLevel(level)
    # At every start it says that there was nothing to migrate.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for handler in root.handlers:
        if not any(isinstance(one, Gate) for one in handler.filters):
            handler.addFilter(Gate())
        if isinstance(handler, logging.StreamHandler):
            handler.setFormatter(_formatter(terminal=handler.stream.isatty()))


def _formatter(*, terminal: bool) -> logging.Formatter:
    prepare: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=_FIELDS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=prepare,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )


def _make_safe(record: logging.LogRecord) -> None:
    ours = record.name.partition(".")[0] in _OURS
    record.msg = scrub(record.getMessage() if ours else _without_content(record))
    record.args = None
    if record.exc_info and record.exc_info[1] is not None:
        _, error, frames = record.exc_info
        record.__dict__ |= {"error": _chain(error), "where": _where(frames)}
    record.exc_info = record.exc_text = record.stack_info = None
    known = record.__dict__
    if (now := in_call()) is not None:
        known |= {"call_id": now.call_id, "agent": now.agent}
    if (trace := trace_id()) is not None:
        known["trace_id"] = trace


def _without_content(record: logging.LogRecord) -> str:
    """What a library says, without arguments that may be content, up to where content begins."""
    try:
        text = str(record.msg)
        text = text % _plain(record.args) if record.args else text
    except (TypeError, ValueError):
        text = str(record.msg)
    return _CONTENT_BEGINS.split(text, maxsplit=1)[0].rstrip()


def _plain(arguments: Any) -> Any:
    match arguments:
        case tuple():
            return tuple(map(_plain, arguments))
        case dict():
            return {key: _plain(value) for key, value in arguments.items()}
        case int() | float():
            return arguments
        case _:
            return arguments if _PLAIN.fullmatch(str(arguments)) else "…"


def _chain(error: BaseException) -> str:
    """The classes of an error and of what caused it."""
    names, cause = list[str](), error
    while cause is not None and len(names) < _FRAMES:
        names.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]
    return " from ".join(names)


def _where(frames: TracebackType | None) -> str:
    """The innermost frames of a traceback: places only, no values."""
    found = traceback.extract_tb(frames)[-_FRAMES:]
    return " > ".join(f"{one.filename.rsplit('/', 2)[-1]}:{one.lineno} {one.name}" for one in found)
