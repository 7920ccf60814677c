"""Dialling over LiveKit's SIP trunk, and what the telephone network answers."""

import asyncio
import logging
import time
from datetime import timedelta

import aiohttp
from livekit import api
from opentelemetry.trace import SpanKind

from reception.calls.evidence import LineReport
from reception.calls.result import Ended, Ending
from reception.telemetry import attributes as names
from reception.telemetry.tracing import span

logger = logging.getLogger(__name__)

CUSTOMER = "customer"
"""The identity of whoever is called; nothing of who they are."""

RING_SECONDS = 30
"""About six rings: longer is answered by hardly anybody but a mailbox."""

_AFTER_RINGING_SECONDS = 10.0
"""Patience with LiveKit's own answer once the ringing must be over."""

_LONGER_THAN_A_CALL = timedelta(minutes=2)


async def dial(
    lkapi: api.LiveKitAPI, *, trunk: str, number: str, room: str, longest: timedelta
) -> Ending | None:
    """Dial ``number`` into ``room`` and wait until it is answered; else how it ended.

    The network itself ends the call a while after ``longest``, should nobody here be left to.
    """
    with span("dial", kind=SpanKind.CLIENT) as told:
        begun = time.monotonic()
        unanswered = await _dial(lkapi, trunk=trunk, number=number, room=room, longest=longest)
        told.set_attribute(names.RING_SECONDS, time.monotonic() - begun)
        if unanswered is not None:
            told.set_attribute(names.ENDED, unanswered.ended)
            report = unanswered.report
            if report is not None and report.sip_status is not None:
                told.set_attribute(names.SIP_STATUS, report.sip_status)
    return unanswered


async def _dial(
    lkapi: api.LiveKitAPI, *, trunk: str, number: str, room: str, longest: timedelta
) -> Ending | None:
    request = api.CreateSIPParticipantRequest(
        sip_trunk_id=trunk,
        sip_call_to=number,
        room_name=room,
        participant_identity=CUSTOMER,
        hide_phone_number=True,
        wait_until_answered=True,
    )
    request.ringing_timeout.FromSeconds(RING_SECONDS)
    request.max_call_duration.FromTimedelta(longest + _LONGER_THAN_A_CALL)
    try:
        async with asyncio.timeout(RING_SECONDS + _AFTER_RINGING_SECONDS):
            await lkapi.sip.create_sip_participant(request)
    except api.SipCallError as error:
        return ending_of(error.sip_status_code, error.sip_status)
    except api.TwirpError as error:
        return Ending(Ended.FAILED, LineReport(reason=f"LiveKit refused to dial: {error.code}"))
    except (aiohttp.ClientError, TimeoutError) as error:
        return Ending(
            Ended.FAILED, LineReport(reason=f"LiveKit was not reached: {type(error).__name__}")
        )
    return None


async def transfer(lkapi: api.LiveKitAPI, room: str, number: str) -> bool:
    """Hand the customer's leg in ``room`` on to ``number``; False where nobody takes it."""
    request = api.TransferSIPParticipantRequest(
        participant_identity=CUSTOMER, room_name=room, transfer_to=f"tel:{number}"
    )
    try:
        await lkapi.sip.transfer_sip_participant(request)
    except (api.TwirpError, aiohttp.ClientError) as error:
        logger.warning("not put through: %s", type(error).__name__)
        return False
    return True


def ending_of(status: int | None, reason: str | None) -> Ending:
    """How a call ended that was not answered, from its SIP status (RFC 3261, section 21)."""
    match status:
        case 486 | 600:
            ended = Ended.BUSY
        case 408 | 480 | 487:
            ended = Ended.NO_ANSWER
        case 603 | 607 | 608:
            ended = Ended.DECLINED
        case 404 | 410 | 484 | 604:
            ended = Ended.INVALID_NUMBER
        case _:
            ended = Ended.FAILED
    return Ending(ended, LineReport(status, reason))
