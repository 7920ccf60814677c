"""``reception import FILE``: appointments from a file into the built-in book."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from reception.appointments.importing import (
    Cancelled,
    Conflict,
    ImportFileError,
    ImportReport,
    RowError,
    import_reading,
)
from reception.appointments.models import Appointment
from reception.appointments.read_file import read_file
from reception.commands.errors import UserError
from reception.database import DatabaseError, open_database
from reception.practice import Practice, PracticeFileError, load_practice
from reception.settings import Settings


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file or an iCalendar file (.ics), in UTF-8.")],
) -> None:
    """Take appointments from a CSV or iCalendar file into the built-in book.

    A bad row is named by line and reason, the good ones are taken. Importing a file again changes
    nothing. What a call has changed since the last import is never overwritten but reported.

    Columns of a CSV file, named by its first line: appointment_id, starts_at, duration_minutes,
    service, provider, location, customer_id, customer_name, phone, date_of_birth, time_zone,
    language, consent; if you like also recipient_name, recipient_relation, recipient_authority.
    Dates are written as 2026-12-31, or as practice.yaml says under csv.

    An event of a calendar: UID is the id, DTSTART to DTEND the time (in the location's zone where
    it names none), CATEGORIES or SUMMARY the service, RESOURCES or ORGANIZER the provider, LOCATION
    the location unless you have only one, ATTENDEE the customer, with a tel: the phone. Everything
    may instead stand in the description, a line each, under the columns' names: `Phone: 217 555
    0142`, `Date of birth: 1985-06-12`, `Consent: yes`. Recurring events are taken up to the
    booking horizon, all-day ones are not; what is cancelled there is cancelled here.
    """
    settings = Settings()
    try:
        practice = load_practice(settings.practice_file)
        report = asyncio.run(_import(settings.database_url, file, practice))
    except (PracticeFileError, ImportFileError, DatabaseError) as error:
        raise UserError(str(error)) from error
    _tell(report, practice)
    if report.errors or report.conflicts:
        raise typer.Exit(1)


async def _import(database_url: str, file: Path, practice: Practice) -> ImportReport:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        # How much there is shows only once it is read; until then the bar goes to and fro.
        task = bar.add_task("Reading", total=None)
        reading = read_file(file, practice, datetime.now(UTC))
        bar.update(task, description="Importing")
        database = await open_database(database_url)
        try:
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
    for notice in report.notices:
        typer.echo(notice, err=True)
    for error in report.errors:
        typer.echo(_error(error), err=True)
    for conflict in report.conflicts:
        typer.echo(_conflict(conflict, practice), err=True)
    typer.echo(f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged")


def _error(error: RowError) -> str:
    named = f" ({error.name})" if error.name else ""
    return f"line {error.line}{named}: {error.field}: {error.reason}"


def _conflict(conflict: Conflict, practice: Practice) -> str:
    current, filed = conflict.current, conflict.filed
    said = "cancelled" if isinstance(filed, Cancelled) else _when(filed, practice)
    return (
        f"line {conflict.line}: {current.id}: a call left it {current.status} "
        f"for {_when(current, practice)}; the file says {said}; not overwritten"
    )


def _when(appointment: Appointment, practice: Practice) -> str:
    place = practice.locations.get(appointment.location)
    local = appointment.starts_at if place is None else appointment.starts_at.astimezone(place.zone)
    minutes = appointment.duration.total_seconds() / 60
    return (
        f"{local:%Y-%m-%d %H:%M} ({minutes:g} minutes {appointment.service} "
        f"with {appointment.provider} at {appointment.location})"
    )
