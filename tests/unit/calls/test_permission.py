"""Who may be called, and when. Whatever is not known means no."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reception.appointments.book import BookUnavailable
from reception.appointments.models import Appointment, AppointmentStatus, Consent
from reception.calls.permission import Rule, ask_permission, decide
from reception.calls.records import PlacedCall
from tests.conversations.rehearsal import CHICAGO, NOW, Rehearsal, maria, recipient

PHONE = "+12175550142"


def allowed(now: datetime = NOW, **changes: Any) -> Rule | None:
    return decide([maria(**changes)], PHONE, now).rule


def test_with_consent_in_the_daytime_a_scheduled_appointment_is_called_about() -> None:
    assert decide([maria()], PHONE, NOW).given


@pytest.mark.parametrize(
    ("hour", "minute", "rule"),
    [(7, 59, Rule.HOURS), (8, 0, None), (20, 59, None), (21, 0, Rule.HOURS), (3, 0, Rule.HOURS)],
)
def test_the_hours_are_those_of_the_recipient(hour: int, minute: int, rule: Rule | None) -> None:
    there = datetime(2026, 11, 23, hour, minute, tzinfo=ZoneInfo("America/New_York"))
    someone = recipient(time_zone="America/New_York")
    assert allowed(there.astimezone(CHICAGO), recipient=someone) is rule


@pytest.mark.parametrize("consent", [Consent.UNKNOWN, Consent.REFUSED])
def test_without_consent_nobody_is_called(consent: Consent) -> None:
    assert allowed(recipient=recipient(consent=consent)) is Rule.CONSENT


@pytest.mark.parametrize(
    "changes",
    [
        {"status": AppointmentStatus.CONFIRMED},
        {"status": AppointmentStatus.CANCELLED},
        {"starts_at": NOW - timedelta(hours=1)},
    ],
)
def test_nobody_is_called_about_nothing(changes: dict[str, Any]) -> None:
    assert allowed(**changes) is Rule.NOTHING_DUE


def test_a_number_that_changed_meanwhile_is_not_called() -> None:
    assert allowed(recipient=recipient(phone="+12175550199")) is Rule.UNKNOWN


class TestAsked:
    async def test_an_opt_out_outranks_consent(self, house: Rehearsal) -> None:
        await house.file(maria())
        await house.ledger.place_call(PlacedCall("call-1", PHONE, ("maria-1",), rehearsal=False))
        assert (await ask_permission(house.ledger, house.book, PHONE, ["maria-1"])).given
        await house.ledger.stop_calling(PHONE, "call-1")
        refused = await ask_permission(house.ledger, house.book, PHONE, ["maria-1"])
        assert refused.rule is Rule.DO_NOT_CALL

    async def test_an_appointment_that_is_gone_is_no_permission(self, house: Rehearsal) -> None:
        refused = await ask_permission(house.ledger, house.book, PHONE, ["nobody"])
        assert refused.rule is Rule.UNKNOWN

    async def test_a_book_out_of_reach_is_no_permission(
        self, house: Rehearsal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(*_: object) -> Appointment:
            raise BookUnavailable("the book cannot be reached")

        book = house.book
        monkeypatch.setattr(book, "appointment", away)
        refused = await ask_permission(house.ledger, book, PHONE, ["maria-1"])
        assert (refused.rule, refused.reason) == (
            Rule.UNKNOWN,
            "could not be asked: BookUnavailable",
        )
