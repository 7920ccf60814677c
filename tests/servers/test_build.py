from pathlib import Path

import pytest

from tests.servers import build
from tests.servers.build import NoServer, livekit_server, or_skip


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without server or Go, with an empty cache."""
    monkeypatch.delenv("LIVEKIT_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(file: Path, does: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)
    return file


def test_without_go_it_is_said_what_to_do(nowhere: Path) -> None:
    with pytest.raises(NoServer, match=r"install Go 1\.24 .* on PATH or into LIVEKIT_SERVER"):
        livekit_server()


def test_the_one_that_is_named_comes_first(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = program(nowhere / "bin" / "livekit-server")
    assert livekit_server() == on_path
    named = program(nowhere / "mine")
    monkeypatch.setenv("LIVEKIT_SERVER", str(named))
    assert livekit_server() == named


def test_a_name_that_is_no_program_is_not_passed_over(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(nowhere / "bin" / "livekit-server")
    monkeypatch.setenv("LIVEKIT_SERVER", str(nowhere / "missing"))
    with pytest.raises(NoServer, match=r"LIVEKIT_SERVER names .*missing"):
        livekit_server()


def test_it_is_built_once(nowhere: Path) -> None:
    counted = nowhere / "counted"
    program(nowhere / "bin" / "go", f'echo "$@" >> {counted}\necho built > "$5"')
    binary = livekit_server()
    assert binary == nowhere / "cache" / "reception-servers" / "livekit-server-1.8.4"
    assert binary.read_text() == "built\n"
    assert livekit_server() == binary
    [arguments] = counted.read_text().splitlines()
    assert arguments.endswith("github.com/livekit/livekit-server/cmd/server")


def test_a_build_that_fails_leaves_nothing_and_tells_why(nowhere: Path) -> None:
    program(nowhere / "bin" / "go", 'echo half > "$5"; echo no such host >&2; exit 1')
    with pytest.raises(NoServer, match="no such host"):
        livekit_server()
    assert not list((nowhere / "cache" / "reception-servers").glob("livekit-server-*"))


def test_what_is_missing_is_skipped_unless_it_is_required(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "REQUIRED", False)
    with pytest.raises(pytest.skip.Exception, match="no livekit-server here"):
        or_skip(livekit_server)
    monkeypatch.setattr(build, "REQUIRED", True)
    with pytest.raises(pytest.fail.Exception, match="no livekit-server here"):
        or_skip(livekit_server)
