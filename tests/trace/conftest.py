from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.line.conftest import begins, server_program  # noqa: F401
from tests.servers.build import jaeger, or_skip
from tests.trace.jaeger_server import JaegerServer


@pytest.fixture(scope="session")
def jaeger_program() -> Path:
    """The real Jaeger; without it these tests are skipped with the reason."""
    return or_skip(jaeger)


@pytest.fixture
async def jaeger_server(jaeger_program: Path) -> AsyncIterator[JaegerServer]:
    async with JaegerServer(jaeger_program) as server:
        yield server
