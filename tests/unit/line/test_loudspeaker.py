"""What the session is told of what was heard."""

import asyncio

import pytest
from livekit import rtc
from livekit.agents.voice.io import PlaybackFinishedEvent

from reception.line.loudspeaker import FRAME, FRAME_BYTES, RATE, SILENCE, Loudspeaker

LOUD = b"\x11\x22"


@pytest.fixture
async def loudspeaker() -> Loudspeaker:
    return Loudspeaker()


@pytest.fixture
def finished(loudspeaker: Loudspeaker) -> list[tuple[float, bool]]:
    """How much was heard of each reply, and whether it was cut off."""
    heard: list[tuple[float, bool]] = []

    @loudspeaker.on("playback_finished")
    def note(event: PlaybackFinishedEvent) -> None:
        heard.append((round(event.playback_position, 3), event.interrupted))

    return heard


async def takes(loudspeaker: Loudspeaker, samples: int) -> None:
    await loudspeaker.capture_frame(rtc.AudioFrame(LOUD * samples, RATE, 1, samples))


Finished = list[tuple[float, bool]]


async def test_a_reply_is_heard_whole_and_its_last_frame_is_filled_up(
    loudspeaker: Loudspeaker, finished: Finished
) -> None:
    await takes(loudspeaker, FRAME + 100)
    loudspeaker.flush()
    assert loudspeaker.next_frame() == LOUD * FRAME
    assert not finished
    assert loudspeaker.next_frame() == (LOUD * 100).ljust(FRAME_BYTES, b"\0")
    assert finished == [(0.024, False)]
    await asyncio.wait_for(loudspeaker.wait_for_playout(), 1)


async def test_what_comes_slowly_waits_for_a_whole_frame(
    loudspeaker: Loudspeaker, finished: Finished
) -> None:
    await takes(loudspeaker, 100)
    assert loudspeaker.next_frame() == SILENCE
    await takes(loudspeaker, FRAME)
    assert loudspeaker.next_frame() == LOUD * FRAME
    assert (loudspeaker.quiet, finished) == (0.0, [])


async def test_cut_off_it_tells_how_much_was_heard(
    loudspeaker: Loudspeaker, finished: Finished
) -> None:
    await takes(loudspeaker, 10 * FRAME)
    loudspeaker.next_frame()
    loudspeaker.clear_buffer()
    await takes(loudspeaker, FRAME)
    loudspeaker.flush()
    loudspeaker.clear_buffer()
    assert loudspeaker.next_frame() == SILENCE
    assert finished == [(0.02, True)]
    await asyncio.wait_for(loudspeaker.wait_for_playout(), 1)


async def test_paused_it_keeps_what_is_left(loudspeaker: Loudspeaker, finished: Finished) -> None:
    await takes(loudspeaker, 2 * FRAME)
    loudspeaker.flush()
    loudspeaker.next_frame()
    loudspeaker.pause()
    assert [loudspeaker.next_frame() for _ in range(3)] == [SILENCE] * 3
    loudspeaker.resume()
    assert loudspeaker.next_frame() == LOUD * FRAME
    assert finished == [(0.04, False)]


async def test_it_counts_the_quiet_after_a_reply(loudspeaker: Loudspeaker) -> None:
    await takes(loudspeaker, FRAME)
    loudspeaker.flush()
    for _ in range(6):
        loudspeaker.next_frame()
    assert loudspeaker.quiet == pytest.approx(0.1)
    assert loudspeaker.played == pytest.approx(0.02)
