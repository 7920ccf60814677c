"""Silence on a line with sound: asked about, and in the end said goodbye to."""

import asyncio

from livekit.agents import AgentSession, AgentStateChangedEvent, UserStateChangedEvent

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Speaker
from reception.line.hang_up import HangUp


class Silence:
    """Counts how long nobody has said a word; one silence is one turn of the customer.

    ``idle`` seconds without a word from either side end the call, whatever else goes on.
    """

    def __init__(
        self, session: AgentSession[Call], call: Call, hang_up: HangUp, *, idle: float
    ) -> None:
        self._session, self._call, self._hang_up, self._idle = session, call, hang_up, idle
        self._both_quiet: asyncio.TimerHandle | None = None
        self._nobody: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """From now on; the first words are ours."""
        self._session.on("agent_state_changed", self._agent_changed)
        self._session.on("user_state_changed", self._user_changed)
        self._heard()

    def stop(self) -> None:
        for timer in (self._both_quiet, self._nobody):
            if timer is not None:
                timer.cancel()

    def _agent_changed(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "listening":
            self._wait()
        else:
            self._heard()

    def _user_changed(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._heard()
        elif event.new_state == "listening" and self._session.agent_state == "listening":
            self._wait()

    def _heard(self) -> None:
        """Somebody speaks, or is about to."""
        self.stop()
        loop = asyncio.get_running_loop()
        self._nobody = loop.call_later(self._idle, self._given_up)

    def _wait(self) -> None:
        if self._both_quiet is not None:
            self._both_quiet.cancel()
        asked = self._call.open_question
        holding = asked is not None and asked.question is Question.HOLDING
        limits = self._call.practice.limits
        seconds = limits.holding_seconds if holding else limits.silence_seconds
        self._both_quiet = asyncio.get_running_loop().call_later(seconds, self._ask)

    def _ask(self) -> None:
        if self._hang_up.ending:
            return
        self._call.said(Speaker.CUSTOMER, "")
        self._session.generate_reply()

    def _given_up(self) -> None:
        if not self._hang_up.ending:
            self._hang_up.dropped(f"not a word from either side for {self._idle:.0f} s")
