"""A whole call in a process of its own, which may be killed in the middle; see test_killed.

Imported before it is forked: loading LiveKit takes longer than the call.
"""

import asyncio
import os
import signal
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import Engine, event

from agents.text_call import pick_up
from reception.database import open_database
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.rehearsal import Rehearsal


class Countdown:
    """Counts the moments of a call, and kills its process at one of them.

    Each step of the work with the database is a moment, and so is the end of each turn.
    """

    def __init__(self, last: int | None) -> None:
        self.count = 0
        self._last = last
        for name in ("begin", "before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, self.tick)

    def tick(self, *_what: Any) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def hold(told: Connection, url: str, call_id: str, lines: list[str], last: int | None) -> None:
    """Hold a call about Maria's appointment; tell when it begins and how many moments it had."""
    asyncio.run(_hold(told, url, call_id, lines, last))


async def _hold(
    told: Connection, url: str, call_id: str, lines: list[str], last: int | None
) -> None:
    database = await open_database(url)
    house = Rehearsal(database, load_practice(PROJECT / "practice.yaml"))
    appointment = await house.book.appointment("maria-1")
    moments = Countdown(last)
    told.send("begins")
    _, line = await pick_up(
        call_id, [appointment], practice=house.practice, book=house.book, ledger=house.ledger
    )
    for text in lines:
        if line.ended:
            break
        await line.says(text)
        moments.tick()
    if not line.ended:
        await line.hangs_up()
    await line.close()
    told.send(moments.count)
    await database.close()
