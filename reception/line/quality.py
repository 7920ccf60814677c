"""A bad connection, noticed and said once."""

from livekit import rtc
from livekit.agents import AgentSession

from reception.calls.call import Call
from reception.calls.question import Question
from reception.dialogue.wording import word
from reception.line.hang_up import HangUp
from reception.voice.saying import say

_BAD = (rtc.ConnectionQuality.QUALITY_POOR, rtc.ConnectionQuality.QUALITY_LOST)


def watch_quality(
    room: rtc.Room, identity: str, session: AgentSession[Call], call: Call, hang_up: HangUp
) -> None:
    """Tell the customer, the first time that their connection is bad, and ask if they hear us."""

    @room.on("connection_quality_changed")
    def changed(participant: rtc.Participant, quality: int) -> None:
        bad = participant.identity == identity and quality in _BAD
        if bad and not hang_up.ending and not call.asked_with("poor_line"):
            say(session, word(call, "poor_line", Question.STILL_THERE))
