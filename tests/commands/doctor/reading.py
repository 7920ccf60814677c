"""What `reception doctor` printed, read back."""

from collections.abc import Awaitable, Callable

from tests.commands.running import Ran

Doctor = Callable[..., Awaitable[Ran]]
"""Run it with all set up, but for what is given by name; an empty text unsets."""


def findings(ran: Ran, level: str | None = None) -> list[tuple[str, str, str]]:
    """Those of a level, or all, from a pipe."""
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert {len(cells) for cells in lines} == {3}
    return [(check, of, text) for check, of, text in lines if level in (None, of)]


def trouble(ran: Ran) -> tuple[str, str, str]:
    """The one finding that is not well."""
    bad = [finding for finding in findings(ran) if finding[1] != "ok"]
    assert len(bad) == 1, bad
    assert bad[0][2].endswith(".")
    assert ran.err == ""
    assert ran.code == (1 if bad[0][1] == "failed" else 0)
    return bad[0]
