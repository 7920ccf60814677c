"""Whole calls a second in one process."""

import asyncio
import time

from benchmarks.house import House, house
from benchmarks.samples import Samples, median_p95
from benchmarks.table import Table

SECONDS = 5.0
AT_ONCE = 8
WARM_UP = 3
"""Calls that do not count."""


async def measure_calls() -> Table:
    """The same call again and again, first alone and then several at once."""
    async with house() as practice:
        for _ in range(WARM_UP):
            await practice.whole_call()
        rows = [await _held(practice, callers) for callers in (1, AT_ONCE)]
    return Table(
        "Whole calls in one process",
        ("calls at once", "calls a second", "one call (ms, median / p95)", "calls"),
        rows,
        "A call that verifies, confirms and says goodbye, from `pick_up` to its outcome read back "
        "from the ledger: four agent turns, three tools, an SQLite file. Nobody waits between the "
        f"turns. For {SECONDS:.0f} s each.",
    )


async def _held(practice: House, callers: int) -> tuple[str, ...]:
    calls, began = Samples(), time.perf_counter()

    async def caller() -> None:
        while (call_began := time.perf_counter()) < began + SECONDS:
            await practice.whole_call()
            calls.append(time.perf_counter() - call_began)

    await asyncio.gather(*(caller() for _ in range(callers)))
    rate = len(calls) / (time.perf_counter() - began)
    return (str(callers), f"{rate:.1f}", median_p95(calls), str(len(calls)))
