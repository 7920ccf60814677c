"""What a worker's main process does beside its calls: health, and the calls of dead processes."""

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from livekit.agents import AgentServer

from reception.appointments.sql_book import SqlBook
from reception.calls.ledger import Ledger
from reception.database import DatabaseError, open_database
from reception.line.health import serve_health
from reception.line.room import livekit_api, trouble_with_livekit
from reception.line.sweep import sweep
from reception.practice import Practice
from reception.settings import Settings
from reception.telemetry.metrics import ACTIVE_CALLS, FOLDER_VARIABLE, exposition
from reception.voice.telemetry import begin_telemetry

logger = logging.getLogger(__name__)


class Keeper:
    """Begins when the worker starts and ends with its process."""

    def __init__(self, server: AgentServer, settings: Settings, practice: Practice) -> None:
        self._server, self._settings, self._practice = server, settings, practice
        self._tasks: list[asyncio.Task[None]] = []
        self._registered = False

    def begin(self) -> None:
        # By now the framework has set up its own.
        begin_telemetry(self._settings)
        self._tasks = [
            asyncio.create_task(self._health(), name="health"),
            asyncio.create_task(self._sweep(), name="sweep"),
        ]

    def registered(self, *_: object) -> None:
        self._registered = True

    def why_not_ready(self) -> str | None:
        """Why no call can be taken now, if none can."""
        if self._server.draining:
            return "the worker is stopping"
        if not self._registered:
            return "not connected to LiveKit"
        if len(self._server.active_jobs) >= self._settings.worker_concurrency:
            return "no room for another call"
        return None

    async def _health(self) -> None:
        port = self._settings.health_port
        try:
            runner = await serve_health(port, self.why_not_ready, self._measured())
        except OSError as error:
            logger.error("HEALTH_PORT %s cannot be used: %s", port, error)
            return
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def _measured(self) -> Callable[[], bytes] | None:
        folder = os.environ.get(FOLDER_VARIABLE)
        if not self._settings.enable_metrics or folder is None:
            return None
        ACTIVE_CALLS.set_function(lambda: len(self._server.active_jobs))
        return partial(exposition, Path(folder))

    async def _sweep(self) -> None:
        async with livekit_api(self._settings) as lkapi:
            if (trouble := await trouble_with_livekit(lkapi, self._settings)) is not None:
                logger.error("%s The worker keeps trying.", trouble)
            try:
                database = await open_database(self._settings.database_url)
            except DatabaseError as error:
                logger.error("%s", error)
                return
            book = SqlBook(database, self._practice)
            try:
                await sweep(Ledger(database, book.now), book, lkapi)
            finally:
                await database.close()
