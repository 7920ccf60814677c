"""``reception talk``: a call without a telephone, in text or with sound."""

import asyncio
import functools
import json
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agents.text_call import pick_up
from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment
from reception.appointments.sample import is_empty, write_sample
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.ledger import Ledger
from reception.commands.errors import UserError
from reception.commands.keyboard import keyboard
from reception.commands.screen import Screen, call_json
from reception.commands.whose_call import whose_call
from reception.database import Database, DatabaseError, open_database
from reception.line.text_line import TextLine
from reception.practice import Practice, PracticeFileError, load_practice
from reception.settings import Settings
from reception.telemetry.tracing import call_span
from reception.voice.session import mind
from reception.voice.telemetry import begin_command

Hold = Callable[[str, Sequence[Appointment], SqlBook, Ledger], Awaitable[Call]]
"""Holds one call about these appointments, to its end."""

_DEFAULT_OUT = Path("call.wav")


def talk(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE.wav",
            help="With --voice: what the customer says, one file a turn, beginning with the hello "
            "on picking up. Mono, 16 bit, any rate.",
            show_default=False,
        ),
    ] = None,
    appointment: Annotated[
        str | None,
        typer.Option(help="Whose call: an appointment's id. Default: the next unconfirmed one."),
    ] = None,
    voice: Annotated[
        bool, typer.Option("--voice", help="Hold the call with sound instead of text.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="CALL.wav",
            help="With --voice: where the call is written, replacing what is there. "
            f"Default: {_DEFAULT_OUT}.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="End with the call as one JSON object on stdout.")
    ] = False,
) -> None:
    """Hold one call: you are the customer who picks up the phone.

    Type what you would say. An empty line is silence; the end of the input (Ctrl-D) hangs up.
    While the calendar is empty, the call is about a sample appointment and is forgotten after it.

    With --voice the call has sound, as on the telephone: the services of DEEPGRAM_API_KEY and
    OPENAI_API_KEY hear and speak, in real time. Each file is played once the agent has spoken and
    been quiet for 0.7 s; after the last one the customer hangs up. The whole call becomes one
    stereo file, the customer left and the agent right:

    reception talk --voice hello.wav yes.wav coming.wav no.wav --out call.wav
    """
    settings = Settings()
    begin_command(settings)
    console = Console(stderr=as_json, highlight=False)
    if not voice and (files or out):
        raise UserError("Sound needs --voice: reception talk --voice FILE.wav … --out CALL.wav")
    try:
        practice = load_practice(settings.practice_file)
        if voice:
            # A second of imports that a call in text does not need.
            from reception.commands.aloud import hold_aloud  # noqa: PLC0415

            hold = hold_aloud(files or (), out or _DEFAULT_OUT, settings, practice, console)
        else:
            hold = _in_text(settings, practice, console)
        call = asyncio.run(_talk(settings, practice, appointment, console, hold))
    except (PracticeFileError, DatabaseError, BookUnavailable) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(call, ensure_ascii=False))


async def _talk(
    settings: Settings,
    practice: Practice,
    appointment_id: str | None,
    console: Console,
    hold: Hold,
) -> dict[str, object]:
    async with _database(settings, practice, console) as database:
        book = SqlBook(database, practice)
        appointments = await whose_call(book, database, practice, appointment_id)
        started = asyncio.get_running_loop().time()
        call_id = uuid.uuid4().hex
        with call_span(call_id):
            call = await hold(call_id, appointments, book, Ledger(database, book.now))
        read_back = [await book.appointment(a) for a in call.appointment_ids]
        return call_json(call, read_back, asyncio.get_running_loop().time() - started)


@asynccontextmanager
async def _database(
    settings: Settings, practice: Practice, console: Console
) -> AsyncIterator[Database]:
    """The practice's database; while its book is empty, one with the sample for this call only."""
    database = await open_database(settings.database_url)
    with tempfile.TemporaryDirectory(prefix="reception-") as folder:
        try:
            if practice.sample_appointments and await is_empty(database):
                await database.close()
                database = await open_database(f"sqlite:///{Path(folder) / 'sample.db'}")
                await write_sample(database, practice, datetime.now(UTC))
                console.print(
                    "[dim]Your calendar is empty, so this is a sample call, forgotten after it. "
                    "Your own appointments: reception import FILE.csv[/dim]\n",
                    soft_wrap=True,
                )
            yield database
        finally:
            await database.close()


def _in_text(settings: Settings, practice: Practice, console: Console) -> Hold:
    async def hold(
        call_id: str, appointments: Sequence[Appointment], book: SqlBook, ledger: Ledger
    ) -> Call:
        async with keyboard() as next_line:
            call, line = await pick_up(
                call_id,
                appointments,
                practice=practice,
                book=book,
                ledger=ledger,
                mind=functools.partial(mind, settings=settings),
            )
            await _converse(call, line, next_line, console)
        return call

    return hold


async def _converse(
    call: Call, line: TextLine, next_line: Callable[[], Awaitable[str | None]], console: Console
) -> None:
    at_terminal = sys.stdin.isatty()
    screen = Screen(console, shows_customer=not at_terminal)
    screen.update(call)
    while not line.ended:
        if at_terminal:
            screen.prompt()
        text = await next_line()
        if text is None:
            await line.hangs_up()
        else:
            await line.says(text)
        screen.update(call)
    await line.close()
    screen.update(call)
    screen.result(call)
