"""``reception talk``: a call in text, from a terminal or a pipe."""

import asyncio
import functools
import json
import logging
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agents.text_call import pick_up
from reception.appointments.book import BookUnavailable
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
from reception.voice.session import mind


def talk(
    appointment: Annotated[
        str | None,
        typer.Option(help="Whose call: an appointment's id. Default: the next unconfirmed one."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="End with the call as one JSON object on stdout.")
    ] = False,
) -> None:
    """Hold one call in text: you are the customer who picks up the phone.

    Type what you would say. An empty line is silence; the end of the input (Ctrl-D) hangs up.
    While the calendar is empty, the call is about a sample appointment and is forgotten after it.
    """
    settings = Settings()
    logging.basicConfig(level=settings.log_level, stream=sys.stderr)
    console = Console(stderr=as_json, highlight=False)
    try:
        practice = load_practice(settings.practice_file)
        call = asyncio.run(_talk(settings, practice, appointment, console))
    except (PracticeFileError, DatabaseError, BookUnavailable) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(call, ensure_ascii=False))


async def _talk(
    settings: Settings, practice: Practice, appointment_id: str | None, console: Console
) -> dict[str, object]:
    async with _database(settings, practice, console) as database, keyboard() as next_line:
        book = SqlBook(database, practice)
        appointments = await whose_call(book, database, practice, appointment_id)
        started = asyncio.get_running_loop().time()
        call, line = await pick_up(
            uuid.uuid4().hex,
            appointments,
            practice=practice,
            book=book,
            ledger=Ledger(database, book.now),
            mind=functools.partial(mind, settings=settings),
        )
        await _converse(call, line, next_line, console)
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
