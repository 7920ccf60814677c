"""Whole calls over the phone network of the tests, timed in the callee's own recording."""

import asyncio
import itertools
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from livekit import api

from benchmarks import plain_worker
from benchmarks.samples import Samples
from reception.appointments.models import Appointment
from tests.line.callee import Callee
from tests.line.callees import answered
from tests.line.ground import Ground, ground, upcoming
from tests.line.worker import START_SECONDS, Worker
from tests.provider.openai_server import Reply
from tests.servers.build import livekit_server

HEARD_SECONDS = 0.15
"""From the end of speech to its final transcript."""
THOUGHT_SECONDS = 0.55
"""From a request to the LLM's first token."""
WORD_SECONDS = 0.02
SPOKEN_SECONDS = 0.25
"""From a request to the first byte of the voice."""
SAYS = "I see, thank you for telling me. That is good to know."
"""What the LLM answers to everything."""

CLOSED = "closed"
OPEN = "open"
Said = tuple[str, str]
"""What a callee says, and whether it is CLOSED (the policy is sure of it) or OPEN (it asks)."""

CONFIRMS: tuple[Said, ...] = (
    ("Yes, this is Maria.", CLOSED),
    ("Yes, I'll be there.", CLOSED),
    ("No, that's all.", CLOSED),
)
CANCELS: tuple[Said, ...] = (
    ("Yes.", CLOSED),
    ("Please cancel it.", CLOSED),
    ("Yes.", CLOSED),
    ("No, thank you.", CLOSED),
)
RAMBLES: tuple[Said, ...] = (
    ("Yes, speaking.", CLOSED),
    ("My cousin goes there.", OPEN),
    ("It has been raining all week.", OPEN),
    ("My neighbour has a new dog.", OPEN),
    ("The garden looks lovely this year.", OPEN),
    ("My brother plays the piano.", OPEN),
)


class WrongCallError(Exception):
    """The call did not go as it was to; its times would say nothing."""


@dataclass
class Waits:
    """Seconds from the end of what was said to the first sound of the answer."""

    closed: Samples = field(default_factory=Samples)
    open: Samples = field(default_factory=Samples)

    def of(self, kind: str) -> Samples:
        return self.closed if kind == CLOSED else self.open

    def add(self, other: "Waits") -> None:
        self.closed += other.closed
        self.open += other.open


@dataclass
class Line:
    """Callers of both kinds, ours and the plain one, on one telephone network."""

    ground: Ground
    plain: Worker
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def ours(self, talk: tuple[Said, ...]) -> Waits:
        """A call of the receptionist's, about an appointment of its own."""
        number = next(self._numbers)
        phone = f"+1217555{number:04}"
        waits = self._expects(phone, talk)
        call = await self.ground.call(_appointment(number, phone))
        await self._over(phone, self.ground.worker)
        await self.ground.outcome(call)
        return waits

    async def plainly(self, talk: tuple[Said, ...], ends_by: str) -> Waits:
        """The same with the bare agent; see ``plain_worker`` for what ends a turn."""
        phone = f"+1217666{next(self._numbers):04}"
        waits = self._expects(phone, talk)
        request = api.CreateAgentDispatchRequest(
            agent_name=plain_worker.AGENT_NAME,
            room=f"plain-{uuid.uuid4().hex}",
            metadata=f"{ends_by} {phone}",
        )
        async with self.ground.network.api() as lkapi:
            await lkapi.agent_dispatch.create_dispatch(request)
        await self._over(phone, self.plain)
        return waits

    def asked(self) -> list[str]:
        """What ours have asked the LLM so far: the last words of the other side, each time."""
        requests = self.ground.cloud.openai.requests
        ours = [one for one in requests if plain_worker.INSTRUCTIONS not in one.text]
        return [_last_words(one.messages) for one in ours]

    def _expects(self, phone: str, talk: tuple[Said, ...]) -> Waits:
        waits = Waits()

        async def script(callee: Callee) -> None:
            await callee.waits(0.3)
            await callee.says("Hello?")
            for text, kind in talk:
                await callee.agent_finished(pause=0.8)
                ended_at = await callee.says(text)
                waits.of(kind).append(await callee.hears_agent() - ended_at)
            await callee.waits(0.3)
            await callee.hangs_up()

        self.ground.network.phone(phone, answered(script))
        return waits

    async def _over(self, phone: str, worker: Worker) -> None:
        """Follow a call to its end. Raises ``WrongCallError`` where it is not made, or cut off."""
        try:
            callee = await self.ground.network.callee(phone, within=60.0)
        except TimeoutError:
            raise WrongCallError(f"nobody called {phone}: {worker.log[-3000:]}") from None
        try:
            await callee.answers()
            await callee.ends(within=180.0)
        finally:
            # Whose script broke off stays on the line, and the call would burden all later ones.
            await callee.leave()
        if not callee.completed:
            raise WrongCallError(f"the call to {phone} was cut off: {callee.ended_by}")


@asynccontextmanager
async def line(traces: str = "") -> AsyncIterator[Line]:
    """Both workers, ready for calls, and the providers as slow as real ones.

    ``traces``: the collector that ours sends its spans to, if any.
    """
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        (folder / "plain").mkdir()
        async with ground(
            livekit_server(),
            folder,
            WORKER_CONCURRENCY="40",
            OTEL_EXPORTER_OTLP_ENDPOINT=traces,
        ) as whole:
            whole.cloud.ears.final_seconds = HEARD_SECONDS
            # Sooner, so that the time for recognising it is in these seconds and not on top.
            whole.cloud.ears.pause_seconds = HEARD_SECONDS - 0.05
            whole.cloud.openai.speech.first_byte_seconds = SPOKEN_SECONDS
            whole.cloud.openai.replies(
                Reply(SAYS, first_word_seconds=THOUGHT_SECONDS, seconds_a_word=WORD_SECONDS)
            )
            file = Path(plain_worker.__file__)
            environment = whole.worker.environment | {"OPENAI_LOG": "error"}
            async with _PlainWorker(environment, folder / "plain", 0, file) as plain:
                yield Line(whole, plain)


class _PlainWorker(Worker):
    async def ready(self) -> None:
        """It has no health server of ours; its log says when LiveKit knows it."""
        async with asyncio.timeout(START_SECONDS):
            while "registered worker" not in self.log:
                if not self.running:
                    raise RuntimeError(f"the plain worker does not start: {self.log[-3000:]}")
                await asyncio.sleep(0.1)


def _last_words(messages: list[dict[str, Any]]) -> str:
    said = [str(one["content"]) for one in messages if one["role"] == "user"]
    return said[-1] if said else ""


def _appointment(number: int, phone: str) -> Appointment:
    """Half an hour after the last one; the practice's hours do not matter here."""
    about = upcoming()
    return about.model_copy(
        update={
            "id": f"ear-{number}",
            "starts_at": about.starts_at + timedelta(minutes=30 * number),
            "duration": timedelta(minutes=30),
            "recipient": about.recipient.model_copy(update={"phone": phone}),
        }
    )
