"""The command as an operator runs it beside a worker, with the same settings."""

import asyncio
import os
from pathlib import Path

from tests.commands.running import COMMAND, Ran
from tests.line.ground import Ground

COMMAND_SECONDS = 150


async def reception(line: Ground, folder: Path, *arguments: str) -> Ran:
    """Run it to its end, in ``folder``."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *arguments,
        cwd=folder,
        env={"PATH": os.environ["PATH"]} | line.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(COMMAND_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
