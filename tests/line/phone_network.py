"""A telephone network on loopback, in front of a real livekit-server.

It answers the two requests that reach the phone network, CreateSIPParticipant and
TransferSIPParticipant, as LiveKit's SIP service does, and passes all else on. Whoever talks to
LiveKit at its address has numbers to call::

    async with LiveKitServer(program) as server, PhoneNetwork(server, speak=voice) as network:
        network.phone("+14155550100", answered(person("Hello?", "Yes, this is she.")))
        network.phone("+14155550101", busy(), answered(machine("Please leave a message.")))
        ...                                     # something dials, with LIVEKIT_URL=network.url
        callee = await network.callee("+14155550100")
        await callee.ends()
        callee.recording.save(Path("call.wav"))

Of a request it heeds the numbers, the participant, the wait for the answer, the limits of ringing
and of the call; not the DTMF on answering, headers, encryption and dial tones.
"""

import asyncio
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import jwt
from aiohttp import web
from google.protobuf.message import DecodeError, Message
from livekit import api
from livekit.protocol import sip

from tests.line import sip_status
from tests.line.exchange import Exchange
from tests.line.leg import Dialled, dialled
from tests.line.proxy import Proxy
from tests.line.sip_status import sip_error, twirp_error

TRUNK_ID = "ST_test"
"""The one outbound trunk that there is."""

_TRANSFER_REASONS = {
    sip_status.TIMED_OUT: "STR_RINGING_TIMEOUT",
    sip_status.CANCELLED: "STR_CALL_ENDED",
}
_Request = TypeVar("_Request", bound=Message)


class _Refused(Exception):
    """The request is answered with a Twirp error, before anything is dialled."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PhoneNetwork(Exchange):
    """The network. Use it as an async context manager; it listens on a free port.

    Leaving it ends all calls, and raises what went wrong in a callee's script.
    """

    _port = 0

    @property
    def url(self) -> str:
        """LIVEKIT_URL for whoever is to call by this network; key and secret are the server's."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def told(self) -> list[str]:
        """All that LiveKit was asked for, but for the numbers that were dialled."""
        return self._proxy.told

    def api(self) -> api.LiveKitAPI:
        """A client of LiveKit behind this network, for ``async with``."""
        return api.LiveKitAPI(self.url, self.server.key, self.server.secret)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self.lk = self.server.api()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/twirp/livekit.SIP/CreateSIPParticipant", self._create)
        app.router.add_post("/twirp/livekit.SIP/TransferSIPParticipant", self._transfer)
        self._proxy = Proxy(self.server.http_url, self._session)
        app.router.add_route("*", "/{path:.*}", self._proxy.pass_on)
        # Whoever hangs up on us has cancelled the call; nobody is waited for at the end.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.01
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = site.port
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except ExceptionGroup:
            # What failed first tells more.
            if kind is None:
                raise
        finally:
            await self._runner.cleanup()
            await self.lk.aclose()
            await self._session.close()

    async def _create(self, http: web.Request) -> web.Response:
        try:
            self._permit(http, room_admin_of=None)
            request = await _read(http, sip.CreateSIPParticipantRequest)
            _check_create(request)
        except _Refused as refused:
            return twirp_error(refused.code, str(refused))
        call = dialled(request, self.server)
        ringing = await self.dial(call)
        if call.waits:
            try:
                refused_with = await asyncio.shield(ringing.outcome)
            except asyncio.CancelledError:
                # The agent waits no longer.
                self.give_up(ringing.leg)
                raise
            if refused_with is not None:
                return sip_error(refused_with)
        return _protobuf(_participant(call))

    async def _transfer(self, http: web.Request) -> web.Response:
        try:
            request = await _read(http, sip.TransferSIPParticipantRequest)
            self._permit(http, room_admin_of=request.room_name)
            number = _check_transfer(request)
        except _Refused as refused:
            return twirp_error(refused.code, str(refused))
        limit = request.ringing_timeout.ToTimedelta().total_seconds() or 80.0
        try:
            status = await self.transfer(
                request.room_name, request.participant_identity, number, limit
            )
        except LookupError as not_there:
            return twirp_error("not_found", str(not_there))
        if status is not None:
            reason = _TRANSFER_REASONS.get(status, "STR_REJECTED")
            return sip_error(status, sip_transfer_reason=reason)
        return _protobuf(
            sip.TransferSIPParticipantResponse(
                status=sip.STS_TRANSFER_SUCCESSFUL, reason=sip.STR_COMPLETED
            )
        )

    def _permit(self, http: web.Request, *, room_admin_of: str | None) -> None:
        """Raises ``_Refused`` unless the token may call, and may do with the room as it likes."""
        token = http.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            claims = api.TokenVerifier(self.server.key, self.server.secret).verify(token)
        except jwt.PyJWTError as wrong:
            raise _Refused("unauthenticated", f"invalid token: {wrong}") from None
        video = claims.video
        admin = video is not None and video.room_admin and video.room == room_admin_of
        if not (claims.sip and claims.sip.call) or (room_admin_of is not None and not admin):
            raise _Refused("unauthenticated", "permissions denied")


async def _read(http: web.Request, kind: type[_Request]) -> _Request:
    try:
        return kind.FromString(await http.read())
    except DecodeError:
        raise _Refused("malformed", "the protobuf request could not be decoded") from None


def _check_create(request: sip.CreateSIPParticipantRequest) -> None:
    """What LiveKit refuses before it dials. Raises ``_Refused``."""
    if not request.sip_trunk_id and not request.HasField("trunk"):
        raise _Refused("invalid_argument", "missing sip trunk id")
    if not request.sip_call_to:
        raise _Refused("invalid_argument", "missing sip callee number")
    if "@" in request.sip_call_to:
        raise _Refused(
            "invalid_argument",
            "SipCallTo should be a phone number or SIP user, not a full SIP URI",
        )
    if not request.room_name:
        raise _Refused("invalid_argument", "missing room name")
    if request.sip_trunk_id and request.sip_trunk_id != TRUNK_ID:
        raise _Refused("not_found", "requested sip trunk does not exist")


def _check_transfer(request: sip.TransferSIPParticipantRequest) -> str:
    """The number to transfer to. Raises ``_Refused``."""
    for missing in ("room_name", "participant_identity", "transfer_to"):
        if not getattr(request, missing):
            raise _Refused("invalid_argument", f"missing {missing.replace('_', ' ')}")
    return request.transfer_to.removeprefix("tel:").removeprefix("sip:").partition("@")[0]


def _participant(call: Dialled) -> sip.SIPParticipantInfo:
    return sip.SIPParticipantInfo(
        participant_id=f"PA_{call.call_id}",
        participant_identity=call.identity,
        room_name=call.room,
        sip_call_id=call.call_id,
    )


def _protobuf(message: Message) -> web.Response:
    return web.Response(body=message.SerializeToString(), content_type="application/protobuf")
