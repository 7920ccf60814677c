"""The connections to the providers: one pool for all calls, with as many keys as there are."""

import asyncio
from weakref import WeakKeyDictionary

import httpx2 as httpx
import openai

from reception.settings import Settings
from reception.voice.keys import KeyRing

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 10.0
_CONNECTIONS = 100

_Server = tuple[Settings, str | None]
# A connection belongs to the event loop in which it was made.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Server, openai.AsyncClient]] = (
    WeakKeyDictionary()
)


def keys_of(value: str) -> list[str]:
    """Several keys of one provider stand beside each other, with commas."""
    return [key.strip() for key in value.split(",") if key.strip()]


def openai_client(settings: Settings) -> openai.AsyncClient:
    """The client that all calls of this event loop share. A key that is limited (429) rests.

    Raises ``ValueError`` without a key.
    """
    return _client(settings, settings.openai_base_url)


def speech_client(settings: Settings) -> openai.AsyncClient:
    """The same for speech, which may come from a server of its own."""
    return _client(settings, settings.tts_base_url or settings.openai_base_url)


def _client(settings: Settings, base_url: str | None) -> openai.AsyncClient:
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    server = settings, base_url
    if server not in clients:
        clients[server] = _new_client(settings, base_url)
    return clients[server]


def _new_client(settings: Settings, base_url: str | None) -> openai.AsyncClient:
    secret = settings.openai_api_key
    ring = KeyRing(keys_of(secret.get_secret_value() if secret else ""))

    async def next_key() -> str:
        return ring.next()

    async def rest_when_limited(response: httpx.Response) -> None:
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            key = response.request.headers.get("authorization", "").removeprefix("Bearer ")
            ring.rest(key, _retry_after(response))

    limits = httpx.Limits(
        max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS, keepalive_expiry=120
    )
    return openai.AsyncClient(
        api_key=next_key,
        base_url=base_url,
        max_retries=0,
        http_client=httpx.AsyncClient(
            timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            limits=limits,
            event_hooks={"response": [rest_when_limited]},
        ),
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, RFC 9110 section 10.2.3; a date there is as good as nothing said."""
    try:
        return float(response.headers["retry-after"])
    except (KeyError, ValueError):
        return None
