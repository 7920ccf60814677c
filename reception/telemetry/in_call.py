"""Which call this is about: what a log line or a span belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class InCall:
    """The call in progress; ``agent`` changes as it is handed over."""

    call_id: str
    agent: str = ""


_in_call: ContextVar[InCall | None] = ContextVar("in_call", default=None)


@contextmanager
def entered(call_id: str) -> Iterator[InCall]:
    """Within, this task and all that it starts belong to the call."""
    now = InCall(call_id)
    token = _in_call.set(now)
    try:
        yield now
    finally:
        _in_call.reset(token)


def in_call() -> InCall | None:
    return _in_call.get()
