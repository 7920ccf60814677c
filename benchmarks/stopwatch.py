"""How long a turn is in our own code: every place where the framework calls it, timed."""

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar
from unittest.mock import patch

from livekit.agents import Agent
from livekit.agents.llm import FunctionTool

from agents.base import Receptionist
from reception.appointments.sql_book import SqlBook

T = TypeVar("T")


class Part(Enum):
    REPLY = auto()
    """``Receptionist.llm_node``: understanding, policy, wording, truth guard."""
    MODEL = auto()
    """In it, the framework's own node with the LLM."""
    TOOL = auto()
    """A tool, from its call to its result."""
    CALENDAR = auto()
    """In it, the book: SQLite."""


@dataclass(frozen=True)
class Spent:
    """Seconds in our code. ``tools`` are a part of ``ours``, ``calendar`` of ``tools``."""

    ours: float
    tools: float
    calendar: float


class Stopwatch:
    """Adds up wall-clock seconds by part, until they are taken."""

    def __init__(self) -> None:
        self._seconds: defaultdict[Part, float] = defaultdict(float)

    def take(self) -> Spent:
        """What was spent since the last time."""
        taken, self._seconds = self._seconds, defaultdict(float)
        tools = taken[Part.TOOL]
        ours = taken[Part.REPLY] - taken[Part.MODEL] + tools
        return Spent(ours, tools, taken[Part.CALENDAR])

    @contextmanager
    def _running(self, part: Part) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[part] += time.perf_counter() - began

    def stream(self, part: Part, node: Callable[..., Any]) -> Callable[..., AsyncIterator[Any]]:
        """``node``, timed while it is asked for its next piece and not while others have it."""

        async def timed(*arguments: Any) -> AsyncIterator[Any]:
            pieces = aiter(node(*arguments))
            while True:
                with self._running(part):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece

        return timed

    def awaited(
        self, part: Part, function: Callable[..., Awaitable[T]]
    ) -> Callable[..., Awaitable[T]]:
        """``function``, timed from its call to its result."""

        async def timed(*arguments: Any, **named: Any) -> T:
            with self._running(part):
                return await function(*arguments, **named)

        return timed


@contextmanager
def timing_ours() -> Iterator[Stopwatch]:
    """Time our code in every call until the end of the block."""
    watch = Stopwatch()
    places = (
        (Receptionist, "llm_node", watch.stream(Part.REPLY, Receptionist.llm_node)),
        (Agent.default, "llm_node", watch.stream(Part.MODEL, Agent.default.llm_node)),
        (FunctionTool, "__call__", watch.awaited(Part.TOOL, FunctionTool.__call__)),
        (SqlBook, "appointment", watch.awaited(Part.CALENDAR, SqlBook.appointment)),
        (SqlBook, "confirm", watch.awaited(Part.CALENDAR, SqlBook.confirm)),
    )
    with ExitStack() as patches:
        for where, name, timed in places:
            patches.enter_context(patch.object(where, name, timed))
        yield watch
