"""The servers that the tests talk to and that no package manager has: found here, or built once.

Each has a folder beside this file with a ``go.mod`` whose ``tool`` line names the program, so that
its version and those of all its dependencies are pinned like ours in ``uv.lock``.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REQUIRED = os.environ.get("LIVE") == "required"
"""Whether a missing server is a failure, as in .ci/run, or a reason to skip."""

BUILD_SECONDS = 900.0
"""Cold, with 400 modules to fetch, it took two minutes on two cores."""

_HERE = Path(__file__).parent


class NoServer(Exception):
    """The server is not on this machine and cannot be built; the text says what to do."""


def livekit_server() -> Path:
    """The program livekit-server. The first use may build it, which takes minutes.

    In this order: the one that LIVEKIT_SERVER names, the one on PATH, the one that was built
    before, a new build. Raises ``NoServer``.
    """
    return _found("livekit-server", _HERE / "livekit")


def jaeger() -> Path:
    """The program jaeger-all-in-one, found in the same order. Raises ``NoServer``."""
    return _found("jaeger-all-in-one", _HERE / "jaeger")


def or_skip(find: Callable[[], Path]) -> Path:
    """What ``find`` finds. If that is nothing the test is skipped, or fails with LIVE=required."""
    try:
        return find()
    except NoServer as missing:
        if REQUIRED:
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def _found(program: str, module: Path) -> Path:
    variable = program.upper().replace("-", "_")
    named = os.environ.get(variable)
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoServer(f"{variable} names {named}, which is no program: name one, or unset it")
        return Path(found)
    on_path = shutil.which(program)
    if on_path is not None:
        return Path(on_path)
    return _built(program, module, variable)


def _built(program: str, module: Path, variable: str) -> Path:
    """The program in the cache, built if it is not there yet. Raises ``NoServer``."""
    package, version = _pinned((module / "go.mod").read_text())
    cache = _cache()
    binary = cache / f"{program}-{version}"
    if binary.exists():
        return binary
    go = shutil.which("go")
    if go is None:
        raise NoServer(
            f"no {program} here, and no Go to build it: install Go 1.24 or newer, "
            f"or put {program} on PATH or into {variable}"
        )
    with _alone(cache / f"{program}.lock"):
        # Another test process may have built it while we waited for our turn.
        if not binary.exists():
            _build(go, module, package, binary)
    return binary


def _build(go: str, module: Path, package: str, binary: Path) -> None:
    """Build into ``binary``, which is there whole or not at all. Raises ``NoServer``."""
    with tempfile.TemporaryDirectory(dir=binary.parent) as folder:
        output = Path(folder) / binary.name
        try:
            done = subprocess.run(
                [go, "build", "-trimpath", "-ldflags=-s -w", "-o", output, package],
                cwd=module,
                # Without cgo no C compiler is needed.
                env={**os.environ, "CGO_ENABLED": "0"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=BUILD_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise NoServer(f"go build {package} took longer than {BUILD_SECONDS:.0f} s") from None
        if done.returncode != 0:
            raise NoServer(f"go build {package} in {module} failed: {done.stderr.strip()[-500:]}")
        output.rename(binary)


def _pinned(go_mod: str) -> tuple[str, str]:
    """The package that the ``tool`` line names, and the version of its module without the v."""
    tool = re.search(r"^tool (\S+)$", go_mod, re.MULTILINE)
    assert tool is not None, "go.mod has no tool line"
    package = tool[1]
    for module, version in re.findall(r"^\s*(?:require )?(\S+) v(\S+)", go_mod, re.MULTILINE):
        if package == module or package.startswith(f"{module}/"):
            return package, version
    raise AssertionError(f"go.mod does not require the module of {package}")


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "reception-servers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """While the block runs, no other process is in one with the same lock."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
