"""A time as a model or the policy names it."""

from datetime import datetime

from reception.calls.call import Call


def moment_ahead(call: Call, when: str) -> datetime | None:
    """``when`` in ISO 8601, in the recipient's zone unless it says another; only if it is ahead."""
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=call.brief.zone)
    return at if at > call.now() else None
