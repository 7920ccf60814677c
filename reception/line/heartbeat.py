"""A sign of life in the ledger, as long as the process that holds a call lives."""

import asyncio
import logging

from reception.calls.abandoned import HEARTBEAT_SECONDS
from reception.calls.call import Call
from reception.database import DatabaseError

logger = logging.getLogger(__name__)


async def keep_alive(call: Call) -> None:
    """Say so every few seconds, until cancelled. A ledger that is away for a while is no end."""
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            await call.ledger.lives(call.id)
        except DatabaseError as error:
            logger.warning("no sign of life could be written: %s", type(error).__name__)
