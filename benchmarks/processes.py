"""Whole calls from several processes, as workers hold them, to one PostgreSQL."""

import asyncio
import sys
import time

from benchmarks.house import APPOINTMENTS, furnish, house_at
from benchmarks.samples import Samples, median_p95, ms
from benchmarks.table import Table
from tests.postgres import NoPostgres, Server

PROCESSES = (1, 8)
CALLS = 15
"""Of each process, after one that does not count."""


async def measure_processes() -> Table:
    """The same calls from one process and from eight. Raises ``NoPostgres``."""
    server = await asyncio.to_thread(Server)
    try:
        await asyncio.to_thread(server.create)
        rows = [await _held(server, processes) for processes in PROCESSES]
    finally:
        await asyncio.to_thread(server.remove)
    return Table(
        "Calls from several processes to one PostgreSQL",
        ("processes", "calls a second", "one call (ms)", "longest (ms)"),
        rows,
        f"Each process holds {CALLS} calls one after the other; all share this machine's cores "
        "with the server. From the moment when all are ready; one call = median / p95.",
    )


async def _held(server: Server, processes: int) -> tuple[str, ...]:
    name = f"bench_{processes}"
    await asyncio.to_thread(server.execute, f"CREATE DATABASE {name}")
    url = server.url(name)
    await furnish(url)
    share = APPOINTMENTS // max(PROCESSES)
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.processes", url, str(number * share),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for number in range(processes)
    ]  # fmt: skip
    for worker in workers:
        if worker.stdout is not None:
            await worker.stdout.readline()
    began = time.perf_counter()
    outputs = await asyncio.gather(*(worker.communicate(b"go\n") for worker in workers))
    rate = processes * CALLS / (time.perf_counter() - began)
    calls = Samples(float(line) for out, _ in outputs for line in out.split())
    if len(calls) != processes * CALLS:
        raise RuntimeError("a process did not hold all of its calls")
    return (str(processes), f"{rate:.1f}", median_p95(calls), ms(max(calls)))


async def _work(url: str, first: int) -> None:
    """One process: say when ready, wait for the word, then print each call's seconds."""
    async with house_at(url, first) as practice:
        await practice.whole_call()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        for _ in range(CALLS):
            began = time.perf_counter()
            await practice.whole_call()
            sys.stdout.write(f"{time.perf_counter() - began}\n")


def skipped(missing: NoPostgres) -> Table:
    """In place of the figures where there is no PostgreSQL."""
    return Table(
        "Calls from several processes to one PostgreSQL", ("not measured",), [(str(missing),)], ""
    )


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], int(sys.argv[2])))
