"""The callee's side of a call as the agent's room sees it: a participant of kind SIP.

livekit-sip brings the callee into the room while it still dials, with an audio track, and tells how
far the call is by the attribute ``sip.callStatus``.
"""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from livekit import api, rtc
from livekit.protocol import sip

from tests.line.livekit_server import LiveKitServer

STATUS = "sip.callStatus"

STATUS_SECONDS = 2.0
"""How long a callee waits for the room to learn how far the call is."""

_GONE = (api.ServerErrorCode.NOT_FOUND, api.ServerErrorCode.UNAVAILABLE)


@dataclass(frozen=True)
class Dialled:
    """What the agent asked the phone network for."""

    number: str
    room: str
    identity: str
    waits: bool
    """Whether the agent waits for the answer."""
    ringing_seconds: float
    """How long it may ring."""
    longest_seconds: float | None
    """How long the call may last; None for as long as it likes."""
    call_id: str
    token: str = field(repr=False)
    """Lets the callee into the room."""


class Leg(Protocol):
    """A callee in the room, whoever they are."""

    dialled: Dialled
    gone: asyncio.Event
    """Set when the callee is no longer in the room, whoever ended it."""

    async def join(self) -> None:
        """Be in the room, dialling, with an audio track."""

    async def status(self, status: str) -> None:
        """Tell the room how far the call is."""

    async def answer(self) -> None:
        """Pick up: from now on the callee does what they do."""

    async def leave(
        self, reason: rtc.DisconnectReason.ValueType = rtc.DisconnectReason.CLIENT_INITIATED
    ) -> None:
        """Be out of the room; harmless if it happened before."""

    async def close(self) -> None:
        """Leave, and end all that runs. Raises what went wrong in the callee."""


def dialled(request: sip.CreateSIPParticipantRequest, server: LiveKitServer) -> Dialled:
    call_id = f"SCL_{uuid.uuid4().hex[:12]}"
    identity = request.participant_identity or f"sip_{request.sip_call_to}"
    lasts = request.max_call_duration.ToTimedelta().total_seconds()
    rings = request.ringing_timeout.ToTimedelta().total_seconds()
    return Dialled(
        number=request.sip_call_to,
        room=request.room_name,
        identity=identity,
        waits=request.wait_until_answered,
        # livekit-sip's own limit where none is asked for.
        ringing_seconds=rings or 180.0,
        longest_seconds=lasts or None,
        call_id=call_id,
        token=_token(request, server, identity, call_id),
    )


def _token(
    request: sip.CreateSIPParticipantRequest, server: LiveKitServer, identity: str, call_id: str
) -> str:
    attributes = {
        **request.participant_attributes,
        STATUS: "dialing",
        "sip.callID": call_id,
        "sip.trunkID": request.sip_trunk_id,
        "sip.trunkPhoneNumber": request.sip_number,
    }
    if not request.hide_phone_number:
        attributes["sip.phoneNumber"] = request.sip_call_to
    grants = api.VideoGrants(room_join=True, room=request.room_name, can_update_own_metadata=True)
    return (
        api.AccessToken(server.key, server.secret)
        .with_identity(identity)
        .with_name(request.participant_name)
        .with_metadata(request.participant_metadata)
        .with_kind("sip")
        .with_attributes(attributes)
        .with_grants(grants)
        .to_jwt()
    )


async def publish_audio(room: rtc.Room, source: rtc.AudioSource) -> None:
    track = rtc.LocalAudioTrack.create_audio_track("sip-audio", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(track, options)


async def tell_status(lk: api.LiveKitAPI, dialled: Dialled, status: str) -> None:
    """Tell the room how far the call is; nothing if the callee or the room is gone.

    Over HTTP, because what the SDK's participant sets of its own attributes is at times only
    confirmed to it after five seconds.
    """
    request = api.UpdateParticipantRequest(
        room=dialled.room, identity=dialled.identity, attributes={STATUS: status}
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(STATUS_SECONDS):
            try:
                await lk.room.update_participant(request)
            except api.ServerError as error:
                if error.code not in _GONE:
                    raise
