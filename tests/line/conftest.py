from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.line.ground import Ground, ground
from tests.servers.build import livekit_server, or_skip


@pytest.fixture(scope="session")
def server_program() -> Path:
    """The real livekit-server; without it these tests are skipped with the reason."""
    return or_skip(livekit_server)


Begins = Callable[..., AbstractAsyncContextManager[Ground]]


@pytest.fixture
async def begins(server_program: Path, tmp_path: Path) -> Begins:
    """A ground with settings of the test's own."""
    return partial(ground, server_program, tmp_path)


@pytest.fixture
async def line(begins: Begins) -> AsyncIterator[Ground]:
    """A ground as it is shipped."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(begins())
