"""Where and when the figures were taken; they are true of nothing else."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version


def machine() -> str:
    """One sentence: date, CPUs, load average of the last minute, versions."""
    load, _, _ = os.getloadavg()
    return (
        f"Taken {datetime.now(UTC):%Y-%m-%d} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} CPUs (load {load:.1f} at the start), "
        f"Python {platform.python_version()}, livekit-agents {version('livekit-agents')}, "
        f"SQLAlchemy {version('sqlalchemy')}."
    )
