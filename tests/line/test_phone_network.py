"""The phone network that the other tests call by, against a real LiveKit server."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from livekit import api, rtc
from livekit.protocol import sip

from tests.line import callees
from tests.line.callee import AgentSilent, Callee, Script
from tests.line.exchange import Phone
from tests.line.livekit_server import LiveKitServer
from tests.line.phone_network import PhoneNetwork
from tests.line.plain_agent import AGENT_HERTZ, PlainAgent, request
from tests.line.sounds import RATE, Samples, Sound, is_loud, lossy, noisy, ringback
from tests.servers.build import livekit_server, or_skip

NUMBER, DESK, ROOM = "+14155550100", "+14155550199", "call-1"
CALLEE_HERTZ = 500.0


def speak(_: str) -> Sound:
    """A voice that says anything in 0.4 seconds, at a rate that is not the line's."""
    rate = 24_000
    sound = 8000 * np.sin(2 * np.pi * CALLEE_HERTZ * np.arange(0.4 * rate) / rate)
    return sound.astype(np.int16), rate


@pytest.fixture(scope="session")
def program() -> Path:
    return or_skip(livekit_server)


@pytest.fixture
async def network(program: Path) -> AsyncIterator[PhoneNetwork]:
    async with LiveKitServer(program) as server, PhoneNetwork(server, speak) as network:
        yield network


@pytest.fixture
async def lk(network: PhoneNetwork) -> AsyncIterator[api.LiveKitAPI]:
    async with network.api() as lk:
        yield lk


@pytest.fixture
async def agent(network: PhoneNetwork, lk: api.LiveKitAPI) -> AsyncIterator[PlainAgent]:
    agent = PlainAgent(network, lk, ROOM)
    await agent.join()
    yield agent
    await agent.leave()


async def answering(network: PhoneNetwork, agent: PlainAgent, phone: Phone) -> Callee:
    """Have the number answered by ``phone``, and dial it."""
    network.phone(NUMBER, phone)
    await agent.dials(NUMBER)
    return await network.callee(NUMBER)


