"""From the start of ``reception talk`` to its first words, and the memory that it takes."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import Nursery, Run
from benchmarks.imports import seconds_by_package
from benchmarks.samples import Samples, ms
from benchmarks.table import Table

ROUNDS = 4
TOP = 10
"""So many packages are named."""

IMPORTED = "imported"
GREETING = "greeter"
"""Stands before the first words."""

_SAY_IMPORTED = f"print({IMPORTED!r}, flush=True)"
PYTHON = (sys.executable, "-c", "pass")
FRAMEWORK = (sys.executable, "-c", f"import livekit.agents; {_SAY_IMPORTED}")
TALK = (
    sys.executable,
    "-c",
    f"from reception.commands import main; {_SAY_IMPORTED}; main()",
    "talk",
)
IMPORTS = (sys.executable, "-X", "importtime", "-c", "import reception.commands")


def measure_startup() -> tuple[Table, Table]:
    """Start-up and memory, and whose imports they are."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        nursery = Nursery(Path(folder))
        nursery.run(TALK)
        nursery.forget_bytecode()
        fresh = [nursery.run(TALK, (IMPORTED, GREETING))]
        python, framework, talk = [], [], []
        for _ in range(ROUNDS):
            python.append(nursery.run(PYTHON))
            framework.append(nursery.run(FRAMEWORK, (IMPORTED,)))
            talk.append(nursery.run(TALK, (IMPORTED, GREETING)))
        report = nursery.errors_of(IMPORTS)
    rows = (
        _row("python -c pass", python),
        _row("python -c 'import livekit.agents'", framework),
        _row("reception talk", talk),
        _row("reception talk, first start ever", fresh),
    )
    return _starts(rows), _imports(report)


def _starts(rows: Sequence[Sequence[str]]) -> Table:
    return Table(
        "Start-up and memory of one process",
        ("process", "imported (ms)", "first words (ms)", "exit (ms)", "peak RSS (MB)"),
        rows,
        f"Medians of {ROUNDS} rounds, each process in turn, from `posix_spawn`; the first start "
        "ever once, with the bytecode of all but the standard library still to be compiled (so "
        "is every start under PYTHONDONTWRITEBYTECODE). Input at its end, so the customer hangs "
        "up at once; empty calendar, so with the sample; no key. Peak RSS = `ru_maxrss` of "
        "`wait4`, 1 MB = 10^6 bytes; up to 10 MB it is that of the script that starts them.",
    )


def _row(name: str, runs: Sequence[Run]) -> tuple[str, ...]:
    def when(word: str) -> str:
        return ms(Samples(run.seen[word] for run in runs).median) if word in runs[0].seen else "-"

    peak = Samples(run.peak for run in runs).median / 1e6
    left = ms(Samples(run.exit for run in runs).median)
    return (name, when(IMPORTED), when(GREETING), left, f"{peak:.0f}")


def _imports(report: str) -> Table:
    spent = seconds_by_package(report)
    whole = sum(spent.values())
    shown = list(spent.items())[:TOP]
    rest = whole - sum(seconds for _, seconds in shown)
    rows = [*shown, (f"{len(spent) - TOP} others", rest), ("all", whole)]
    return Table(
        "Whose imports",
        ("package", "own modules (ms)", "share"),
        [(name, ms(seconds), f"{seconds / whole:.0%}") for name, seconds in rows],
        "`python -X importtime -c 'import reception.commands'`, once, bytecode compiled; "
        "measuring makes it slower, so read the shares.",
    )
