"""The practice's policies: late changes, no free time, notice, and who is put through."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from reception.appointments.models import AppointmentStatus, Wish
from reception.calls.call import Call
from reception.calls.evidence import TransferAccepted
from reception.calls.outcome import OutcomeKind
from reception.calls.question import Question
from reception.calls.records import TaskReason
from reception.calls.result import DecisionKind, Ended, RequestKind
from reception.line import hang_up
from reception.line.hang_up import HangUp
from reception.line.text_line import TextLine
from reception.practice import LateChange, LateChanges
from tests.conversations.rehearsal import CHICAGO, NOW, Rehearsal, all_said, maria, spoken

SCHEDULED, CANCELLED = AppointmentStatus.SCHEDULED, AppointmentStatus.CANCELLED
FEE = "With less than a day's notice there is a fee of forty dollars."
TODAY = maria(starts_at=datetime(2026, 11, 23, 15, tzinfo=CHICAGO).astimezone(UTC))


def late(house: Rehearsal, **rules: object) -> Rehearsal:
    return house.with_practice(late_changes=LateChanges.model_validate({"hours": 24, **rules}))


class TestLateChanges:
    async def test_the_note_is_said_before_the_closed_question(self, house: Rehearsal) -> None:
        call, line = await late(house, note=FEE).begin(TODAY)
        await line.says("Yes")
        assert FEE not in all_said(call)
        await line.says("I need to cancel")
        assert (await house.book.appointment("maria-1")).status is SCHEDULED
        asked = call.turns[-1]
        assert FEE in asked.text
        assert asked.text.index(FEE) < asked.text.index("cancel")
        assert asked.asks is not None
        assert asked.asks.question is Question.CANCEL_SURE
        await line.says("Yes")
        await line.hangs_up()
        assert (await house.book.appointment("maria-1")).status is CANCELLED
        assert all_said(call).count(FEE) == 1

    async def test_it_is_told_once(self, house: Rehearsal) -> None:
        lines = ("Yes.", "Please cancel it.", "What was that?", "No.", "Could I come Friday?")
        call = await late(house, note=FEE).call(*lines, about=(TODAY,))
        assert (await house.book.appointment("maria-1")).starts_at == TODAY.starts_at
        assert all_said(call).count(FEE) == 1

    async def test_it_is_said_before_a_time_is_chosen(self, house: Rehearsal) -> None:
        call = await late(house, note=FEE).call("Yes", "Another day please", about=(TODAY,))
        assert (await house.book.appointment("maria-1")).starts_at == TODAY.starts_at
        assert call.turns[-1].text.startswith(FEE)
        assert call.offered

    async def test_whoever_takes_the_phone_hears_it_too(self, house: Rehearsal) -> None:
        lines = ("Yes", "Cancel it", "Hold on, I'll put my wife on", "Hello?", "Yes", "Cancel it")
        call = await late(house, note=FEE).call(*lines, about=(TODAY,))
        assert (await house.book.appointment("maria-1")).status is SCHEDULED
        assert all_said(call).count(FEE) == 2

    async def test_in_good_time_it_is_not_said(self, house: Rehearsal) -> None:
        call = await late(house, note=FEE).call("Yes", "Cancel it", "Yes")
        assert (await house.book.appointment("maria-1")).status is CANCELLED
        assert FEE not in all_said(call)

    async def test_a_late_cancellation_may_be_the_desks(self, house: Rehearsal) -> None:
        rules = late(house, cancel=LateChange.DESK)
        call = await rules.call("Yes", "Cancel it", "Yes", "No, bye", about=(TODAY,))
        assert (await house.book.appointment("maria-1")).status is SCHEDULED
        assert [t.reason for t in await house.ledger.tasks()] == [TaskReason.CHANGE_WANTED]
        assert call.outcome.kind is OutcomeKind.CHANGE_REQUESTED
        assert "passed on" in all_said(call)
        assert "is cancelled" not in all_said(call)

    async def test_a_late_move_may_be_the_desks(self, house: Rehearsal) -> None:
        lines = ("Yes", "Another day please", "The first one", "No, bye")
        call = await late(house, move=LateChange.DESK).call(*lines, about=(TODAY,))
        assert (await house.book.appointment("maria-1")).starts_at == TODAY.starts_at
        assert call.decisions["maria-1"].kind is DecisionKind.CHANGE_REQUESTED
        assert "until then the old time stands" in all_said(call)

    async def test_to_confirm_is_never_late(self, house: Rehearsal) -> None:
        strict = late(house, cancel=LateChange.DESK, move=LateChange.DESK, note=FEE)
        call = await strict.call("Yes", "Yes", "No, bye", about=(TODAY,))
        assert call.outcome.kind is OutcomeKind.CONFIRMED
        assert FEE not in all_said(call)

    async def test_one_rule_does_not_bind_the_other(self, house: Rehearsal) -> None:
        rules = late(house, move=LateChange.DESK)
        await rules.call("Yes", "Cancel it", "Yes", about=(TODAY,))
        assert (await house.book.appointment("maria-1")).status is CANCELLED


class TestTimes:
    async def test_moved_twice_there_is_one_appointment_and_the_old_times_are_free(
        self, house: Rehearsal
    ) -> None:
        call, line = await house.begin()
        for text in ("Yes", "Can we do Wednesday?", "The first one"):
            await line.says(text)
        first = (await house.book.appointment("maria-1")).starts_at
        for text in ("Actually, can we do Friday instead?", "The first one", "No, bye"):
            await line.says(text)
        await line.close()
        kept = await house.book.appointment("maria-1")
        assert kept.starts_at.astimezone(CHICAGO).weekday() == 4
        assert [a.id for a in await house.book.upcoming(call.brief.phone, NOW + timedelta(60))] == [
            "maria-1"
        ]
        other = maria(id="other", starts_at=kept.starts_at + timedelta(days=7))
        free = {
            slot.starts_at
            for day in (maria().starts_at, first)
            for slot in await house.book.find_slots(
                other, Wish(on_or_after=day.date(), on_or_before=day.date()), 99
            )
        }
        assert {maria().starts_at, first} <= free
        assert kept.starts_at not in free
        assert call.outcome.kind is OutcomeKind.RESCHEDULED

    async def test_nothing_is_offered_within_the_minimum_notice(self, house: Rehearsal) -> None:
        hours = 30.0
        strict = house.with_practice(minimum_notice_hours=hours)
        call = await strict.call("Yes", "Could we make it today or tomorrow morning?")
        assert (await house.book.appointment("maria-1")) == maria()
        assert call.offered
        assert min(slot.starts_at for slot in call.offered) >= NOW + timedelta(hours=hours)

    async def test_what_moved_meanwhile_is_not_moved_again_unasked(self, house: Rehearsal) -> None:
        call, line = await house.begin()
        await line.says("Yes")
        await line.says("Another day")
        elsewhere = maria(starts_at=datetime(2026, 11, 27, 11, tzinfo=CHICAGO).astimezone(UTC))
        await house.file(elsewhere)
        await line.says("The first one")
        assert (await house.book.appointment("maria-1")).starts_at == elsewhere.starts_at
        assert "eleven in the morning" in call.turns[-1].text
        assert call.stage == "confirmation"
        await line.hangs_up()


class TestPutThrough:
    """In opening hours, where the practice names a number and the line can do it."""

    @pytest.fixture
    def staffed(self, house: Rehearsal) -> Rehearsal:
        place = house.practice.locations["main-street"]
        staffed = place.model_copy(update={"staff_number": "+12175550101"})
        return house.with_practice(locations={"main-street": staffed})

    async def asked(
        self, house: Rehearsal, answers: Callable[[str], Awaitable[bool]], *before: str
    ) -> tuple[Call, TextLine]:
        call, line = await house.begin()
        assert isinstance(call.line, HangUp)
        call.line._transfer = answers
        for text in (*before, "I want to talk to somebody at the office."):
            await line.says(text)
        return call, line

    @pytest.mark.parametrize("before", [[], ["Yes"], ["Yes", "Another day"]])
    async def test_the_line_takes_them_there(self, staffed: Rehearsal, before: list[str]) -> None:
        numbers: list[str] = []

        async def accept(number: str) -> bool:
            numbers.append(number)
            return True

        call, line = await self.asked(staffed, accept, *before)
        await line.close()
        assert await staffed.book.appointment("maria-1") == maria()
        assert numbers == ["+12175550101"]
        settled = await staffed.ledger.settled(call.id)
        assert settled is not None
        assert settled.kind == OutcomeKind.TRANSFERRED
        assert TransferAccepted("+12175550101") in call.outcome.evidence
        assert await staffed.ledger.tasks() == (), "nobody needs to call them as well"
        assert "connect" in call.turns[-1].text or "put you through" in call.turns[-1].text

    async def test_a_receipt_from_before_stays_the_outcome(self, staffed: Rehearsal) -> None:
        call, line = await self.asked(staffed, _accepts, "Yes", "Yes, I'll be there")
        await line.close()
        assert (await staffed.book.appointment("maria-1")).status is AppointmentStatus.CONFIRMED
        assert call.outcome.kind is OutcomeKind.CONFIRMED
        assert call.requests[0].proof == TransferAccepted("+12175550101")

    @pytest.mark.parametrize("before", [[], ["Yes"]])
    @pytest.mark.parametrize("how", ["refuses", "never answers"])
    async def test_nobody_there_is_said_and_left_to_the_desk(
        self, staffed: Rehearsal, monkeypatch: pytest.MonkeyPatch, how: str, before: list[str]
    ) -> None:
        monkeypatch.setattr(hang_up, "TRANSFER_SECONDS", 0.05)
        answers = _refuses if how == "refuses" else _never_answers
        async with asyncio.timeout(5):
            call, line = await self.asked(staffed, answers, *before)
        (task,) = await staffed.ledger.tasks()
        assert task.reason is TaskReason.STAFF_WANTED
        assert "nobody could take" in call.turns[-1].text or "couldn't get" in call.turns[-1].text
        if before:
            assert call.turns[-1].asks is not None, "the call goes on"
            await line.says("Yes, I'll be there")
            await line.hangs_up()
            assert (await staffed.book.appointment("maria-1")).status == "confirmed"
        else:
            await line.close()
            assert call.outcome.kind is OutcomeKind.CALLBACK
            assert call.ending is not None
            assert call.ending.ended is Ended.GOODBYE

    async def test_without_a_number_the_line_is_not_asked(self, house: Rehearsal) -> None:
        call, line = await self.asked(house, _must_not_be_asked, "Yes")
        await line.hangs_up()
        assert call.outcome.kind is OutcomeKind.CALLBACK
        assert len(await house.ledger.tasks()) == 1

    @pytest.mark.parametrize("before", [[], ["Yes"]])
    async def test_when_the_desk_is_closed_the_next_opening_is_named(
        self, staffed: Rehearsal, before: list[str]
    ) -> None:
        house = staffed.at(NOW.replace(hour=20))
        call, line = await self.asked(house, _must_not_be_asked, *before)
        if not line.ended:
            await line.hangs_up()
        await line.close()
        assert len(await house.ledger.tasks()) == 1
        (request,) = call.requests
        assert request.kind is RequestKind.STAFF
        assert request.when == datetime(2026, 11, 24, 8, tzinfo=CHICAGO)
        assert "tomorrow, Tuesday the 24th, at eight in the morning" in spoken(call)[-1].text
        assert call.outcome.kind is OutcomeKind.CALLBACK

    async def test_a_day_off_is_closed(self, staffed: Rehearsal) -> None:
        off = staffed.practice.holidays.model_copy(update={"also": (NOW.date(),)})
        call, line = await self.asked(staffed.with_practice(holidays=off), _must_not_be_asked)
        await line.close()
        assert call.requests[0].when == datetime(2026, 11, 24, 8, tzinfo=CHICAGO)


async def _accepts(number: str) -> bool:
    return True


async def _refuses(number: str) -> bool:
    return False


async def _never_answers(number: str) -> bool:
    await asyncio.sleep(3600)
    return True


async def _must_not_be_asked(number: str) -> bool:
    raise AssertionError(number)
