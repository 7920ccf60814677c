"""The worker when it is pushed: twice the same call, a killed job, told to stop, nobody allowed."""

import asyncio
import os
import signal
from contextlib import suppress

import psutil
import pytest
from livekit import api, rtc

from reception.appointments.models import AppointmentStatus, Consent
from reception.calls.abandoned import PATIENCE
from reception.calls.records import PlacedCall
from reception.line.room import room_name
from tests.line.callee import Callee
from tests.line.callees import (
    answered,
    dies,
    hangs_up,
    in_turn,
    on_hearing_agent,
    person,
    replies,
    says,
    silent,
    stops_sending,
    waits,
)
from tests.line.conftest import Begins
from tests.line.ground import AGENT_NAME, MARIA, Ground, upcoming

CONFIRMS = person("Hello?", "Yes, this is Maria.", "Yes, I'll be there.", "No, thank you.")
BRIEF = person("Hello?", "You have the wrong number.")
"""A call that is over soon."""


async def until_heard(line: Ground) -> Callee:
    """Wait until the customer hears the agent."""
    callee = await line.network.callee(MARIA)
    await callee.hears_agent(within=20)
    return callee


async def test_a_second_dispatch_of_a_call_ends_without_a_sound(line: Ground) -> None:
    line.network.phone(MARIA, answered(BRIEF))
    call = await line.call()
    async with line.network.api() as lk:
        for room in (room_name(call.id), "another-room"):
            await lk.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(agent_name=AGENT_NAME, room=room, metadata=call.id)
            )
    outcome = await line.outcome(call)
    assert outcome.kind == "wrong_number"
    assert len(line.network.dials) == 1


async def test_without_permission_nothing_is_dialled(line: Ground) -> None:
    for consent in (Consent.UNKNOWN, Consent.REFUSED):
        about = upcoming()
        asked = about.recipient.model_copy(update={"consent": consent})
        outcome = await line.outcome(await line.call(about.model_copy(update={"recipient": asked})))
        assert outcome.kind == "not_dialled"
        assert outcome.evidence[0]["reason"].startswith("consent")
    assert line.network.dials == []


@pytest.mark.long
async def test_one_who_opted_out_while_the_call_waited_is_not_dialled(line: Ground) -> None:
    about = upcoming()
    await line.house.file(about)
    call = PlacedCall("opted-out", MARIA, (about.id,), rehearsal=False)
    await line.house.ledger.stop_calling(MARIA, None)
    await line.dispatcher.dispatch(call)
    outcome = await line.outcome(call)
    assert outcome.kind == "not_dialled"
    assert line.network.dials == []


async def test_a_killed_job_is_settled_by_who_lives_and_its_line_is_dropped(line: Ground) -> None:
    line.network.phone(MARIA, answered(in_turn(waits(0.3), says("Hello?"), replies("Yes."))))
    call = await line.call()
    callee = await until_heard(line)
    kill_jobs(line)
    outcome = await line.outcome(call, within=PATIENCE.total_seconds() + 25)
    assert outcome.kind == "dropped"
    assert outcome.evidence[0]["reason"] == "the process that held the call died"
    await callee.ends(within=15)
    (task,) = await line.house.ledger.tasks()
    assert "broke off" in task.note
    status, _ = await line.worker.asked("/health") or (0, "")
    assert status == 200, "one job's death is not the worker's"


def kill_jobs(line: Ground) -> None:
    for job in line.worker.job_processes():
        with suppress(psutil.NoSuchProcess):
            os.kill(job.pid, signal.SIGKILL)


async def test_told_to_stop_it_ends_its_calls_well_and_takes_no_new_ones(line: Ground) -> None:
    line.network.phone(MARIA, answered(BRIEF))
    call = await line.call()
    await until_heard(line)
    line.worker.told_to_stop()
    await asyncio.sleep(0.5)
    assert await line.worker.asked("/ready") == (503, "the worker is stopping")
    outcome = await line.outcome(call)
    assert outcome.kind == "wrong_number"
    await line.worker.stopped()


@pytest.mark.long
async def test_it_waits_for_its_calls_so_long_and_no_longer(begins: Begins) -> None:
    async with begins(DRAIN_SECONDS="3") as line:
        line.network.phone(MARIA, answered(silent()))
        call = await line.call()
        await until_heard(line)
        line.worker.told_to_stop()
        await line.worker.stopped()
        outcome = await line.outcome(call, within=PATIENCE.total_seconds() + 10)
        assert outcome.kind in ("dropped", "unresolved")


