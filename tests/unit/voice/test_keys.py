"""Several keys of one provider, in turn; a limited one rests."""

from dataclasses import dataclass

import pytest

from reception.voice.keys import REST_SECONDS, KeyRing


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_keys_are_used_in_turn(clock: Clock) -> None:
    ring = KeyRing(["a", "b", "c"], clock)
    assert [ring.next() for _ in range(5)] == ["a", "b", "c", "a", "b"]


def test_a_limited_key_is_left_alone_for_as_long_as_the_provider_said(clock: Clock) -> None:
    ring = KeyRing(["a", "b"], clock)
    ring.rest("a", 7.0)
    assert [ring.next() for _ in range(3)] == ["b", "b", "b"]
    clock.now = 7.0
    assert {ring.next(), ring.next()} == {"a", "b"}


def test_where_it_did_not_say_a_while_is_enough(clock: Clock) -> None:
    ring = KeyRing(["a", "b"], clock)
    ring.rest("a")
    clock.now = REST_SECONDS - 1
    assert ring.next() == "b"
    assert ring.next() == "b"


def test_with_all_at_rest_the_one_that_rests_shortest_is_used(clock: Clock) -> None:
    ring = KeyRing(["a", "b"], clock)
    ring.rest("a", 9)
    ring.rest("b", 3)
    assert ring.next() == "b"


def test_a_key_nobody_has_cannot_rest(clock: Clock) -> None:
    ring = KeyRing(["a"], clock)
    ring.rest("stranger", 9)
    assert ring.next() == "a"


def test_a_ring_needs_a_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        KeyRing([])
