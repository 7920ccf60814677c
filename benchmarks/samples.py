"""Durations of one thing done many times, and what is said about them."""

from collections.abc import Iterable
from statistics import median, quantiles


class Samples(list[float]):
    """Durations in seconds."""

    def __init__(self, seconds: Iterable[float] = ()) -> None:
        super().__init__(seconds)

    @property
    def median(self) -> float:
        """Seconds that half of them stay under."""
        return median(self)

    @property
    def p95(self) -> float:
        """Seconds that 95 of 100 stay under; of a single one, itself."""
        return quantiles(self, n=20, method="inclusive")[-1] if len(self) > 1 else self[0]

    @property
    def p99(self) -> float:
        """Seconds that 99 of 100 stay under; of a single one, itself."""
        return quantiles(self, n=100, method="inclusive")[-1] if len(self) > 1 else self[0]

    @property
    def per_second(self) -> float:
        """How many were done a second, all of them together."""
        return len(self) / sum(self)


def ms(seconds: float) -> str:
    """Seconds as milliseconds, to three digits where there are so many."""
    value = seconds * 1000
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def median_p95(samples: Samples) -> str:
    """``4.21 / 6.03``: the median and the 95th percentile in milliseconds."""
    return f"{ms(samples.median)} / {ms(samples.p95)}"
