"""The command as a user runs it, in a folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

COMMAND = Path(sys.executable).with_name("reception")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def call(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


class Run(Protocol):
    """Run the command with these arguments, input and environment."""

    def __call__(self, *arguments: str, typed: str = "", **environment: str) -> Ran: ...


def reception(folder: Path, *arguments: str, typed: str = "") -> Ran:
    """Run the command in a process of its own, with nothing of ours in its environment."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        input=typed.encode(),
        capture_output=True,
        timeout=60,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
