"""Worded text said at once, past the agent's own turns."""

from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle

from reception.calls.call import Call
from reception.calls.turn import Words
from reception.dialogue.pauses import without_pauses


def say(session: AgentSession[Call], words: Words, *, interruptible: bool = True) -> SpeechHandle:
    """Say ``words``; the session's own ``say`` would lose what they are made of and what they ask.

    Raises ``RuntimeError`` when the session is closed.
    """
    session.userdata.said_aside[without_pauses(words.text)] = words
    return session.say(words.text, allow_interruptions=interruptible)
