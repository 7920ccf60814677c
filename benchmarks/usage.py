"""What a process and all that it started take of the machine."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psutil

T = TypeVar("T")

_LOOK_SECONDS = 0.25


@dataclass
class Usage:
    """While something goes on."""

    root: psutil.Process
    largest: int = 0
    """Bytes that the largest process had for itself alone, at its peak."""
    tree: int = 0
    """Bytes resident in all processes, at the peak."""
    _first: dict[int, float] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        """Seconds, user and system."""
        return sum(self._last.values()) - sum(self._first.values())

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """Look at them again and again until ``work`` is done."""
        task = asyncio.create_task(work)
        self._first = {
            one.pid: spent for one in self._all() if (spent := _seconds(one)) is not None
        }
        while not task.done():
            self._look()
            await asyncio.wait({task}, timeout=_LOOK_SECONDS)
        self._look()
        return task.result()

    def _look(self) -> None:
        resident = 0
        for one in self._all():
            if (spent := _seconds(one)) is not None:
                self._last[one.pid] = spent
            with suppress(psutil.Error):
                memory = one.memory_full_info()
                resident += memory.rss
                self.largest = max(self.largest, memory.uss)
        self.tree = max(self.tree, resident)

    def _all(self) -> list[psutil.Process]:
        return [self.root, *self.root.children(recursive=True)]


def _seconds(process: psutil.Process) -> float | None:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return times.user + times.system
    return None
