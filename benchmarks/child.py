"""Processes to measure: hermetic, each a start of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reception.settings import PROJECT, Settings

SPAWN = Path(__file__).with_name("spawn.py")


@dataclass(frozen=True)
class Run:
    """One process: seconds from its start to certain words and to its exit; bytes at its peak."""

    seen: dict[str, float]
    exit: float
    peak: int


class Nursery:
    """A folder in which processes start: no settings but the defaults, and bytecode of their own,
    so that neither the checkout's nor the venv's state counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bytecode = folder / "bytecode"
        foreign = {name.upper() for name in Settings.model_fields} | {"PYTHONDONTWRITEBYTECODE"}
        self._environment = {
            **{key: value for key, value in os.environ.items() if key.upper() not in foreign},
            "PYTHONPYCACHEPREFIX": str(self._bytecode),
        }

    def run(self, command: Sequence[str], words: Sequence[str] = ()) -> Run:
        """Run a command with its input at the end, and wait for it. Raises ``RuntimeError``."""
        spawn = [sys.executable, "-I", "-S", str(SPAWN), ",".join(words)]
        done = self._start([*spawn, *command])
        found = json.loads(done.stdout)
        missing = [word for word in words if word not in found["seen"]]
        if found["code"] != 0 or missing:
            complaint = done.stderr.strip().rpartition("\n")[-1]
            raise RuntimeError(
                f"{command} ended with {found['code']}, without {missing}: {complaint}"
            )
        return Run(found["seen"], found["exit"], found["peak"])

    def errors_of(self, command: Sequence[str]) -> str:
        """What a command writes to its standard error."""
        return self._start(command).stderr

    def forget_bytecode(self) -> None:
        """Of everything but the standard library, as on a machine where it was just installed."""
        for part in (PROJECT, Path(sys.prefix).resolve()):
            shutil.rmtree(self._bytecode / part.relative_to(part.anchor), ignore_errors=True)

    def _start(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
