"""Several calls at once on a line, and what one of them costs the machine."""

import asyncio
import sys
import time

import psutil

from benchmarks.ear_calls import CONFIRMS, Line
from benchmarks.samples import Samples, ms
from benchmarks.table import Table
from benchmarks.usage import Usage

MOST = 10
TURNS = 12
"""At least, of each number of calls."""
TOO_SLOW = 1.5
"""Times the p95 of a call alone."""


async def measure_at_once(phones: Line) -> Table:
    """One call more each time, until the p95 of a reply has grown by half, or a call breaks."""
    alone, rows = 0.0, list[tuple[str, ...]]()
    for calls in range(1, MOST + 1):
        try:
            waits = await _held_at_once(phones, calls)
        except ExceptionGroup as group:
            sys.stderr.write(f"{calls} calls at once: {group.exceptions}\n")
            rows.append((str(calls), "-", "-", "-", "broke"))
            break
        alone = alone or waits.p95
        grown = waits.p95 / alone
        rows.append((str(calls), str(len(waits)), ms(waits.median), ms(waits.p95), f"{grown:.2f}"))
        if grown > TOO_SLOW:
            break
    return Table(
        "Calls at once",
        ("calls", "turns", "p50 (ms)", "p95 (ms)", "p95 : alone"),
        rows,
        "Closed answers in calls that confirm, dialled at the same moment. One worker; the "
        "callees, the providers and the LiveKit server are on the same cores and take their share. "
        "broke = one of the calls did not go as it was to.",
    )


async def _held_at_once(phones: Line, calls: int) -> Samples:
    """The waits of so many calls at once, held until there are enough of them.

    Raises ``ExceptionGroup`` of what a call raised; the others are left.
    """
    waits = Samples()
    while len(waits) < TURNS:
        async with asyncio.TaskGroup() as group:
            held = [group.create_task(phones.ours(CONFIRMS)) for _ in range(calls)]
        for each in held:
            waits += each.result().closed
    return waits


async def measure_one_call(phones: Line) -> Table:
    """The worker's processes during one call, and as long again without any."""
    usage = Usage(psutil.Process(phones.ground.worker.pid))
    began = time.monotonic()
    await usage.during(phones.ours(CONFIRMS))
    length = time.monotonic() - began
    idle = Usage(psutil.Process(phones.ground.worker.pid))
    await idle.during(asyncio.sleep(length))
    return Table(
        "What one call costs",
        ("call (s)", "CPU (s)", "idle CPU (s)", "own memory (MB)", "worker in all (MB)"),
        [
            (
                f"{length:.0f}",
                f"{usage.cpu:.1f}",
                f"{idle.cpu:.1f}",
                f"{usage.largest / 1e6:.0f}",
                f"{usage.tree / 1e6:.0f}",
            )
        ],
        "The worker's process tree from the dispatch to the outcome, with the next idle process "
        "being made ready; idle = the same time without a call. own memory = unique pages (USS) of "
        "the largest process at its peak; in all = resident pages (RSS) of all processes at their "
        "peak, shared ones counted in each. 1 MB = 10^6 bytes.",
    )
