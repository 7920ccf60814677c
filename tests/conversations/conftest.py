from collections.abc import AsyncIterator

import pytest

from tests.provider.openai_server import OpenAIServer


@pytest.fixture
async def provider() -> AsyncIterator[OpenAIServer]:
    """The LLM of a test's calls: it says what the test scripts, and must be asked."""
    async with OpenAIServer() as server:
        yield server
        if not server.requests:
            pytest.fail("the LLM was never asked, so this test proves nothing")
