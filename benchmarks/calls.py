"""Whole calls a second in one process."""

import asyncio
import time

from benchmarks.house import House, WrongCallError, house
from benchmarks.samples import Samples, median_p95, ms
from benchmarks.table import Table
from reception.database import DatabaseError

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
        ("calls at once", "calls a second", "one call (ms)", "longest (ms)", "not confirmed"),
        rows,
        "A call that verifies, confirms and says goodbye, from `pick_up` to its outcome read back "
        "from the ledger: four agent turns, three tools, an SQLite file. Nobody pauses between "
        f"the turns. For {SECONDS:.0f} s each; one call = median / p95; not confirmed = the "
        "database was not free in time.",
    )


async def _held(practice: House, callers: int) -> tuple[str, ...]:
    calls, failed, began = Samples(), 0, time.perf_counter()

    async def caller() -> None:
        nonlocal failed
        while (call_began := time.perf_counter()) < began + SECONDS:
            try:
                await practice.whole_call()
            except (DatabaseError, WrongCallError):
                failed += 1
            else:
                calls.append(time.perf_counter() - call_began)

    await asyncio.gather(*(caller() for _ in range(callers)))
    rate = len(calls) / (time.perf_counter() - began)
    of_all = f"{failed} of {len(calls) + failed}"
    return (str(callers), f"{rate:.1f}", median_p95(calls), ms(max(calls)), of_all)
