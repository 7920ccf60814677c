"""What the telephone network says, and how the call ended by that."""

import pytest

from reception.calls.result import Ended
from reception.line.dial import ending_of


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (486, Ended.BUSY),
        (600, Ended.BUSY),
        (408, Ended.NO_ANSWER),
        (480, Ended.NO_ANSWER),
        (487, Ended.NO_ANSWER),
        (603, Ended.DECLINED),
        (404, Ended.INVALID_NUMBER),
        (484, Ended.INVALID_NUMBER),
        (403, Ended.FAILED),
        (503, Ended.FAILED),
        (None, Ended.FAILED),
    ],
)
def test_a_sip_status_is_kept_with_what_it_means(status: int | None, ended: Ended) -> None:
    ending = ending_of(status, "as said")
    assert ending.ended is ended
    assert ending.report is not None
    assert (ending.report.sip_status, ending.report.reason) == (status, "as said")