def power(samples: Samples, hertz: float) -> float:
    """The share of the sound's energy within 20 Hz of ``hertz``."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / RATE) - hertz) < 20
    return float(spectrum[near].sum() / spectrum.sum())


def read_stereo(file: Path) -> Samples:
    """The samples in rows of left and right."""
    with wave.open(str(file)) as opened:
        shape = (opened.getnchannels(), opened.getsampwidth(), opened.getframerate())
        assert shape == (2, 2, RATE)
        return np.frombuffer(opened.readframes(opened.getnframes()), np.int16).reshape(-1, 2)


def energy(samples: Samples) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


class TestACall:
    async def test_is_answered_and_both_sides_hear_each_other(
        self, network: PhoneNetwork, agent: PlainAgent, tmp_path: Path
    ) -> None:
        network.phone(NUMBER, callees.answered(callees.person("Hello?", "Yes, this is she.")))
        info = await agent.dials(NUMBER)
        callee = await network.callee(NUMBER)
        assert (info.participant_identity, info.room_name) == ("callee", ROOM)
        assert info.sip_call_id == callee.dialled.call_id
        await agent.hears(0.3)
        await asyncio.sleep(0.3)
        await agent.says(0.5)
        await callee.completes()

        assert callee.completed
        assert agent.statuses == ["dialing", "ringing", "active"]
        assert agent.kinds == [rtc.ParticipantKind.PARTICIPANT_KIND_SIP]
        assert power(agent.heard(), CALLEE_HERTZ) > 0.9
        [first, second] = callee.recording.callee.utterances
        [answer] = callee.recording.agent.utterances
        assert first.end < answer.start < answer.end < second.start
        assert answer.end - answer.start == pytest.approx(0.5, abs=0.1)
        assert callee.recording.replies() == [pytest.approx(answer.start - first.end)]

        callee.recording.save(tmp_path / "call.wav")
        both = read_stereo(tmp_path / "call.wav")
        for said, side, hertz in (
            (first, 0, CALLEE_HERTZ),
            (answer, 1, AGENT_HERTZ),
            (second, 0, CALLEE_HERTZ),
        ):
            during = both[round((said.start + 0.05) * RATE) : round((said.end - 0.05) * RATE)]
            assert power(during[:, side], hertz) > 0.9
            assert not is_loud(during[:, 1 - side])

    async def test_carries_keys_both_ways(self, network: PhoneNetwork, agent: PlainAgent) -> None:
        async def presses(callee: Callee) -> None:
            await callee.presses("1#")

        callee = await answering(network, agent, callees.answered(presses))
        await agent.room.local_participant.publish_dtmf(code=9, digit="9")
        await callee.completes()
        await asyncio.sleep(0.3)
        assert (agent.digits, callee.digits) == ("1#", "9")

    async def test_does_not_wait_for_the_answer_unless_it_is_asked_to(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        network.phone(NUMBER, callees.answered(callees.silent(), rings=0.5))
        await agent.dials(NUMBER, waits=False)
        callee = await network.callee(NUMBER)
        assert callee.answered_at is None
        await asyncio.sleep(1.0)
        assert callee.answered_at is not None
        assert callee.answered_at > 0.5
        assert agent.statuses == ["dialing", "ringing", "active"]

    async def test_lets_nobody_hear_before_the_answer(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        phone = callees.answered(callees.silent(), rings=0.8, early_media=ringback())
        network.phone(NUMBER, phone)
        dialling = asyncio.create_task(agent.dials(NUMBER))
        callee = await network.callee(NUMBER)
        await agent.says(0.3)
        await dialling
        assert power(agent.heard(), 440.0) > 0.4
        assert not callee.recording.agent.utterances

    async def test_is_ended_when_it_lasted_as_long_as_it_may(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        network.phone(NUMBER, callees.answered(callees.silent()))
        await agent.dials(NUMBER, lasts=1)
        callee = await network.callee(NUMBER)
        await callee.ends(within=3.0)
        assert callee.answered_at is not None
        assert callee.events[-1].at - callee.answered_at == pytest.approx(1.0, abs=0.3)


class TestACallThatIsNotAnswered:
    @pytest.mark.parametrize(
        ("phone", "status", "left"),
        [
            (callees.busy(), (486, "Busy Here"), "USER_REJECTED"),
            (callees.declined(), (603, "Decline"), "USER_REJECTED"),
            (callees.unavailable(), (480, "Temporarily Unavailable"), "USER_UNAVAILABLE"),
            (callees.invalid_number(), (404, "Not Found"), "USER_UNAVAILABLE"),
            # livekit-server 1.8 passes this reason on as another.
            (callees.trunk_failure(), (503, "Service Unavailable"), None),
        ],
    )
    async def test_tells_the_sip_status(
        self,
        network: PhoneNetwork,
        agent: PlainAgent,
        phone: Phone,
        status: tuple[int, str],
        left: str | None,
    ) -> None:
        network.phone(NUMBER, phone)
        with pytest.raises(api.SipCallError) as refused:
            await agent.dials(NUMBER)
        assert (refused.value.sip_status_code, refused.value.sip_status) == status
        told = await agent.left()
        assert left in (None, told)
        assert "active" not in agent.statuses

    async def test_rings_as_long_as_it_may(self, network: PhoneNetwork, agent: PlainAgent) -> None:
        network.phone(NUMBER, callees.no_answer())
        with pytest.raises(api.SipCallError) as refused:
            await agent.dials(NUMBER, rings=1)
        assert refused.value.sip_status_code == 408
        ringing, gone = (await network.callee(NUMBER)).events[1:]
        assert (ringing.name, gone.name) == ("ringing", "gone")
        assert gone.at - ringing.at == pytest.approx(1.0, abs=0.3)
        assert await agent.left() == "USER_UNAVAILABLE"
        assert agent.statuses[:2] == ["dialing", "ringing"]

    async def test_to_a_number_without_a_phone_is_to_no_number(self, agent: PlainAgent) -> None:
        with pytest.raises(api.SipCallError) as refused:
            await agent.dials("+14155550111")
        assert refused.value.sip_status_code == 404

    async def test_may_be_answered_at_the_next_attempt(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        network.phone(NUMBER, callees.busy(), callees.answered(callees.silent()))
        with pytest.raises(api.SipCallError):
            await agent.dials(NUMBER)
        await agent.dials(NUMBER)
        assert (await network.callee(NUMBER)).answered_at is None
        assert (await network.callee(NUMBER)).answered_at is not None
        assert [dialled.number for dialled in network.dials] == [NUMBER, NUMBER]

    async def test_stops_ringing_when_the_agent_gives_up(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        network.phone(NUMBER, callees.no_answer())
        dialling = asyncio.create_task(agent.dials(NUMBER))
        callee = await network.callee(NUMBER)
        dialling.cancel()
        with suppress(asyncio.CancelledError):
            await dialling
        await callee.ends(within=3.0)
        assert callee.answered_at is None

    async def test_stops_ringing_when_the_room_is_deleted(
        self, network: PhoneNetwork, agent: PlainAgent, lk: api.LiveKitAPI
    ) -> None:
        network.phone(NUMBER, callees.no_answer())
        dialling = asyncio.create_task(agent.dials(NUMBER))
        await network.callee(NUMBER)
        await lk.room.delete_room(api.DeleteRoomRequest(room=ROOM))
        with pytest.raises(api.SipCallError) as refused:
            await dialling
        assert refused.value.sip_status_code == 487


class TestTheEnd:
    async def test_by_the_callee_is_seen_at_once(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        script = callees.hangs_up_after(0.5, callees.person("Hello?", "Yes?"))
        callee = await answering(network, agent, callees.answered(script))
        assert await agent.left() == "CLIENT_INITIATED"
        await callee.ends()
        assert callee.ended_by == "CLIENT_INITIATED"
        assert agent.statuses[-1] == "hangup"

    async def test_by_the_agent_is_seen_by_the_callee(
        self, network: PhoneNetwork, agent: PlainAgent, lk: api.LiveKitAPI
    ) -> None:
        phone = callees.answered(callees.person("Hello?", "I am never asked for this."))
        callee = await answering(network, agent, phone)
        await lk.room.delete_room(api.DeleteRoomRequest(room=ROOM))
        await callee.ends(within=3.0)
        assert callee.ended_by == "ROOM_DELETED"
        assert not callee.completed

    async def test_of_the_callee_alone_when_they_are_removed(
        self, network: PhoneNetwork, agent: PlainAgent, lk: api.LiveKitAPI
    ) -> None:
        callee = await answering(network, agent, callees.answered(callees.silent()))
        await lk.room.remove_participant(
            api.RoomParticipantIdentity(room=ROOM, identity=callee.dialled.identity)
        )
        await callee.ends(within=3.0)
        assert callee.ended_by == "PARTICIPANT_REMOVED"

    async def test_of_a_killed_process_comes_without_a_goodbye(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        network.phone(NUMBER, callees.dies("Hello?"))
        await agent.dials(NUMBER)
        process = await network.callee_process(NUMBER)
        await agent.hears(0.3)
        process.kill()
        await process.gone.wait()
        with pytest.raises(TimeoutError):
            await agent.left(within=1.0)
        assert agent.statuses[-1] == "active"


class TestATransfer:
    async def test_that_is_accepted_takes_the_callee_away(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        callee = await answering(network, agent, callees.answered(callees.silent()))
        network.phone(DESK, callees.answered(callees.silent()))
        answer = await agent.transfers(DESK)
        assert answer.status == sip.STS_TRANSFER_SUCCESSFUL
        assert await agent.left() == "CLIENT_INITIATED"
        await callee.ends()
        assert [(to.number, to.refused) for to in network.transfers] == [(DESK, None)]

    @pytest.mark.parametrize(
        ("phone", "status", "reason"),
        [(callees.busy(), 486, "STR_REJECTED"), (callees.no_answer(), 408, "STR_RINGING_TIMEOUT")],
    )
    async def test_that_is_refused_leaves_the_callee_on_the_line(
        self, network: PhoneNetwork, agent: PlainAgent, phone: Phone, status: int, reason: str
    ) -> None:
        callee = await answering(network, agent, callees.answered(callees.silent()))
        network.phone(DESK, phone)
        with pytest.raises(api.SipCallError) as refused:
            await agent.transfers(DESK, rings=1)
        assert refused.value.sip_status_code == status
        assert refused.value.sip_transfer_reason == reason
        assert [(to.number, to.refused) for to in network.transfers] == [(DESK, status)]
        assert not callee.gone.is_set()

    async def test_of_somebody_who_is_not_on_the_line_is_an_error(self, agent: PlainAgent) -> None:
        with pytest.raises(api.ServerError, match="not on the line"):
            await agent.transfers(DESK)


class TestARequest:
    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            (request(NUMBER, ROOM, trunk=""), "invalid_argument"),
            (request(NUMBER, ROOM, trunk="ST_other"), "not_found"),
            (request("", ROOM), "invalid_argument"),
            (request("sip:maria@example.org", ROOM), "invalid_argument"),
            (request(NUMBER, ""), "invalid_argument"),
        ],
    )
    async def test_that_is_wrong_is_refused_and_nothing_dialled(
        self,
        network: PhoneNetwork,
        lk: api.LiveKitAPI,
        wrong: sip.CreateSIPParticipantRequest,
        code: str,
    ) -> None:
        with pytest.raises(api.ServerError) as refused:
            await lk.sip.create_sip_participant(wrong)
        assert refused.value.code == code
        assert not isinstance(refused.value, api.SipCallError)
        assert not network.dials

    async def test_needs_keys_of_this_server(self, network: PhoneNetwork) -> None:
        async with api.LiveKitAPI(network.url, network.server.key, "x" * 40) as stranger:
            with pytest.raises(api.ServerError) as refused:
                await stranger.sip.create_sip_participant(request(NUMBER, ROOM))
        assert refused.value.code == "unauthenticated"
        assert not network.dials

    async def test_needs_the_right_to_call(self, network: PhoneNetwork) -> None:
        server = network.server
        grants = api.VideoGrants(room_admin=True, room=ROOM)
        token = api.AccessToken(server.key, server.secret).with_grants(grants).to_jwt()
        address = network.url.replace("ws", "http", 1)
        for method in ("CreateSIPParticipant", "TransferSIPParticipant"):
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    f"{address}/twirp/livekit.SIP/{method}",
                    data=request(NUMBER, ROOM).SerializeToString(),
                    headers={
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/protobuf",
                    },
                ) as answer,
            ):
                assert answer.status == 401
                assert (await answer.json())["code"] == "unauthenticated"
        assert not network.dials

    async def test_of_any_other_kind_is_the_servers(
        self, network: PhoneNetwork, agent: PlainAgent, lk: api.LiveKitAPI
    ) -> None:
        rooms = await lk.room.list_rooms(api.ListRoomsRequest())
        assert [room.name for room in rooms.rooms] == [agent.name]
        async with (
            aiohttp.ClientSession() as session,
            session.get(network.url.replace("ws", "http", 1) + "/rtc/v1") as answer,
        ):
            assert answer.status == 404


class TestACallee:
    async def test_waits_for_an_answer_and_not_for_what_was_being_said(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        script = callees.in_turn(callees.interrupts("Stop."), callees.replies("Yes."))
        callee = await answering(network, agent, callees.answered(script))
        await agent.says(1.2)
        await asyncio.sleep(0.9)
        assert not callee.completed
        await agent.says(0.4)
        await callee.completes()
        [over, answered] = callee.recording.callee.utterances
        [spoken, answer] = callee.recording.agent.utterances
        assert spoken.start < over.start < over.end < spoken.end < answer.start < answered.start

    async def test_whose_agent_is_silent_fails_the_test(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        async def impatient(callee: Callee) -> None:
            await callee.hears_agent(within=0.3)

        callee = await answering(network, agent, callees.answered(impatient))
        with pytest.raises(AgentSilent, match=r"\+\d+ had no answer in 0\.3 s"):
            await callee.ends()

    async def test_that_nobody_asks_about_fails_the_test_at_its_end(self, program: Path) -> None:
        async def broken(_: Callee) -> None:
            raise KeyError("a mistake in the script")

        with pytest.RaisesGroup(pytest.RaisesGroup(KeyError)):
            async with LiveKitServer(program) as server, PhoneNetwork(server, speak) as network:
                network.phone(NUMBER, callees.answered(broken))
                async with network.api() as lk:
                    await lk.sip.create_sip_participant(request(NUMBER, ROOM))

    async def test_that_is_a_machine_beeps_after_its_greeting(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        phone = callees.answered(callees.machine("Leave a message.", records=0.5))
        callee = await answering(network, agent, phone)
        assert await agent.left() == "CLIENT_INITIATED"
        # The room hears of it a moment before the callee's own phone has hung up.
        await callee.ends()
        assert callee.completed
        [greeting, beep] = callee.recording.callee.utterances
        assert power(callee.recording.callee.samples(greeting.start, greeting.end), 500.0) > 0.9
        assert power(callee.recording.callee.samples(beep.start, beep.end), 1000.0) > 0.9
        assert beep.end - beep.start == pytest.approx(0.4, abs=0.05)

    @pytest.mark.parametrize(
        "script",
        [callees.machine("Leave a message.", tone=False, records=0), callees.full_mailbox()],
    )
    async def test_that_is_another_machine_has_no_beep_and_hangs_up(
        self, network: PhoneNetwork, agent: PlainAgent, script: Script
    ) -> None:
        callee = await answering(network, agent, callees.answered(script))
        assert await agent.left() == "CLIENT_INITIATED"
        [greeting] = callee.recording.callee.utterances
        assert power(callee.recording.callee.samples(greeting.start, greeting.end), 500.0) > 0.9

    @pytest.mark.parametrize(
        ("script", "said_after"),
        [
            (callees.screening(callees.person("Hello?"), away=0.4), 2),
            (callees.hands_over(callees.person("Hello?"), away=0.4), 2),
        ],
    )
    async def test_goes_on_when_the_agent_has_spoken(
        self, network: PhoneNetwork, agent: PlainAgent, script: Script, said_after: int
    ) -> None:
        callee = await answering(network, agent, callees.answered(script))
        await asyncio.sleep(1.0)
        await agent.says(0.4)
        await callee.completes()
        [spoken] = callee.recording.agent.utterances
        said = callee.recording.callee.utterances
        assert len([utterance for utterance in said if utterance.start > spoken.end]) == said_after

    async def test_on_a_noisy_line_is_as_far_above_the_noise_as_stated(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        phone = callees.answered(callees.says("Hello?"), line=noisy(10.0))
        callee = await answering(network, agent, phone)
        await callee.completes()
        [said] = callee.recording.callee.utterances
        both = energy(callee.recording.callee.samples(said.start, said.end))
        noise = energy(callee.recording.callee.samples(said.start - 0.3, said.start - 0.1))
        assert 10 * np.log10((both - noise) / noise) == pytest.approx(10.0, abs=1.0)

    async def test_on_a_lossy_line_is_heard_in_part(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        sound = np.concatenate([speak("")[0]] * 5), 24_000
        phone = callees.answered(callees.says(sound), line=lossy(0.3))
        callee = await answering(network, agent, phone)
        await callee.completes()
        [said] = callee.recording.callee.utterances
        lost = np.mean(callee.recording.callee.samples(said.start, said.end) == 0)
        assert lost == pytest.approx(0.3, abs=0.1)

    async def test_that_goes_silent_stays_on_the_line(
        self, network: PhoneNetwork, agent: PlainAgent
    ) -> None:
        script = callees.in_turn(callees.says("Hello?"), callees.stops_sending())
        callee = await answering(network, agent, callees.answered(script))
        await callee.completes()
        sent = len(callee.recording.callee.samples())
        await callee.waits(0.5)
        assert len(callee.recording.callee.samples()) - sent <= 2 * RATE // 50
        assert not callee.gone.is_set()
        with pytest.raises(TimeoutError):
            await agent.left(within=0.3)
