"""An agent without a worker: a participant of the room who dials, speaks in tones and listens."""

import asyncio

import numpy as np
from google.protobuf.duration_pb2 import Duration
from livekit import api, rtc
from livekit.protocol import sip

from tests.line.phone_network import TRUNK_ID, PhoneNetwork
from tests.line.sounds import RATE, Samples, is_loud, tone

AGENT_HERTZ = 1200.0


def request(
    number: str,
    room: str,
    *,
    trunk: str = TRUNK_ID,
    waits: bool = True,
    rings: int | None = None,
    lasts: int | None = None,
) -> sip.CreateSIPParticipantRequest:
    """``rings`` and ``lasts`` are limits in seconds."""
    return sip.CreateSIPParticipantRequest(
        sip_trunk_id=trunk,
        sip_call_to=number,
        room_name=room,
        participant_identity="callee",
        wait_until_answered=waits,
        ringing_timeout=None if rings is None else Duration(seconds=rings),
        max_call_duration=None if lasts is None else Duration(seconds=lasts),
    )


class PlainAgent:
    """It joins ``name`` by the network's address and notes what it sees of the callee."""

    def __init__(self, network: PhoneNetwork, lk: api.LiveKitAPI, name: str) -> None:
        self.name = name
        self.room = rtc.Room()
        self.kinds: list[int] = []
        self.statuses: list[str] = []
        self.digits = ""
        self._network, self._lk = network, lk
        self._left: asyncio.Queue[str] = asyncio.Queue()
        self._source = rtc.AudioSource(RATE, 1)
        self._heard: list[Samples] = []
        self._hears = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self) -> None:
        server = self._network.server
        grants = api.VideoGrants(room_join=True, room=self.name)
        token = api.AccessToken(server.key, server.secret).with_identity("agent")
        self.room.on("participant_connected", self._on_joined)
        self.room.on("participant_attributes_changed", self._on_attributes)
        self.room.on("participant_disconnected", self._on_left)
        self.room.on("track_subscribed", self._on_track)
        self.room.on("sip_dtmf_received", self._on_dtmf)
        await self.room.connect(self._network.url, token.with_grants(grants).to_jwt())
        track = rtc.LocalAudioTrack.create_audio_track("agent", self._source)
        await self.room.local_participant.publish_track(track, rtc.TrackPublishOptions())

    async def dials(
        self, number: str, *, waits: bool = True, rings: int | None = None, lasts: int | None = None
    ) -> sip.SIPParticipantInfo:
        return await self._lk.sip.create_sip_participant(
            request(number, self.name, waits=waits, rings=rings, lasts=lasts)
        )

    async def transfers(
        self, number: str, *, rings: int | None = None
    ) -> sip.TransferSIPParticipantResponse:
        return await self._lk.sip.transfer_sip_participant(
            sip.TransferSIPParticipantRequest(
                room_name=self.name,
                participant_identity="callee",
                transfer_to=f"tel:{number}",
                ringing_timeout=None if rings is None else Duration(seconds=rings),
            )
        )

    async def says(self, seconds: float) -> None:
        """Sound a tone of ``AGENT_HERTZ``, to its end."""
        samples, _ = tone(AGENT_HERTZ, seconds)
        await self._source.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples)))
        await self._source.wait_for_playout()

    async def hears(self, seconds: float, within: float = 5.0) -> None:
        """Wait until so much sound of the callee was heard. Raises ``TimeoutError``."""
        async with asyncio.timeout(within):
            while len(self.heard()) < seconds * RATE:
                self._hears.clear()
                await self._hears.wait()

    def heard(self) -> Samples:
        """What was loud of the callee's sound."""
        loud = [frame for frame in self._heard if is_loud(frame)]
        return np.concatenate([np.zeros(0, np.int16), *loud])

    async def left(self, within: float = 5.0) -> str:
        """Why the callee left, as LiveKit calls it. Raises ``TimeoutError`` if they do not."""
        async with asyncio.timeout(within):
            return await self._left.get()

    async def leave(self) -> None:
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._source.aclose()

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        self.kinds.append(participant.kind)
        self.statuses.append(participant.attributes["sip.callStatus"])

    def _on_attributes(self, changed: dict[str, str], _: rtc.Participant) -> None:
        if "sip.callStatus" in changed:
            self.statuses.append(changed["sip.callStatus"])

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        reason = participant.disconnect_reason
        self._left.put_nowait("none" if reason is None else rtc.DisconnectReason.Name(reason))

    def _on_dtmf(self, dtmf: rtc.SipDTMF) -> None:
        self.digits += dtmf.digit

    def _on_track(self, track: rtc.RemoteTrack) -> None:
        self._tasks.add(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: rtc.RemoteTrack) -> None:
        stream = rtc.AudioStream.from_track(track=track, sample_rate=RATE, frame_size_ms=20)
        try:
            async for event in stream:
                self._heard.append(np.frombuffer(event.frame.data, np.int16).copy())
                self._hears.set()
        finally:
            await stream.aclose()
