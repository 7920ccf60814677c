"""The room in which a call is held, and what LiveKit's server does with it."""

import asyncio
import logging

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api

from reception.settings import Settings

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0
"""With LiveKit's server, for one request."""


def room_name(call_id: str) -> str:
    """Nothing of the customer is in it."""
    return f"call-{call_id}"


def livekit_api(settings: Settings) -> api.LiveKitAPI:
    """LiveKit's server, for requests. Close it when done. Raises ``ValueError`` without a key."""
    key, secret = settings.livekit_api_key, settings.livekit_api_secret
    if settings.livekit_url is None or key is None or secret is None:
        raise ValueError("LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET are needed")
    return api.LiveKitAPI(
        settings.livekit_url,
        key.get_secret_value(),
        secret.get_secret_value(),
        timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
    )


async def trouble_with_livekit(lkapi: api.LiveKitAPI, settings: Settings) -> str | None:
    """One sentence on what keeps LiveKit's server from answering us, and what to do about it."""
    url = settings.livekit_url
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await lkapi.room.list_rooms(api.ListRoomsRequest(names=["-"]))
    except api.TwirpError as error:
        if error.status in (401, 403):
            return (
                f"LiveKit at {url} refuses LIVEKIT_API_KEY with LIVEKIT_API_SECRET; "
                "copy both anew from its project settings."
            )
        return f"LiveKit at {url} answers with an error ({error.code}); check LIVEKIT_URL."
    except (DecodeError, AttributeError):
        # The latter is the client's, which takes any JSON of a refusal for an object.
        return f"What answers at {url} is no LiveKit server; check LIVEKIT_URL."
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return (
            f"LiveKit at {url} cannot be reached ({type(error).__name__}); "
            "check LIVEKIT_URL, and that the server runs."
        )
    return None


async def delete_room(lkapi: api.LiveKitAPI, name: str) -> bool:
    """Delete a room, and with it every line into it; False when LiveKit did not."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await lkapi.room.delete_room(api.DeleteRoomRequest(room=name))
    except api.TwirpError as error:
        if error.code == api.TwirpErrorCode.NOT_FOUND:
            return True
        logger.warning("a room was not deleted: %s", error.code)
        return False
    except (aiohttp.ClientError, TimeoutError) as error:
        logger.warning("a room was not deleted: %s", type(error).__name__)
        return False
    return True
