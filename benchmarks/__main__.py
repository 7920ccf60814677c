"""``python -m benchmarks [--write]``: measure, print, and with --write refresh the page."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator

from benchmarks import page
from benchmarks.calendar import measure_calendar
from benchmarks.calls import measure_calls
from benchmarks.fast_path import measure_fast_path
from benchmarks.machine import machine
from benchmarks.processes import measure_processes, skipped
from benchmarks.startup import measure_startup
from benchmarks.table import Table
from benchmarks.telemetry import measure_telemetry
from benchmarks.turns import measure_turns
from benchmarks.understanding import measure_understanding
from tests.postgres import NoPostgres


def main() -> None:
    """About ten minutes on two cores. What others do meanwhile is in the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"refresh {page.PAGE.name}")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    figures = [machine()]
    sys.stdout.write(f"{figures[0]}\n")
    for table in _measured():
        figures.append(table.markdown())
        sys.stdout.write(f"\n{figures[-1]}\n")
        sys.stdout.flush()
    if arguments.write:
        page.write("\n\n".join(figures))


def _measured() -> Iterator[Table]:
    yield measure_understanding()
    yield asyncio.run(measure_turns())
    yield asyncio.run(measure_calls())
    yield asyncio.run(measure_fast_path())
    yield asyncio.run(measure_telemetry())
    yield asyncio.run(measure_calendar())
    try:
        yield asyncio.run(measure_processes())
    except NoPostgres as missing:
        yield skipped(missing)
    yield from measure_startup()


if __name__ == "__main__":
    main()
