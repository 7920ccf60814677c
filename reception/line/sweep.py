"""Calls whose process died: their line is dropped and their outcome written, by who still lives."""

import asyncio
import logging
from datetime import timedelta

from livekit import api

from reception.appointments.book import BookError
from reception.appointments.sql_book import SqlBook
from reception.calls.abandoned import HEARTBEAT_SECONDS, settle_abandoned
from reception.calls.ledger import Ledger
from reception.database import DatabaseError
from reception.line.room import delete_room, room_name
from reception.telemetry.metrics import ABANDONED, UNSETTLED

logger = logging.getLogger(__name__)

LONG_OVER = timedelta(hours=1)
"""No call lasts so long: one without an outcome by then was settled by nobody."""


async def sweep(ledger: Ledger, book: SqlBook, lkapi: api.LiveKitAPI) -> None:
    """Look for such calls again and again, until cancelled."""
    while True:
        await sweep_once(ledger, book, lkapi)
        await _count_unsettled(ledger, book)
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def sweep_once(ledger: Ledger, book: SqlBook, lkapi: api.LiveKitAPI) -> tuple[str, ...]:
    """Settle the calls of dead processes and drop their lines; their ids."""
    try:
        settled = await settle_abandoned(ledger, book)
    except (BookError, DatabaseError) as error:
        logger.warning("abandoned calls could not be settled: %s", type(error).__name__)
        return ()
    for call_id in settled:
        ABANDONED.inc()
        logger.error("call %s was settled after its process had died", call_id)
        await delete_room(lkapi, room_name(call_id))
    return settled


async def _count_unsettled(ledger: Ledger, book: SqlBook) -> None:
    try:
        UNSETTLED.set(await ledger.unsettled(book.now() - LONG_OVER))
    except DatabaseError as error:
        logger.warning("unsettled calls could not be counted: %s", type(error).__name__)
