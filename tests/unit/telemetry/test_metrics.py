"""Many processes, one endpoint; and a bounded number of series."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from reception.telemetry.metrics import FOLDER_VARIABLE, exposition

ONE_CALL = """
from reception.telemetry.metrics import CALLS, CALL_SECONDS
CALLS.labels("confirmed", "confirmation", "person").inc()
CALL_SECONDS.observe(42)
"""


def hold_a_call(folder: Path) -> None:
    """As a job's process does, which ends with its call."""
    environment = os.environ | {FOLDER_VARIABLE: str(folder)}
    subprocess.run([sys.executable, "-c", ONE_CALL], env=environment, check=True)


def values(text: bytes) -> dict[str, float]:
    """By sample name and, for histograms, bucket."""
    return {
        sample.name + sample.labels.get("le", ""): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name.startswith("reception_call")
    }


def test_what_ended_processes_counted_is_kept_and_in_one_place(tmp_path: Path) -> None:
    for calls in (1, 2, 3):
        hold_a_call(tmp_path)
        told = values(exposition(tmp_path))
        assert told["reception_calls_total"] == calls
        assert told["reception_call_seconds_count"] == calls
        assert told["reception_call_seconds_sum"] == 42 * calls
        assert told["reception_call_seconds_bucket45.0"] == calls
        assert told["reception_call_seconds_bucket30.0"] == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["counter_0.db", "histogram_0.db"]


def test_asked_by_several_at_once_it_counts_each_call_once(tmp_path: Path) -> None:
    hold_a_call(tmp_path)
    with ThreadPoolExecutor() as several:
        told = list(several.map(exposition, [tmp_path] * 8))
    assert {values(text)["reception_calls_total"] for text in told} == {1.0}


def test_a_folder_without_a_call_tells_of_the_worker(tmp_path: Path) -> None:
    assert b"reception_active_calls" in exposition(tmp_path)
