"""Whose modules the import time goes to, from ``python -X importtime``."""

import re
from collections import defaultdict

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", re.MULTILINE)


def seconds_by_package(report: str) -> dict[str, float]:
    """Seconds that each package's own modules took, without what they import; the most first."""
    spent: defaultdict[str, float] = defaultdict(float)
    for microseconds, module in _LINE.findall(report):
        spent[_package(module)] += int(microseconds) / 1e6
    return dict(sorted(spent.items(), key=lambda item: item[1], reverse=True))


def _package(module: str) -> str:
    """The top-level package; LiveKit's share a namespace, so theirs has two names."""
    parts = module.split(".")
    return ".".join(parts[:2] if parts[0] == "livekit" else parts[:1])
