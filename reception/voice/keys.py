"""Several keys of one provider: used in turn, and one that hit its limit rests for a while."""

import time
from collections.abc import Callable, Sequence

REST_SECONDS = 20.0
"""Where a provider limits a key and does not say for how long."""
LONGEST_REST_SECONDS = 300.0


class KeyRing:
    """Hands out keys round robin. With all of them at rest, the one that rests the shortest."""

    def __init__(self, keys: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        if not keys:
            raise ValueError("a key ring needs a key")
        self._rests_until = dict.fromkeys(keys, 0.0)
        self._clock = clock

    def __len__(self) -> int:
        return len(self._rests_until)

    def next(self) -> str:
        now = self._clock()
        key = min(self._rests_until, key=lambda k: max(0.0, self._rests_until[k] - now))
        # The last in the dictionary is the last that was handed out.
        self._rests_until[key] = self._rests_until.pop(key)
        return key

    def rest(self, key: str, seconds: float | None = None) -> None:
        """Leave ``key`` alone for ``seconds``; None where the provider did not say how long."""
        wanted = REST_SECONDS if seconds is None else min(seconds, LONGEST_REST_SECONDS)
        if key in self._rests_until:
            self._rests_until[key] = self._clock() + wanted
