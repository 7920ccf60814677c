"""The providers in a process of their own, as ``python -m tests.provider`` starts them."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from reception.settings import PROJECT

_LINES = 4
_STOP_SECONDS = 20.0


@contextmanager
def providers(*arguments: str) -> Iterator[dict[str, str]]:
    """Serve, and give the environment that leads ``reception`` to them. Ctrl-C ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.provider", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline().strip() for _ in range(_LINES)]
        yield dict(line.removeprefix("export ").split("=", 1) for line in lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(_STOP_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
