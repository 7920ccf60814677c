"""``reception report``: what came of the calls, and what they cost."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from reception.calls.ledger import Ledger
from reception.calls.records import KeptCall
from reception.commands.errors import UserError
from reception.commands.listing import show, when
from reception.database import DatabaseError, open_database
from reception.practice import PracticeFileError, load_practice
from reception.settings import Settings
from reception.telemetry.cost import in_words

_DAYS = 7
_COLUMNS = ("opened", "call", "appointments", "outcome", "cost")


def report(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help=f"The first day; {_DAYS} days ago if not said.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as one JSON object on stdout.")
    ] = False,
) -> None:
    """List the calls, oldest first, with what came of each and what it cost, and the sums.

    Days and times are the practice's: those of its first location. In a pipe each call is one line,
    its parts separated by tabs, and the sums are on stderr. A cost is what the speech services and
    the LLM charge by reception/telemetry/prices.yaml, the telephone is not in it; it is unknown
    where a price is, or where the process died that knew what was used.
    """
    settings = Settings()
    try:
        zone = load_practice(settings.practice_file).zone
        first = _midnight(since, zone)
        calls = asyncio.run(_calls_since(settings.database_url, first))
    except (PracticeFileError, DatabaseError) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(_json(calls, first), ensure_ascii=False))
    else:
        rows = [(_cells(call, zone), "" if call.outcome else "dim") for call in calls]
        show(_COLUMNS, rows, f"No calls since {first:%Y-%m-%d}.")
        if calls:
            typer.echo(_sums(calls), err=True)


def _midnight(day: datetime | None, zone: ZoneInfo) -> datetime:
    chosen = datetime.now(zone) - timedelta(days=_DAYS) if day is None else day
    return chosen.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)


async def _calls_since(database_url: str, moment: datetime) -> tuple[KeptCall, ...]:
    database = await open_database(database_url)
    try:
        return await Ledger(database, lambda: datetime.now(UTC)).calls_since(moment)
    finally:
        await database.close()


def _cells(call: KeptCall, zone: ZoneInfo) -> tuple[str, ...]:
    told = call.outcome
    return (
        when(call.opened_at, zone),
        call.id,
        ", ".join(call.appointment_ids),
        _came_of(call) + (" (rehearsal)" if call.rehearsal else ""),
        "" if told is None else in_words(told.dollars),
    )


def _came_of(call: KeptCall) -> str:
    return "no outcome yet" if call.outcome is None else call.outcome.kind.replace("_", " ")


def _sums(calls: Sequence[KeptCall]) -> str:
    counted = Counter(map(_came_of, calls)).most_common()
    of_kinds = ", ".join(f"{number} {kind}" for kind, number in counted)
    known, unknown = _costs(calls)
    sentences = [f"{len(calls)} calls: {of_kinds}."]
    if known:
        all_of_it = sum(known, Decimal(0))
        sentences.append(f"Cost: {in_words(all_of_it)}, {in_words(all_of_it / len(known))} a call.")
    if unknown:
        sentences.append(f"Of {unknown} the cost is unknown.")
    return " ".join(sentences)


def _costs(calls: Sequence[KeptCall]) -> tuple[list[Decimal], int]:
    """The costs that are known, and of how many calls with an outcome they are not."""
    costs = [call.outcome.dollars for call in calls if call.outcome is not None]
    known = [dollars for dollars in costs if dollars is not None]
    return known, len(costs) - len(known)


def _json(calls: Sequence[KeptCall], first: datetime) -> dict[str, Any]:
    known, unknown = _costs(calls)
    return {
        "since": first.isoformat(),
        "calls": [_call_json(call) for call in calls],
        "outcomes": dict(Counter(call.outcome.kind for call in calls if call.outcome)),
        "usd": str(sum(known, Decimal(0))),
        "of_unknown_cost": unknown,
    }


def _call_json(call: KeptCall) -> dict[str, Any]:
    told = call.outcome
    usd = None if told is None or told.dollars is None else str(told.dollars)
    return {
        "call_id": call.id,
        "opened_at": call.opened_at.isoformat(),
        "appointment_ids": list(call.appointment_ids),
        "rehearsal": call.rehearsal,
        "outcome": None if told is None else told.kind,
        "decisions": [] if told is None else told.decisions,
        "usd": usd,
    }
