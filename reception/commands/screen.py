"""How a call looks: turn by turn in a terminal, or as one JSON object."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reception.appointments.models import Appointment
from reception.calls.call import Call
from reception.calls.settle import cost_json, decision_json, evidence_json, request_json
from reception.calls.turn import Speaker, Turn
from reception.telemetry.cost import in_words

_NAME_WIDTH = 13


class Screen:
    """Shows each turn once, as it enters the call."""

    def __init__(self, console: Console, shows_customer: bool) -> None:
        self._console, self._shows_customer = console, shows_customer
        self._shown = 0

    def update(self, call: Call) -> None:
        for turn in call.turns[self._shown :]:
            if turn.speaker is Speaker.AGENT:
                self._line(Text(turn.agent, "bold cyan"), turn.text)
            elif self._shows_customer:
                self._line(Text("you", "dim"), turn.text or "(silence)")
        self._shown = len(call.turns)

    def prompt(self) -> None:
        """Where the customer types."""
        self._console.print(f"[dim]{'you':>{_NAME_WIDTH}}[/dim]  ", end="")

    def result(self, call: Call) -> None:
        ending = "" if call.ending is None else f", ended by {call.ending.ended}"
        self._console.print(f"\n[bold]{call.outcome.kind}[/bold]{ending}")
        for decision in call.decisions.values():
            self._console.print(f"  {decision.appointment_id}: {decision.kind}")
        for request in call.requests:
            self._console.print(f"  asked for: {request.kind}")
        if call.meter.usages:
            self._console.print(f"  cost: {in_words(call.meter.dollars)}")

    def _line(self, name: Text, text: str) -> None:
        """In a terminal the text keeps to its column; elsewhere a turn is one line."""
        if not self._console.is_terminal:
            self._console.print(
                f"{name.plain:>{_NAME_WIDTH}}  {text}", soft_wrap=True, markup=False
            )
            return
        row = Table.grid(padding=(0, 2))
        row.add_column(width=_NAME_WIDTH, justify="right")
        row.add_column()
        row.add_row(name, Text(text))
        self._console.print(row)


def call_json(call: Call, read_back: list[Appointment], seconds: float) -> dict[str, Any]:
    """The call as one object; ``appointments`` are read back from the book after its end."""
    return {
        "call_id": call.id,
        "verified": any(turn.verified for turn in call.turns),
        "outcome": {
            "kind": call.outcome.kind.value,
            "evidence": [evidence_json(item) for item in call.outcome.evidence],
        },
        "decisions": [decision_json(decision) for decision in call.decisions.values()],
        "requests": [request_json(request) for request in call.requests],
        "ended": None if call.ending is None else call.ending.ended.value,
        "appointments": [appointment.model_dump(mode="json") for appointment in read_back],
        "cost": cost_json(call.meter),
        "moods": [mood.value for mood in call.moods],
        "turns": [_turn_json(turn) for turn in call.turns],
        "handoffs": [
            {"from": h.origin.value, "to": h.target.value, "reason": h.reason}
            for h in call.handoffs
        ],
        "tools": [
            {
                "agent": run.agent.value,
                "name": run.name,
                "arguments": run.arguments,
                "result": run.result,
            }
            for run in call.tools
        ],
        "seconds": round(seconds, 3),
    }


def _turn_json(turn: Turn) -> dict[str, Any]:
    return {
        "speaker": turn.speaker.value,
        "agent": turn.agent.value,
        "text": turn.text,
        "verified": turn.verified,
        "route": None if turn.route is None else turn.route.value,
    }
