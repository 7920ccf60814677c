"""``reception dial``: one call, made by a worker and followed to its outcome."""

import asyncio
import json
import sys
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment
from reception.appointments.sql_book import SqlBook
from reception.calls.ledger import Ledger
from reception.calls.permission import ask_permission
from reception.calls.records import PlacedCall, SettledCall
from reception.commands.errors import NothingDoneError, UserError
from reception.commands.whose_call import whose_call
from reception.database import DatabaseError, open_database
from reception.dialer.dispatch import Dispatcher, NotDispatchedError, Progress
from reception.line.room import livekit_api
from reception.practice import Practice, PracticeFileError, load_practice
from reception.settings import Settings
from reception.telemetry.cost import in_words
from reception.telemetry.tracing import call_span
from reception.voice.telemetry import begin_command

_SAYS = {
    Progress.DISPATCHED: "Asked for a worker …",
    Progress.TAKEN: "A worker has the call and dials …",
    Progress.SETTLED: "",
}
_UNREACHED = {"failed", "not_dialled", "dropped"}
"""Outcomes that are no news from the customer but trouble of ours."""


def dial(
    appointment: Annotated[str, typer.Option(help="Whose call: an appointment's id.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="End with the outcome as one JSON object on stdout.")
    ] = False,
) -> None:
    """Have a worker call about one appointment, and follow the call to its outcome.

    The recipient's other appointments in the same window are part of the call. Whether they may be
    called is asked here, and again by the worker in the moment before it dials. A worker must run:
    `python -m livekit.agents start entrypoint.py`. Exit code 1: the call was not made, or broke.
    """
    settings = Settings()
    begin_command(settings)
    console = Console(stderr=as_json, highlight=False)
    try:
        practice = load_practice(settings.practice_file)
        outcome = asyncio.run(_dial(settings, practice, appointment, console))
    except (PracticeFileError, DatabaseError, BookUnavailable) as error:
        raise UserError(str(error)) from error
    except NotDispatchedError as error:
        raise NothingDoneError(f"{error} `reception doctor` tells more.") from error
    if as_json:
        typer.echo(json.dumps(_json(outcome), ensure_ascii=False))
    _show(outcome, console)
    if outcome.kind in _UNREACHED:
        sys.exit(1)


async def _dial(
    settings: Settings, practice: Practice, appointment_id: str, console: Console
) -> SettledCall:
    try:
        lkapi = livekit_api(settings)
    except ValueError as error:
        raise UserError(f"{error}; set them in the environment or .env.") from error
    async with lkapi:
        database = await open_database(settings.database_url)
        try:
            book = SqlBook(database, practice)
            dispatcher = Dispatcher(lkapi, Ledger(database, book.now), book, settings.agent_name)
            about = await whose_call(book, database, practice, appointment_id)
            call_id = uuid.uuid4().hex
            console.print(f"[dim]Call {call_id}[/dim]")
            with call_span(call_id):
                call = await _permitted(call_id, about, book, dispatcher.ledger)
                return await _follow(dispatcher, call, console)
        finally:
            await database.close()


async def _follow(dispatcher: Dispatcher, call: PlacedCall, console: Console) -> SettledCall:
    await dispatcher.dispatch(call)
    async for progress in dispatcher.follow(call):
        if _SAYS[progress]:
            console.print(f"[dim]{_SAYS[progress]}[/dim]")
    outcome = await dispatcher.outcome(call)
    assert outcome is not None  # noqa: S101 - it was settled
    return outcome


async def _permitted(
    call_id: str, about: Sequence[Appointment], book: SqlBook, ledger: Ledger
) -> PlacedCall:
    """The call to make. Raises ``NothingDoneError`` with the rule that forbids it."""
    phone, ids = about[0].recipient.phone, tuple(a.id for a in about)
    permission = await ask_permission(ledger, book, phone, ids)
    if permission.rule is not None:
        raise NothingDoneError(
            f"The number may not be called now ({permission.rule}): {permission.reason}."
        )
    return PlacedCall(call_id, phone, ids, rehearsal=False)


def _show(outcome: SettledCall, console: Console) -> None:
    console.print(f"[bold]{outcome.kind}[/bold]")
    for proof in outcome.evidence:
        if reason := proof.get("reason"):
            status = proof.get("sip_status")
            console.print(f"  {reason}" + (f" (SIP {status})" if status else ""))
    for decision in outcome.decisions:
        console.print(f"  {decision['appointment_id']}: {decision['kind']}")
    for request in outcome.requests:
        console.print(f"  asked for: {request['kind']}")
    console.print(f"  cost: {in_words(outcome.dollars)}")


def _json(outcome: SettledCall) -> dict[str, Any]:
    return {
        "call_id": outcome.call_id,
        "outcome": {"kind": outcome.kind, "evidence": outcome.evidence},
        "decisions": outcome.decisions,
        "requests": outcome.requests,
        "cost": outcome.cost,
    }