async def test_they_hang_up_in_the_middle_of_our_words(line: Ground) -> None:
    line.network.phone(
        MARIA, answered(in_turn(waits(0.3), says("Hello?"), on_hearing_agent(hangs_up(), 1.0)))
    )
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "hung_up"
    assert await line.status() is AppointmentStatus.SCHEDULED


@pytest.mark.long
@pytest.mark.parametrize("answers", [1, 2], ids=["after the opening", "after the appointment"])
async def test_they_hang_up_later(line: Ground, answers: int) -> None:
    lines = ["Yes, this is Maria.", "Could we do another day?"][:answers]
    line.network.phone(
        MARIA,
        answered(
            in_turn(
                waits(0.3),
                says("Hello?"),
                replies(*lines),
                on_hearing_agent(hangs_up(), 1.0),
            )
        ),
    )
    outcome = await line.outcome(await line.call())
    assert outcome.kind in ("hung_up", "unresolved")
    assert await line.status() is AppointmentStatus.SCHEDULED


@pytest.mark.long
async def test_a_line_that_goes_dead_is_given_up(begins: Begins) -> None:
    async with begins(MAX_IDLE_TIME="12") as line:
        line.network.phone(
            MARIA, answered(in_turn(waits(0.3), says("Hello?"), waits(1.0), stops_sending()))
        )
        outcome = await line.outcome(await line.call(), within=90)
        assert outcome.kind in ("dropped", "unresolved")


@pytest.mark.long
async def test_a_customers_phone_that_dies_is_noticed(line: Ground) -> None:
    line.network.phone(MARIA, dies("Hello?", after=3.0))
    outcome = await line.outcome(await line.call(), within=90)
    assert outcome.kind in ("dropped", "unresolved", "hung_up")


async def test_the_room_is_deleted_under_a_call(line: Ground) -> None:
    line.network.phone(MARIA, answered(CONFIRMS))
    call = await line.call()
    await until_heard(line)
    async with line.network.api() as lk:
        await lk.room.delete_room(api.DeleteRoomRequest(room=room_name(call.id)))
    outcome = await line.outcome(call)
    assert outcome.kind == "dropped"
    assert "ROOM_DELETED" in outcome.evidence[0]["reason"]


async def test_somebody_in_the_room_instead_of_a_phone_rehearses_the_call(line: Ground) -> None:
    """A browser, say: the same agents, and nothing is dialled."""
    call = await line.call(rehearsal=True)
    token = (
        api.AccessToken(line.network.server.key, line.network.server.secret)
        .with_identity("somebody")
        .with_grants(api.VideoGrants(room_join=True, room=room_name(call.id)))
        .to_jwt()
    )
    room, heard = rtc.Room(), asyncio.Event()
    room.on("track_subscribed", lambda *_: heard.set())
    await room.connect(line.network.server.url, token)
    async with asyncio.timeout(20):
        await heard.wait()
    await asyncio.sleep(2.0)
    await room.disconnect()
    outcome = await line.outcome(call)
    assert outcome.kind == "hung_up"
    assert line.network.dials == []
    assert any("Maria Santos" in r.text for r in line.cloud.openai.speech.requests)


async def test_a_full_worker_is_not_ready_and_a_call_that_nobody_takes_is_settled(
    begins: Begins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reception.dialer.dispatch.CLAIM_SECONDS", 3.0)
    async with begins(WORKER_CONCURRENCY="1") as line:
        line.network.phone(MARIA, answered(silent()))
        await line.call()
        await until_heard(line)
        assert await line.worker.asked("/ready") == (503, "no room for another call")
        other = upcoming(
            id="other",
            recipient=upcoming().recipient.model_copy(update={"phone": "+12175550150"}),
            provider="dr-patel",
            service="checkup",
        )
        call = await line.call(other)
        progress = [step async for step in line.dispatcher.follow(call)]
        assert progress == ["dispatched", "settled"]
        outcome = await line.outcome(call)
        assert (outcome.kind, outcome.evidence[0]["reason"]) == (
            "failed",
            "no worker took the call",
        )
