"""What is logged: safe, whoever says it, and with the call that it is about."""

import json
import logging
import uuid
from io import StringIO

import pytest

from reception.telemetry.in_call import entered
from reception.telemetry.logs import Gate
from reception.telemetry.redaction import protect


def line(written: StringIO) -> dict[str, str]:
    last: dict[str, str] = json.loads(written.getvalue().splitlines()[-1])
    return last


def test_a_line_names_its_call_and_the_agent(logged: StringIO) -> None:
    with entered("call-7") as now:
        now.agent = "greeter"
        logging.getLogger("reception.line.dial").warning("not put through: %s", "TimeoutError")
    told = line(logged)
    assert told["event"] == "not put through: TimeoutError"
    assert (told["call_id"], told["agent"], told["level"]) == ("call-7", "greeter", "warning")
    assert told["logger"] == "reception.line.dial"


def test_an_error_shows_its_class_and_place_and_not_its_text(logged: StringIO) -> None:
    try:
        try:
            raise ValueError("Zebulon, +13125550187")
        except ValueError as error:
            raise RuntimeError("it broke for Zebulon") from error
    except RuntimeError:
        logging.getLogger("livekit.agents").exception("exception in a tool")
    told = line(logged)
    assert told["error"] == "RuntimeError from ValueError"
    assert "test_logs.py" in told["where"]
    assert "Zebulon" not in logged.getvalue()
    assert "5550187" not in logged.getvalue()


def test_what_hangs_on_a_record_is_not_shown(logged: StringIO) -> None:
    extra = {"lk.pii.user_transcript": "my knee hurts", "participant": "Zebulon"}
    logging.getLogger("livekit.agents").debug("received user transcript", extra=extra)
    assert line(logged)["event"] == "received user transcript"
    assert "knee" not in logged.getvalue()
    assert "Zebulon" not in logged.getvalue()


@pytest.mark.parametrize(
    ("text", "arguments", "shown"),
    [
        ("Request options: %s", ({"messages": ["my knee"]},), "Request options:"),
        (
            "HTTP Request: %s %s",
            ("GET", "http://localhost:1/x"),
            "HTTP Request: GET http://localhost:1/x",
        ),
        ("took %.1f s for %s", (1.25, "a whole sentence of theirs"), "took 1.2 s for …"),
        ('said "my knee"', (), "said"),
        ("%s", ("one two three",), "…"),
        ("broken %d", ("x",), "broken %d"),
    ],
)
def test_of_a_library_only_what_is_plainly_no_content(
    logged: StringIO, text: str, arguments: tuple[object, ...], shown: str
) -> None:
    logging.getLogger("openai._base_client").debug(text, *arguments)
    assert line(logged)["event"] == shown


def test_what_is_private_in_a_line_of_ours_is_hidden(logged: StringIO) -> None:
    protect(uuid.uuid4().hex, ["Zebulon"])
    logging.getLogger("agents.greeter").info("%s speaks", "Zebulon")
    assert line(logged)["event"] == "[redacted] speaks"


def test_a_record_passes_once_and_keeps_what_another_process_put_on_it() -> None:
    record = logging.LogRecord("livekit", logging.INFO, "x.py", 1, "said %s", ("a b",), None)
    for call_id in ("call-8", "call-9"):
        with entered(call_id):
            assert Gate().filter(record)
    assert (record.getMessage(), record.call_id) == ("said …", "call-8")  # type: ignore[attr-defined]
