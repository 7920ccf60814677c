"""From the practice's file to its calendar: imported, dispatched, dialled, really heard and spoken.

Needs ``make offline-speech``; with OFFLINE_SPEECH=required it is a failure not to have it.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from reception.appointments.models import AppointmentStatus
from tests.conversations.rehearsal import CHICAGO
from tests.line.callees import answered, person
from tests.line.command import reception
from tests.line.conftest import Begins
from tests.line.ground import MARIA, noon_somewhere, upcoming
from tests.provider.offline_speech import OfflineVoice, available, hear

pytestmark = [
    # Whisper needs the machine to itself: beside another call it comes late.
    pytest.mark.long,
    pytest.mark.skipif(
        not available() and os.environ.get("OFFLINE_SPEECH") != "required",
        reason="not installed: run `make offline-speech`",
    ),
]
SAYS = ("Hello?", "Yes, this is Maria.", "Yes, I'll be there.", "No, thank you.")
LOUD, PAUSE_SECONDS, RATE = 200, 0.8, 16_000


def day_sheet(folder: Path) -> Path:
    about = upcoming()
    row = {
        "appointment_id": about.id,
        "starts_at": about.starts_at.astimezone(CHICAGO).strftime("%Y-%m-%d %H:%M"),
        "duration_minutes": "60",
        "service": about.service,
        "provider": about.provider,
        "location": about.location,
        "customer_id": "maria",
        "customer_name": "Maria Santos",
        "date_of_birth": "1985-06-12",
        "phone": MARIA,
        "time_zone": noon_somewhere().key,
        "language": "en",
        "consent": "yes",
    }
    file = folder / "day.csv"
    file.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
    return file


def heard(samples: np.ndarray) -> str:
    """What a recogniser hears, turn by turn."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    turns = np.split(loud, np.flatnonzero(np.diff(loud) > PAUSE_SECONDS * RATE) + 1)
    pieces = (samples[max(0, turn[0] - RATE // 5) : turn[-1] + RATE // 5] for turn in turns)
    return " ".join(hear(piece, RATE) for piece in pieces)


async def test_an_imported_appointment_is_confirmed_by_voice(
    begins: Begins, tmp_path: Path
) -> None:
    async with begins(voice=OfflineVoice()) as line:
        imported = await reception(line, tmp_path, "import", str(day_sheet(tmp_path)))
        assert imported.code == 0, imported.err
        line.network.phone(MARIA, answered(person(*SAYS)))
        called = await reception(line, tmp_path, "dial", "--appointment", "maria-1", "--json")
        assert called.call["outcome"]["kind"] == "confirmed"
        assert await line.status() is AppointmentStatus.CONFIRMED
        callee = await line.network.callee(MARIA)
        await callee.ends()
    said = heard(callee.recording.agent.samples())
    day = upcoming().starts_at.astimezone(CHICAGO)
    assert f"{day:%A}" in said, said
    assert "Main Street" in said, said
