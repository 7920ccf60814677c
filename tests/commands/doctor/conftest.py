import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

# LiveKit's plugins register in the main thread only, and the command runs in another here.
from reception.voice import pipeline
from tests.commands.doctor import town as places
from tests.commands.doctor.reading import Doctor
from tests.commands.doctor.town import Town
from tests.commands.running import Ran, Run


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with Town() as town:
        yield town


@pytest.fixture
def doctor(
    run: Run, town: Town, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Doctor:
    """Run it with all set up, but for ``changes``; an empty one unsets. Nothing secret is said."""
    shutil.copy(empty_database, tmp_path / "reception.db")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(pipeline, "import_turn_detector", lambda: True)

    async def look(*arguments: str, **changes: str) -> Ran:
        environment = town.environment | changes
        ran = await asyncio.to_thread(run, "doctor", *arguments, **environment)
        for secret in (*places.SECRETS, "hunter2"):
            assert secret not in ran.out + ran.err
        return ran

    return look
