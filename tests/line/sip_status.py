"""How LiveKit tells that a call did not come about: the SIP status in a Twirp error.

The codes are those of ``SIPStatus.GRPCStatus`` in livekit/protocol, the shape is Twirp's:
https://twitchtv.github.io/twirp/docs/spec_v7.html
"""

from http import HTTPStatus

from aiohttp import web
from livekit import rtc

BAD_NUMBER = 404
TIMED_OUT = 408
UNAVAILABLE = 480
BUSY = 486
CANCELLED = 487
TRUNK_FAILURE = 503
DECLINED = 603

_REASONS = {
    BAD_NUMBER: "Not Found",
    TIMED_OUT: "Request Timeout",
    UNAVAILABLE: "Temporarily Unavailable",
    484: "Address Incomplete",
    BUSY: "Busy Here",
    CANCELLED: "Request Terminated",
    TRUNK_FAILURE: "Service Unavailable",
    DECLINED: "Decline",
}
_TWIRP_CODES = {
    **dict.fromkeys((400, 404, 420, 421, 484, 485), "invalid_argument"),
    **dict.fromkeys((401, 403, 407), "permission_denied"),
    **dict.fromkeys((408, 504), "deadline_exceeded"),
    **dict.fromkeys((480, 486, 501, 503, 600, 603), "unavailable"),
    487: "aborted",
}
_HTTP_STATUSES = {
    "aborted": HTTPStatus.CONFLICT,
    "deadline_exceeded": HTTPStatus.REQUEST_TIMEOUT,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
    "invalid_argument": HTTPStatus.BAD_REQUEST,
    "malformed": HTTPStatus.BAD_REQUEST,
    "not_found": HTTPStatus.NOT_FOUND,
    "permission_denied": HTTPStatus.FORBIDDEN,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


def sip_error(status: int, **more: str) -> web.Response:
    """The answer to a call that ended with a SIP status from 300 on; ``more`` joins its meta."""
    reason = _REASONS.get(status, "")
    return twirp_error(
        _TWIRP_CODES.get(status, "internal"),
        f"sip status: {status}: {reason}",
        sip_status_code=str(status),
        sip_status=reason,
        **more,
    )


def twirp_error(code: str, message: str, **meta: str) -> web.Response:
    error: dict[str, object] = {"code": code, "msg": message}
    if meta:
        error["meta"] = meta
    return web.json_response(error, status=_HTTP_STATUSES[code])


def leaving_with(status: int) -> rtc.DisconnectReason.ValueType:
    """Why the callee leaves the room that they joined before it was refused."""
    if status in (401, 403, 407, 486, 488) or 600 <= status < 700:
        return rtc.DisconnectReason.USER_REJECTED
    if 500 <= status < 600:
        return rtc.DisconnectReason.SIP_TRUNK_FAILURE
    return rtc.DisconnectReason.USER_UNAVAILABLE
