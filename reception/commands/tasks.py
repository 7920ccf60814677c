"""``reception tasks``: what calls have left to the desk."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from reception.calls.ledger import Ledger
from reception.calls.records import StaffTask
from reception.commands.errors import UserError
from reception.commands.listing import show, when
from reception.database import DatabaseError, open_database
from reception.practice import PracticeFileError, load_practice
from reception.settings import Settings

_COLUMNS = ("id", "filed", "reason", "about", "call", "note")


def tasks(
    close: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Close this task, it is done; as often as you like."),
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="Show what is closed already as well.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the tasks as one JSON list on stdout.")
    ] = False,
) -> None:
    """List what the desk has to do, oldest first, or close what is done.

    Times are the practice's: those of its first location. In a pipe each task is one line, its
    parts separated by tabs.
    """
    settings = Settings()
    try:
        practice = load_practice(settings.practice_file)
        found = asyncio.run(_tasks(settings.database_url, close or [], show_all, as_json))
    except (PracticeFileError, DatabaseError) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps([_task_json(task) for task in found], ensure_ascii=False))
    elif not close:
        rows = [(_cells(task, practice.zone), "dim" if task.closed_at else "") for task in found]
        show(_COLUMNS, rows, "The desk has nothing to do.")


async def _tasks(
    database_url: str, close: Sequence[str], show_all: bool, as_json: bool
) -> tuple[StaffTask, ...]:
    """The tasks to show; when some are to be closed, those."""
    database = await open_database(database_url)
    try:
        ledger = Ledger(database, lambda: datetime.now(UTC))
        if not close:
            return await ledger.tasks(also_closed=show_all)
        for sentence in await _close(ledger, close):
            typer.echo(sentence, err=as_json)
        return tuple(task for task in await ledger.tasks(also_closed=True) if task.id in close)
    finally:
        await database.close()


async def _close(ledger: Ledger, task_ids: Sequence[str]) -> list[str]:
    """Close them all and say so, or none when one of them is a typing mistake."""
    known = {task.id for task in await ledger.tasks(also_closed=True)}
    unknown = [task_id for task_id in task_ids if task_id not in known]
    if unknown:
        raise UserError(
            f"There is no task {', '.join(unknown)}, so none was closed; "
            "`reception tasks --all` lists them."
        )
    return [
        f"{task_id} closed."
        if await ledger.close_task(task_id)
        else f"{task_id} was closed before."
        for task_id in task_ids
    ]


def _cells(task: StaffTask, zone: ZoneInfo) -> tuple[str, ...]:
    closed = "" if task.closed_at is None else f"\n(closed {when(task.closed_at, zone)})"
    return (
        task.id,
        when(task.filed_at, zone),
        task.reason.replace("_", " "),
        f"{', '.join(task.appointment_ids)}\n{task.phone}",
        task.call_id,
        task.note + closed,
    )


def _task_json(task: StaffTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "filed_at": task.filed_at.isoformat(),
        "reason": task.reason.value,
        "call_id": task.call_id,
        "phone": task.phone,
        "appointment_ids": list(task.appointment_ids),
        "note": task.note,
        "closed_at": None if task.closed_at is None else task.closed_at.isoformat(),
    }
