"""Everything that a call needs but the cloud and the telephone network, for one test."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from reception.appointments.models import Appointment, AppointmentStatus
from reception.calls.records import PlacedCall, SettledCall
from reception.database import open_database
from reception.dialer.dispatch import Dispatcher
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.rehearsal import CHICAGO, Rehearsal, maria, recipient
from tests.line.livekit_server import LiveKitServer
from tests.line.phone_network import TRUNK_ID, PhoneNetwork
from tests.line.worker import Worker
from tests.ports import free_port
from tests.provider.deepgram_server import DeepgramServer
from tests.provider.openai_server import OpenAIServer
from tests.provider.openai_speech import OpenAISpeech
from tests.provider.voices import Lexicon, Voice

AGENT_NAME = "reception"
MARIA = "+12175550142"
OUTCOME_SECONDS = 120.0


@dataclass
class Cloud:
    """The providers: who hears, who thinks and who speaks, with one voice for all."""

    voice: Voice
    ears: DeepgramServer
    openai: OpenAIServer


@dataclass
class Ground:
    """One practice and its worker, which calls over ``network`` and asks ``cloud``."""

    network: PhoneNetwork
    cloud: Cloud
    house: Rehearsal
    worker: Worker
    dispatcher: Dispatcher
    environment: dict[str, str]
    """The settings of everything here, as an operator has them."""

    async def call(self, appointment: Appointment | None = None, **how: Any) -> PlacedCall:
        """Bring the appointment (Maria's, if none) into the book, and have it called about."""
        about = appointment or upcoming()
        await self.house.file(about)
        call = PlacedCall(
            uuid.uuid4().hex, about.recipient.phone, (about.id,), how.get("rehearsal", False)
        )
        await self.dispatcher.dispatch(call)
        return call

    async def outcome(self, call: PlacedCall, within: float = OUTCOME_SECONDS) -> SettledCall:
        """Wait for the call's outcome in the ledger."""
        async with asyncio.timeout(within):
            while True:
                settled = await self.house.ledger.settled(call.id)
                if settled is not None:
                    return settled
                await asyncio.sleep(0.05)

    async def status(self, appointment_id: str = "maria-1") -> AppointmentStatus:
        return (await self.house.book.appointment(appointment_id)).status


def upcoming(**changes: Any) -> Appointment:
    """Maria's cleaning on an open day ahead, at 14:30; where she lives it is about noon now."""
    today = datetime.now(CHICAGO)
    day = today + timedelta(days=1)
    while day.weekday() > 3:
        day += timedelta(days=1)
    starts_at = day.replace(hour=14, minute=30, second=0, microsecond=0).astimezone(UTC)
    return maria(
        **{"starts_at": starts_at, "recipient": recipient(time_zone=noon_somewhere().key)} | changes
    )


def noon_somewhere() -> ZoneInfo:
    """A zone in which anybody may be called now."""
    ahead = (12 - datetime.now(UTC).hour + 11) % 24 - 11
    return ZoneInfo(f"Etc/GMT{-ahead:+d}")


@asynccontextmanager
async def ground(
    program: Path,
    folder: Path,
    *,
    practice: dict[str, Any] | None = None,
    voice: Voice | None = None,
    **settings: str,
) -> AsyncIterator[Ground]:
    """The ground of one test, in ``folder``.

    ``practice`` changes practice.yaml, and ``settings`` are the worker's besides the usual ones.
    """
    voice = voice or Lexicon()
    file = _practice_file(folder, practice or {})
    database_url = f"sqlite:///{folder / 'reception.db'}"
    async with (
        LiveKitServer(program) as server,
        DeepgramServer(voice=voice) as ears,
        OpenAIServer(speech=OpenAISpeech(voice=voice)) as openai,
        PhoneNetwork(server, speak=lambda text: _spoken(voice, text)) as network,
        network.api() as lkapi,
    ):
        database = await open_database(database_url)
        try:
            house = Rehearsal(database, load_practice(file), now=datetime.now(UTC))
            environment = {
                "LIVEKIT_URL": network.url,
                "LIVEKIT_API_KEY": server.key,
                "LIVEKIT_API_SECRET": server.secret,
                "SIP_TRUNK_ID": TRUNK_ID,
                "DEEPGRAM_API_KEY": "dg-key",
                "DEEPGRAM_BASE_URL": ears.base_url,
                "OPENAI_API_KEY": "oa-key",
                "OPENAI_BASE_URL": openai.base_url,
                "DATABASE_URL": database_url,
                "PRACTICE_FILE": str(file),
                "PREWARM_COUNT": "1",
                "LOG_LEVEL": "INFO",
            } | settings
            async with Worker(environment, folder, free_port()) as worker:
                dispatcher = Dispatcher(lkapi, house.ledger, house.book, AGENT_NAME)
                cloud = Cloud(voice, ears, openai)
                yield Ground(network, cloud, house, worker, dispatcher, environment)
        finally:
            await database.close()


def _spoken(voice: Voice, text: str) -> tuple[np.ndarray, int]:
    return voice.speak(text, 16_000), 16_000


def _practice_file(folder: Path, changes: dict[str, Any]) -> Path:
    practice = yaml.safe_load((PROJECT / "practice.yaml").read_text(encoding="utf-8"))
    for key, value in changes.items():
        practice[key] = practice[key] | value if isinstance(value, dict) else value
    file = folder / "practice.yaml"
    file.write_text(yaml.safe_dump(practice), encoding="utf-8")
    return file
