"""LiveKit's server: reachable, the key accepted, the trunk there, and the same time as here."""

import re
import time
from email.utils import parsedate_to_datetime

import aiohttp
import httpx2 as httpx
from livekit import api

from reception.commands.checks.finding import Finding, Findings, Level
from reception.line.room import livekit_api, trouble_with_livekit
from reception.settings import Settings

WARNING_SECONDS = 2.0
FAILED_SECONDS = 30.0
"""How far the clock may be off."""


async def livekit_answers(settings: Settings) -> Findings:
    """Says nothing where the address or the key is missing: the settings' check tells."""
    try:
        lkapi = livekit_api(settings)
    except ValueError:
        return
    async with lkapi:
        if (trouble := await trouble_with_livekit(lkapi, settings)) is not None:
            yield Finding("LiveKit", Level.FAILED, trouble)
            return
        yield Finding("LiveKit", Level.OK, f"{settings.livekit_url} accepts the key.")
        if settings.sip_trunk_id is not None:
            yield await _trunk(lkapi, settings.sip_trunk_id)


async def _trunk(lkapi: api.LiveKitAPI, trunk: str) -> Finding:
    try:
        found = await lkapi.sip.list_outbound_trunk(
            api.ListSIPOutboundTrunkRequest(trunk_ids=[trunk])
        )
    except api.TwirpError as error:
        return Finding("trunk", Level.FAILED, _no_trunks(error))
    except aiohttp.ClientError as error:
        trouble = f"LiveKit broke off when asked for SIP_TRUNK_ID ({type(error).__name__})"
        return Finding("trunk", Level.FAILED, f"{trouble}; try again.")
    # In the place of a trunk that it does not have, LiveKit sends an empty one.
    for item in found.items:
        if item.sip_trunk_id == trunk:
            return Finding("trunk", Level.OK, f"{trunk} is there{_called(item)}.")
    sentence = (
        f"LiveKit has no outbound trunk {trunk}; "
        "set SIP_TRUNK_ID to one that `lk sip outbound list` names."
    )
    return Finding("trunk", Level.FAILED, sentence)


def _called(trunk: api.SIPOutboundTrunkInfo) -> str:
    numbers = ", ".join(trunk.numbers)
    return f" and calls from {numbers}" if numbers else ""


def _no_trunks(error: api.TwirpError) -> str:
    # livekit-server without Redis says so; a server without the service knows no such route.
    if "sip not connected" in error.message or error.status in (404, 501):
        return (
            "This LiveKit server has no SIP service, so SIP_TRUNK_ID leads nowhere; "
            "run livekit-sip and Redis beside it, or set LIVEKIT_URL to a server that has them."
        )
    return (
        f"LiveKit does not tell of its trunks ({error.code}, HTTP {error.status}); "
        "check SIP_TRUNK_ID in its console."
    )


async def clock_is_right(settings: Settings) -> Findings:
    """Compare with the ``Date`` of LiveKit's answer, which is cut to whole seconds.

    Any answer will do, one that refuses us as well. Without one it says nothing: LiveKit's own
    check tells.
    """
    if settings.livekit_url is None:
        return
    try:
        # As LiveKit's own client, which goes through no proxy.
        async with httpx.AsyncClient(trust_env=False, timeout=None) as http:
            asked = time.time()
            answer = await http.get(re.sub(r"^ws", "http", settings.livekit_url))
            here = (asked + time.time()) / 2
        there = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        return
    yield _clock(here - there)


def _clock(ahead: float) -> Finding:
    """``ahead``: seconds that the clock here is ahead of LiveKit's."""
    off = abs(ahead)
    if off <= WARNING_SECONDS:
        return Finding("clock", Level.OK, "The clock here agrees with LiveKit's.")
    return Finding(
        "clock",
        Level.WARNING if off <= FAILED_SECONDS else Level.FAILED,
        f"The clock here is {off:.0f} s {'ahead of' if ahead > 0 else 'behind'} LiveKit's; "
        "set it by NTP, since tokens and receipts depend on it.",
    )
