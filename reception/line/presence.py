"""Whether the other side is still there: who leaves, whose line breaks, whose room is gone."""

from livekit import rtc

from reception.line.hang_up import HangUp

_LEFT = (rtc.DisconnectReason.CLIENT_INITIATED, rtc.DisconnectReason.UNKNOWN_REASON)


def watch_room(room: rtc.Room, hang_up: HangUp) -> None:
    """End the call when the room is gone."""

    @room.on("disconnected")
    def gone(reason: rtc.DisconnectReason.ValueType) -> None:
        if not hang_up.ending:
            hang_up.dropped(f"the room is gone: {rtc.DisconnectReason.Name(reason)}")


def watch_presence(room: rtc.Room, identity: str, hang_up: HangUp) -> None:
    """End the call when ``identity``, who has answered, leaves or has left, whatever the reason.

    The session closes by itself for some reasons only; a process of the other side that dies is
    noticed by the server after about 20 seconds, and by nobody else.
    """

    @room.on("participant_disconnected")
    def left(participant: rtc.RemoteParticipant) -> None:
        if participant.identity != identity or hang_up.ending:
            return
        reason = participant.disconnect_reason
        if reason is None or reason in _LEFT:
            hang_up.left()
        else:
            hang_up.dropped(f"the line broke: {rtc.DisconnectReason.Name(reason)}")

    if identity not in room.remote_participants and not hang_up.ending:
        hang_up.left()
