"""The alerts and the dashboard, held against Prometheus's own checks and our own metrics."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from reception.settings import PROJECT
from reception.telemetry import metrics
from tests.servers.build import REQUIRED

FOLDER = PROJECT / "deploy" / "observability"
_OURS = re.compile(r"reception_[a-z_]+")
_RECORDED = re.compile(r"reception:[a-z_:0-9]+")


@pytest.fixture(scope="module")
def promtool() -> Path:
    found = shutil.which("promtool")
    if found is None:
        missing = "no promtool: apt-get install prometheus"
        if REQUIRED:
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(found)


@pytest.mark.parametrize(
    "check",
    [
        ("check", "config", "--syntax-only", "prometheus.yaml"),
        ("check", "rules", "rules.yaml"),
        ("test", "rules", "rules_test.yaml"),
    ],
    ids=lambda check: check[-1],
)
def test_prometheus_finds_no_fault(promtool: Path, check: tuple[str, ...]) -> None:
    done = subprocess.run(
        [promtool, *check], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def known() -> set[str]:
    """Every sample that we may expose."""
    found = set()
    for one in vars(metrics).values():
        if isinstance(one, Counter | Gauge | Histogram):
            for family in one.describe():
                endings = {
                    "counter": ("_total",),
                    "histogram": ("_bucket", "_sum", "_count"),
                    "gauge": ("",),
                }[family.type]
                found |= {family.name + ending for ending in endings}
    return found


def expressions() -> str:
    board = json.loads((FOLDER / "grafana/dashboards/reception.json").read_text())
    shown = (target["expr"] for panel in board["panels"] for target in panel["targets"])
    return "\n".join([*shown, (FOLDER / "rules.yaml").read_text()])


def test_what_is_drawn_and_alerted_on_is_measured() -> None:
    used = set(_OURS.findall(expressions()))
    assert used
    assert used - known() == set()


def test_what_the_dashboard_takes_from_the_rules_is_recorded() -> None:
    rules = (FOLDER / "rules.yaml").read_text()
    recorded = set(re.findall(r"record: (\S+)", rules))
    assert set(_RECORDED.findall(expressions())) == recorded
