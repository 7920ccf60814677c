"""A PostgreSQL server for one test run: its own folder, its own port, nothing left afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

REQUIRED = os.environ.get("LIVE") == "required"
"""Whether a missing server is a failure, as in .ci/run, or a reason to skip."""

ACCOUNT = "postgres"
"""The account that Debian's package makes; PostgreSQL refuses to run as root."""

START_SECONDS = 30.0

SETTINGS = {
    # Nobody reads these databases after a crash of the machine. Commits stay synchronous: what was
    # committed must outlive a crash of the server, or the tests would not see it lost.
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
}


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine; the text says what to install."""


class Server:
    """A private PostgreSQL. ``stop`` and ``start`` as a real one goes away and comes back."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="reception-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def create(self) -> None:
        """Make the folder and start. Raises ``RuntimeError`` with the server's own words."""
        if self._account is not None:
            shutil.chown(self._folder, self._account)
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", f"--username={ACCOUNT}", *options, str(self._folder / "data"))
        self.port = free_port()
        self.start()

    def start(self) -> None:
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, "port": self.port}.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *_tied_to_us(),
                    self._programs / "postgres",
                    "-D",
                    self._folder / "data",
                    *settings,
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._account,
                group=self._account,
                extra_groups=None if self._account is None else [],
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {self.log()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once, as a crash does; whoever is connected is cut off."""
        if self._process is not None:
            # Its quit signal: the children end too, which a kill of the parent alone leaves behind.
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_SECONDS)
            self._process = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """While the block runs, the server is not there."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def remove(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> str:
        """What ``psql`` answers to one statement."""
        address = ["--host=127.0.0.1", f"--port={self.port}", f"--username={ACCOUNT}"]
        told = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        return self._run("psql", *address, *told, f"--command={statement}", database)

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-2000:]

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except RuntimeError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            user=self._account,
            group=self._account,
            extra_groups=None if self._account is None else [],
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")
        return done.stdout.strip()


class Databases:
    """Databases on one server, each a copy of the one that was migrated first."""

    TEMPLATE = "migrated"

    def __init__(self, server: Server) -> None:
        self.server = server

    @contextmanager
    def new(self) -> Iterator[str]:
        """The address of a database with its tables and nothing in them, gone afterwards."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {self.TEMPLATE}")
        try:
            yield self.server.url(name)
        finally:
            self.server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The address of a database without a table, gone afterwards."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.server.execute(f"CREATE DATABASE {name}")
        try:
            yield self.server.url(name)
        finally:
            self.server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _programs() -> Path:
    """The folder of initdb, postgres and psql. Raises ``NoPostgres``."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = [Path(found).resolve().parent for found in (shutil.which("postgres"),) if found]
    for folder in (*on_path, *_told_by_pg_config(), *debian):
        if all((folder / program).exists() for program in ("initdb", "postgres", "psql")):
            return folder
    raise NoPostgres("no PostgreSQL server here; install it: apt-get install postgresql")


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdigit() else 0


def _told_by_pg_config() -> list[Path]:
    program = shutil.which("pg_config")
    if program is None:
        return []
    told = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
    return [Path(told.stdout.strip())]


def _account() -> str | None:
    """Whom to run it as; None for ourselves. Raises ``NoPostgres`` when only root is there."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise NoPostgres(
            f"PostgreSQL refuses to run as root and there is no account {ACCOUNT}; "
            "install Debian's: apt-get install postgresql"
        ) from None
    return ACCOUNT


def _tied_to_us() -> list[str]:
    """On Linux the server ends with the test run, even if that was killed."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "QUIT", "--"]
