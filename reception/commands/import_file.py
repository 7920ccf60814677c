"""``reception import FILE``: appointments from a file into the built-in book."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from reception.appointments.csv_file import read_csv
from reception.appointments.importing import (
    Conflict,
    ImportFileError,
    ImportReport,
    Reading,
    import_reading,
)
from reception.appointments.models import Appointment
from reception.commands.errors import UserError
from reception.database import DatabaseError, open_database
from reception.practice import Practice, PracticeFileError, load_practice
from reception.settings import Settings


def import_file(
    file: Annotated[
        Path, typer.Argument(help="A CSV file in UTF-8; its first line names columns.")
    ],
) -> None:
    """Take appointments from a CSV file into the built-in book.

    A bad row is named by line and reason, the good ones are taken. Importing a file again changes
    nothing. What a call has changed since the last import is never overwritten but reported.

    Columns: appointment_id, starts_at, duration_minutes, service, provider, location, customer_id,
    customer_name, phone, date_of_birth, time_zone, language, consent; if you like also
    recipient_name, recipient_relation, recipient_authority.
    """
    settings = Settings()
    try:
        practice = load_practice(settings.practice_file)
        reading = read_csv(file, practice)
        report = asyncio.run(_import(settings.database_url, reading))
    except (PracticeFileError, ImportFileError, DatabaseError) as error:
        raise UserError(str(error)) from error
    _tell(report, practice)
    if report.errors or report.conflicts:
        raise typer.Exit(1)


async def _import(database_url: str, reading: Reading) -> ImportReport:
    database = await open_database(database_url)
    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("Importing", total=len(reading.filed))
            return await import_reading(
                database,
                reading,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
    finally:
        await database.close()


def _tell(report: ImportReport, practice: Practice) -> None:
    if report.ignored_columns:
        typer.echo(f"Ignored columns: {', '.join(report.ignored_columns)}", err=True)
    for error in report.errors:
        typer.echo(f"line {error.line}: {error.field}: {error.reason}", err=True)
    for conflict in report.conflicts:
        typer.echo(_conflict(conflict, practice), err=True)
    typer.echo(f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged")


def _conflict(conflict: Conflict, practice: Practice) -> str:
    current, filed = conflict.current, conflict.filed
    return (
        f"line {conflict.line}: {filed.id}: a call left it {current.status} "
        f"for {_when(current, practice)}; the file says {_when(filed, practice)}; not overwritten"
    )


def _when(appointment: Appointment, practice: Practice) -> str:
    place = practice.locations.get(appointment.location)
    local = appointment.starts_at if place is None else appointment.starts_at.astimezone(place.zone)
    minutes = appointment.duration.total_seconds() / 60
    return (
        f"{local:%Y-%m-%d %H:%M} ({minutes:g} minutes {appointment.service} "
        f"with {appointment.provider} at {appointment.location})"
    )
