"""What it costs to see everything of a call by sound."""

from dataclasses import dataclass, field

import psutil

from benchmarks.ear_calls import CONFIRMS, Line, line
from benchmarks.samples import Samples, ms
from benchmarks.table import Table
from benchmarks.usage import Usage
from tests.trace.collector import Collector

CALLS = 6
"""Of each kind, turn about, after one that does not count."""


@dataclass
class Taken:
    """What the calls of one worker took."""

    cpu: Samples = field(default_factory=Samples)
    closed: Samples = field(default_factory=Samples)


async def measure_traced() -> Table:
    """Two workers, one of which sends its spans to a collector."""
    async with (
        Collector() as collector,
        line() as off,
        line(collector.endpoint) as on,
    ):
        taken = {"off": Taken(), "on": Taken()}
        for number in range(CALLS + 1):
            for kind, phones in (("off", off), ("on", on)):
                await _call(phones, taken[kind] if number else Taken())
        a_call = f"{collector.spans / (CALLS + 1):.0f} spans"
        sent = f"{collector.bytes / (CALLS + 1) / 1000:.1f} kB"
    without = taken["off"]
    return Table(
        "What telemetry costs by sound",
        ("traces", "calls", "CPU a call (s)", "CPU : off", "p50 (ms)", "p50 : off"),
        [
            (
                kind,
                str(len(one.cpu)),
                f"{one.cpu.median:.2f}",
                f"{one.cpu.median / without.cpu.median:.3f}",
                ms(one.closed.median),
                f"{one.closed.median / without.closed.median:.3f}",
            )
            for kind, one in taken.items()
        ],
        "Calls that confirm, one after the other. CPU = of the worker and all its processes, from "
        "the dispatch to the outcome, the median; p50 = of the closed answers. A call leaves "
        f"{a_call} of the worker's, {sent} before compression.",
    )


async def _call(phones: Line, taken: Taken) -> None:
    usage = Usage(psutil.Process(phones.ground.worker.pid))
    taken.closed += (await usage.during(phones.ours(CONFIRMS))).closed
    taken.cpu.append(usage.cpu)
