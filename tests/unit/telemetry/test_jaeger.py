"""What is made of Jaeger's answers, and of what is none."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from reception.telemetry.jaeger import JaegerError, link, traces_of

ROOT = {
    "traceID": "t1",
    "spanID": "a",
    "operationName": "call",
    "references": [],
    "startTime": 1_000_000,
    "duration": 3_000_000,
    "tags": [{"key": "gen_ai.conversation.id", "type": "string", "value": "call-1"}],
}
CHILD = ROOT | {
    "spanID": "b",
    "operationName": "dial",
    "references": [{"refType": "CHILD_OF", "traceID": "t1", "spanID": "a"}],
    "startTime": 1_500_000,
    "duration": 250_000,
    "tags": [{"key": "call.sip_status", "type": "int64", "value": 486}],
}
LOST = CHILD | {
    "spanID": "c",
    "references": [{"refType": "CHILD_OF", "traceID": "t1", "spanID": "gone"}],
}

Answers = Callable[[int, Any], Awaitable[str]]


@pytest.fixture
async def answers() -> AsyncIterator[Answers]:
    """A server that answers so to whatever it is asked; its address."""
    runners: list[web.AppRunner] = []

    async def serve(status: int, body: Any) -> str:
        async def answer(request: web.Request) -> web.Response:
            assert request.path == "/api/traces"
            assert json.loads(request.query["tags"]) == {"gen_ai.conversation.id": "call-1"}
            return web.json_response(body, status=status)

        app = web.Application()
        app.add_routes([web.get("/{path:.*}", answer)])
        runner = web.AppRunner(app, access_log=None)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()


async def test_a_trace_is_read_in_the_order_of_its_spans(answers: Answers) -> None:
    url = await answers(200, {"data": [{"traceID": "t1", "spans": [CHILD, ROOT]}]})
    (trace,) = await traces_of(url, "call-1")
    root, child = trace.spans
    assert (root.name, root.parent, root.seconds) == ("call", None, 3.0)
    assert (child.name, child.parent, child.begun_at, child.ended_at) == ("dial", "a", 1.5, 1.75)
    assert child.attributes["call.sip_status"] == 486
    assert trace.orphans == ()
    assert link(f"{url}/", trace) == f"{url}/trace/t1"


async def test_a_span_without_its_parent_is_an_orphan(answers: Answers) -> None:
    url = await answers(200, {"data": [{"traceID": "t1", "spans": [ROOT, LOST]}]})
    (trace,) = await traces_of(url, "call-1")
    assert [one.id for one in trace.orphans] == ["c"]


async def test_a_call_that_jaeger_does_not_know_has_none(answers: Answers) -> None:
    assert await traces_of(await answers(200, {"data": []}), "call-1") == ()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [(503, {}, "answers with 503"), (200, ["no", "Jaeger"], "is no Jaeger")],
)
async def test_what_is_no_answer_is_said_in_one_sentence(
    answers: Answers, status: int, body: Any, says: str
) -> None:
    with pytest.raises(JaegerError, match=rf"{says}.*check JAEGER_URL"):
        await traces_of(await answers(status, body), "call-1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://"])
async def test_where_nothing_answers_it_is_said_what_to_set(url: str) -> None:
    with pytest.raises(JaegerError, match="JAEGER_URL"):
        await traces_of(url, "call-1")
