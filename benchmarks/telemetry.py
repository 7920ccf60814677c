"""What it costs to see everything: the same calls with and without traces, and with a collector
that hangs."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

from benchmarks.house import CONFIRMS, GOODBYE, VERIFIES, House, house
from benchmarks.samples import Samples, median_p95, ms
from benchmarks.table import Table
from reception.settings import Settings
from reception.telemetry.tracing import call_span
from reception.voice.telemetry import begin_telemetry
from tests.trace.collector import Collector

ROUNDS = 6
CALLS = 30
"""Of each process, one after the other, after some that do not count."""
WARM_UP = 5
AT_ONCE = 25
OFF, ON, HANGING = "off", "on", "on, the collector hangs"


@dataclass
class Taken:
    """What the processes of one kind measured."""

    turns: Samples = field(default_factory=Samples)
    cpu: Samples = field(default_factory=Samples)
    at_once: Samples = field(default_factory=Samples)
    spans: int = 0
    bytes: int = 0
    calls: int = 0


async def measure_telemetry() -> Table:
    """Each kind in processes of its own, turn about."""
    taken = {kind: Taken() for kind in (OFF, ON, HANGING)}
    async with Collector() as takes, Collector(hangs=True) as hangs:
        endpoints = {OFF: "", ON: takes.endpoint, HANGING: hangs.endpoint}
        for _ in range(ROUNDS):
            for kind, endpoint in endpoints.items():
                await _in_a_process(endpoint, taken[kind])
        held = taken[ON].calls
        a_call = f"{takes.spans / held:.0f} spans, {takes.bytes / held / 1000:.1f} kB"
    without = taken[OFF]
    return Table(
        "What telemetry costs",
        (
            "traces",
            "a turn (ms)",
            "CPU a turn (ms)",
            "CPU : off",
            f"{AT_ONCE} at once (s)",
            ": off",
        ),
        [_row(kind, one, without) for kind, one in taken.items()],
        f"Calls in text that confirm, in {ROUNDS} processes of each kind, {CALLS} calls one after "
        f"the other and then {AT_ONCE} at once. a turn = median / p95 of `TextLine.says`; CPU = of "
        "the whole process, the thread that sends the spans included, median of the processes. A "
        f"call leaves {a_call} before compression.",
    )


def _row(kind: str, taken: Taken, without: Taken) -> tuple[str, ...]:
    return (
        kind,
        median_p95(taken.turns),
        ms(taken.cpu.median),
        f"{taken.cpu.median / without.cpu.median:.3f}",
        f"{taken.at_once.median:.2f}",
        f"{taken.at_once.median / without.at_once.median:.3f}",
    )


async def _in_a_process(endpoint: str, taken: Taken) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.telemetry", endpoint, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    if child.returncode != 0:
        raise RuntimeError("a process did not hold all of its calls")
    found = json.loads(out)
    taken.turns += found["turns"]
    taken.cpu.append(found["cpu"])
    taken.at_once.append(found["at_once"])
    taken.calls += CALLS + WARM_UP + AT_ONCE


async def _work(endpoint: str) -> None:
    """One process: hold the calls, and print what they took."""
    settings = Settings(_env_file=None, otel_exporter_otlp_endpoint=endpoint or None)
    begin_telemetry(settings)
    async with house() as practice:
        for _ in range(WARM_UP):
            await _traced(practice, Samples())
        turns, begun = Samples(), time.process_time()
        for _ in range(CALLS):
            await _traced(practice, turns)
        cpu = (time.process_time() - begun) / len(turns)
        begun = time.perf_counter()
        await asyncio.gather(*(_traced(practice, Samples()) for _ in range(AT_ONCE)))
        at_once = time.perf_counter() - begun
    sys.stdout.write(json.dumps({"turns": turns, "cpu": cpu, "at_once": at_once}))


async def _traced(practice: House, turns: Samples) -> None:
    with call_span("bench"):
        call, line = await practice.pick_up()
        for text in (VERIFIES, CONFIRMS, GOODBYE):
            begun = time.perf_counter()
            await line.says(text)
            turns.append(time.perf_counter() - begun)
        await practice.over(call, line)


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
