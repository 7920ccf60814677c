"""Counts and times for a dashboard, in Prometheus's format. Labels are words of ours only, never a
customer's, so that there is a bounded number of series.

Each call is held by a process of its own, which ends with it. They write into files of one folder;
the worker's main process serves what these hold together, and its own.
"""

import os
import tempfile
from pathlib import Path
from threading import Lock

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

_SECONDS = (0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)
_CALL_SECONDS = (5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
_DOLLARS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)

# In the process that holds a call.
CALLS = Counter("reception_calls", "Calls that have ended", ["outcome", "agent", "answered_by"])
CALL_SECONDS = Histogram(
    "reception_call_seconds", "From the answer to the end", buckets=_CALL_SECONDS
)
TURN_SECONDS = Histogram(
    "reception_turn_seconds", "Parts of a turn's wait", ["route", "stage"], buckets=_SECONDS
)
CLARIFICATIONS = Counter("reception_clarifications", "Questions asked again: not understood")
INTERRUPTIONS = Counter("reception_interruptions", "Turns of ours that were cut off")
FALLBACKS = Counter("reception_fallbacks", "Turns that the policy said in the LLM's place")
HANDOFFS = Counter("reception_handoffs", "From one agent to another", ["origin", "target"])
TOOL_ERRORS = Counter("reception_tool_errors", "Tools that raised", ["tool"])
REFUSALS = Counter("reception_refusals", "Calls that were not allowed", ["rule"])
PROVIDER_ERRORS = Counter("reception_provider_errors", "Failed requests", ["provider", "error"])
TOKENS = Counter("reception_tokens", "Of the LLM", ["kind"])
CHARACTERS = Counter("reception_characters", "That the voice was asked to speak")
SOUND_SECONDS = Counter("reception_sound_seconds", "Heard and spoken by providers", ["kind"])
CALL_DOLLARS = Histogram(
    "reception_call_dollars", "What providers charge for a call", buckets=_DOLLARS
)
UNKNOWN_COST = Counter("reception_calls_of_unknown_cost", "A model's price is not on file")

# In the worker's main process.
WORKER = CollectorRegistry()
ACTIVE_CALLS = Gauge("reception_active_calls", "Calls that this worker holds", registry=WORKER)
ABANDONED = Counter(
    "reception_abandoned_calls", "Settled after their process had died", registry=WORKER
)
UNSETTLED = Gauge(
    "reception_unsettled_calls", "Calls without a process and without an outcome", registry=WORKER
)

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder to the processes of a worker; set before they start."""
_folding = Lock()
_KEPT = "0"
"""In the place of a process's number: the sum of those that have ended."""


def folder() -> str:
    """The folder of this worker: a new one, or that of the worker which started this process."""
    return os.environ.get(FOLDER_VARIABLE) or tempfile.mkdtemp(prefix="reception-metrics-")


def exposition(folder: Path) -> bytes:
    """All of a worker's metrics, those of its ended processes included."""
    # Two that ask at once would add the same file up twice.
    with _folding:
        _fold(folder)
        calls = CollectorRegistry()
        MultiProcessCollector(calls, path=str(folder))
        return generate_latest(calls) + generate_latest(WORKER)


def _fold(folder: Path) -> None:
    """Add the files of ended processes up to one of a kind, or they would grow without end."""
    for file in sorted(folder.glob("*_*.db")):
        kind, _, process = file.stem.rpartition("_")
        if process == _KEPT or _runs(process):
            continue
        # What a gauge says is of the present, which an ended process has no part in.
        if not kind.startswith("gauge"):
            _add(file, folder / f"{kind}_{_KEPT}.db")
        file.unlink()


def _add(source: Path, target: Path) -> None:
    kept = MmapedDict(str(target))
    try:
        for key, value, moment, _ in MmapedDict.read_all_values_from_file(str(source)):
            before, _ = kept.read_value(key)
            kept.write_value(key, before + value, moment)
    finally:
        kept.close()


def _runs(process: str) -> bool:
    return process.isdigit() and psutil.pid_exists(int(process)) and int(process) != os.getpid()
