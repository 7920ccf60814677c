"""``reception doctor``: is everything set up for calls?"""

import asyncio
import json
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from reception.commands.checks.finding import Finding, Level
from reception.settings import Settings, explain

PATIENCE_SECONDS = 5.0
"""With each check; they run at the same time."""

_MARKS = {
    Level.OK: Text("✓", "green"),
    Level.WARNING: Text("!", "yellow"),
    Level.FAILED: Text("✗", "bold red"),
}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as one JSON list on stdout.")
    ] = False,
) -> None:
    """Look whether everything is set up for calls, and say what to do where it is not.

    ✓ is well. ! lets calls be made, but not as well as they could be. ✗ stands in the way of calls.
    What depends on something that failed is not told: mend that and run this again.

    Looked at are: the settings, from the environment or .env; practice.yaml and its languages; the
    database, opened as a call opens it; LiveKit with its key, its outbound SIP trunk and its clock;
    every key of Deepgram and OpenAI, by its position, and whether the models are known there; the
    health port, or the worker that has it; the models on disk. Nobody is called, nothing is paid,
    and no key is shown.

    In a pipe each finding is one line: what was looked at, `ok`, `warning` or `failed`, and a
    sentence, separated by tabs. Exit code 1: something failed.
    """
    found = _found()
    if as_json:
        typer.echo(json.dumps([_json(finding) for finding in found], ensure_ascii=False))
    else:
        _show(found)
    if any(finding.level is Level.FAILED for finding in found):
        sys.exit(1)


def _found() -> list[Finding]:
    try:
        settings = Settings()
    except ValidationError as error:
        # Without settings there is nothing to look at.
        return [Finding("settings", Level.FAILED, f"{explain(error)}.")]
    console = Console(stderr=True)
    with (
        _quiet(),
        Progress(console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("Checking", total=None)
        # A second of imports that no other command needs.
        from reception.commands.checks.examine import examine  # noqa: PLC0415

        return asyncio.run(
            examine(
                settings,
                PATIENCE_SECONDS,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """LiveKit's client logs and warns of what we are about to tell."""
    logger = logging.getLogger("livekit")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _show(found: Sequence[Finding]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        for finding in found:
            cells = finding.check, finding.level, finding.sentence
            typer.echo("\t".join(" ".join(cell.split()) for cell in cells))
        return
    table = Table.grid(padding=(0, 2))
    for finding in found:
        table.add_row(_MARKS[finding.level], Text(finding.check), Text(finding.sentence))
    console.print(table)
    console.print(f"\n{_in_short(found)}", style="bold")


def _in_short(found: Sequence[Finding]) -> str:
    levels = [finding.level for finding in found]
    failed, warnings = levels.count(Level.FAILED), levels.count(Level.WARNING)
    if failed:
        return f"{failed} failed: no calls before that is mended."
    return "Ready for calls." if not warnings else "Ready for calls, with room for improvement."


def _json(finding: Finding) -> dict[str, str]:
    return {"check": finding.check, "level": finding.level, "sentence": finding.sentence}
