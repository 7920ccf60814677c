"""The registry is what docs/tracing.md shows."""

from reception.telemetry.__main__ import PAGE, shown
from reception.telemetry.attributes import table


def test_the_page_shows_the_registry() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert shown(page) == table(), "run: .venv/bin/python -m reception.telemetry"
