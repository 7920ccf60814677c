"""Importing: the file has the say, but for what a call has changed since."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from reception.appointments.importing import (
    BATCH,
    Cancelled,
    Conflict,
    Filed,
    ImportReport,
    Reading,
    import_reading,
)
from reception.appointments.models import Appointment, AppointmentStatus, Consent, Wish
from reception.appointments.sql_book import SqlBook
from reception.appointments.tables import AppointmentRow, CellRow
from reception.database import Database
from tests.unit.appointments.given import a_key, an_appointment, at, import_all


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.added, report.updated, report.unchanged


async def test_the_same_file_again_changes_nothing(database: Database, book: SqlBook) -> None:
    file = [an_appointment("a-1"), an_appointment("a-2", starts_at=at(4, 9))]
    assert counts(await import_all(database, *file)) == (2, 0, 0)
    assert counts(await import_all(database, *file)) == (0, 0, 2)
    assert (await book.appointment("a-1")).version == 1


async def test_a_changed_row_is_updated(database: Database, book: SqlBook) -> None:
    await import_all(database, an_appointment())
    moved = an_appointment(
        starts_at=at(4, 9), duration=timedelta(minutes=60), service="cleaning", provider="chen"
    )
    assert counts(await import_all(database, moved)) == (0, 1, 0)
    assert await book.appointment("a-1") == moved.model_copy(update={"version": 2})


async def test_a_moved_appointment_holds_its_new_time_only(database: Database) -> None:
    await import_all(database, an_appointment())
    await import_all(database, an_appointment(starts_at=at(4, 9), provider="patel"))
    async with database.reading() as session:
        cells = (await session.scalars(select(CellRow).order_by(CellRow.starts_at))).all()
    assert {cell.provider for cell in cells} == {"patel"}
    assert [cell.starts_at for cell in cells] == [
        at(4, 9) + timedelta(minutes=5 * number) for number in range(6)
    ]


async def test_a_second_row_with_the_same_id_is_reported(database: Database, book: SqlBook) -> None:
    report = await import_all(database, an_appointment(), an_appointment(starts_at=at(4, 9)))
    assert counts(report) == (1, 0, 0)
    (error,) = report.errors
    assert (error.line, error.field) == (3, "appointment_id")
    assert "line 2" in error.reason
    assert (await book.appointment("a-1")).starts_at == at(3, 10)


async def test_a_provider_may_be_overbooked_and_keeps_both(
    database: Database, book: SqlBook
) -> None:
    report = await import_all(
        database, an_appointment("a-1"), an_appointment("a-2", starts_at=at(3, 10, 15))
    )
    assert counts(report) == (2, 0, 0)
    async with database.reading() as session:
        holders = await session.scalars(select(CellRow.appointment_id).order_by(CellRow.starts_at))
        assert list(holders) == ["a-1"] * 6 + ["a-2"] * 3


async def test_what_is_booked_is_not_offered(database: Database, book: SqlBook) -> None:
    other = an_appointment("a-2", starts_at=at(4, 8))
    await import_all(database, an_appointment(), other)
    wednesday = Wish(on_or_after=at(4, 0).date(), on_or_before=at(4, 0).date())
    slots = await book.find_slots(an_appointment(), wednesday, 1)
    assert [slot.starts_at for slot in slots] == [at(4, 8, 30)]


async def test_people_change_with_the_file(database: Database, book: SqlBook) -> None:
    await import_all(database, an_appointment())
    one = an_appointment()
    changed = an_appointment(
        customer=one.customer.model_copy(update={"date_of_birth": None}),
        recipient=one.recipient.model_copy(update={"language": "es"}),
    )
    assert counts(await import_all(database, changed)) == (0, 1, 0)
    assert await book.appointment("a-1") == changed.model_copy(update={"version": 2})


async def test_two_appointments_may_share_their_people(database: Database, book: SqlBook) -> None:
    await import_all(database, an_appointment("a-1"), an_appointment("a-2", starts_at=at(4, 9)))
    assert len(await book.upcoming("+12175550142", at(20, 0))) == 2


class TestAfterACall:
    """The call has confirmed, cancelled or moved the appointment of an earlier import."""

    @pytest.fixture
    async def maria(self, database: Database, book: SqlBook) -> Appointment:
        await import_all(database, an_appointment())
        return await book.appointment("a-1")

    @pytest.fixture
    async def moved(self, book: SqlBook, maria: Appointment) -> Appointment:
        wish = Wish(on_or_after=at(4, 0).date(), from_time=at(4, 9).time())
        (slot,) = await book.find_slots(maria, wish, 1)
        return (await book.reschedule(maria, slot, a_key())).appointment

    async def test_the_file_as_it_was_changes_nothing(
        self, database: Database, book: SqlBook, moved: Appointment
    ) -> None:
        assert counts(await import_all(database, an_appointment())) == (0, 0, 1)
        assert await book.appointment("a-1") == moved

    async def test_a_row_that_says_something_new_is_a_conflict(
        self, database: Database, book: SqlBook, moved: Appointment
    ) -> None:
        filed = an_appointment(starts_at=at(6, 11))
        for _ in range(2):
            report = await import_all(database, filed)
            assert counts(report) == (0, 0, 0)
            assert report.conflicts == (Conflict(line=2, current=moved, filed=filed),)
            assert await book.appointment("a-1") == moved

    async def test_a_confirmed_appointment_is_not_moved_either(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        confirmed = (await book.confirm(maria, a_key())).appointment
        report = await import_all(database, an_appointment(starts_at=at(6, 11)))
        assert [conflict.current for conflict in report.conflicts] == [confirmed]

    async def test_a_cancelled_appointment_does_not_come_back(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        await book.cancel(maria, a_key())
        report = await import_all(database, an_appointment(starts_at=at(6, 11)))
        assert len(report.conflicts) == 1
        assert (await book.appointment("a-1")).status is AppointmentStatus.CANCELLED

    async def test_a_cancelled_appointment_does_not_come_back_at_its_last_time(
        self, database: Database, book: SqlBook, moved: Appointment
    ) -> None:
        await book.cancel(moved, a_key("tool-2"))
        report = await import_all(database, an_appointment(starts_at=moved.starts_at))
        assert len(report.conflicts) == 1

    async def test_a_row_that_says_what_the_call_wrote_ends_the_difference(
        self, database: Database, book: SqlBook, moved: Appointment
    ) -> None:
        caught_up = an_appointment(starts_at=moved.starts_at)
        for _ in range(2):
            assert counts(await import_all(database, caught_up)) == (0, 0, 1)
        assert await book.appointment("a-1") == moved
        # From now on the file has the say again.
        later = an_appointment(starts_at=at(6, 11))
        assert counts(await import_all(database, later)) == (0, 1, 0)
        assert (await book.appointment("a-1")).starts_at == at(6, 11)

    async def test_a_refused_consent_counts_whatever_the_call_did(
        self, database: Database, book: SqlBook, moved: Appointment
    ) -> None:
        refused = an_appointment().recipient.model_copy(update={"consent": Consent.REFUSED})
        report = await import_all(database, an_appointment(recipient=refused, starts_at=at(6, 11)))
        assert len(report.conflicts) == 1
        current = await book.appointment("a-1")
        assert current.recipient.consent is Consent.REFUSED
        assert current.starts_at == moved.starts_at


async def cancel(database: Database, *appointment_ids: str) -> ImportReport:
    """What a file that calls these appointments cancelled, one a line, does to the book."""
    cancelled = (Cancelled(line, one) for line, one in enumerate(appointment_ids, start=2))
    return await import_reading(database, Reading((), cancelled=tuple(cancelled)))


class TestWhatAFileCancels:
    @pytest.fixture
    async def maria(self, database: Database, book: SqlBook) -> Appointment:
        await import_all(database, an_appointment())
        return await book.appointment("a-1")

    async def test_is_cancelled_once_and_lets_go_of_its_time(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        assert counts(await cancel(database, "a-1")) == (0, 1, 0)
        assert counts(await cancel(database, "a-1")) == (0, 0, 1)
        cancelled = {"status": AppointmentStatus.CANCELLED, "version": 2}
        assert await book.appointment("a-1") == maria.model_copy(update=cancelled)
        async with database.reading() as session:
            assert (await session.scalars(select(CellRow))).all() == []

    async def test_may_be_unknown_to_the_book(self, database: Database) -> None:
        assert counts(await cancel(database, "x-1")) == (0, 0, 1)
        async with database.reading() as session:
            assert (await session.scalars(select(AppointmentRow))).all() == []

    async def test_comes_back_when_a_later_file_has_it_again(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        await cancel(database, "a-1")
        assert counts(await import_all(database, an_appointment())) == (0, 1, 0)
        assert await book.appointment("a-1") == maria.model_copy(update={"version": 3})
        async with database.reading() as session:
            assert len((await session.scalars(select(CellRow))).all()) == 6

    @pytest.mark.parametrize("change", ["confirm", "reschedule"])
    async def test_is_a_conflict_when_a_call_has_spoken_since(
        self, database: Database, book: SqlBook, maria: Appointment, change: str
    ) -> None:
        if change == "confirm":
            left = (await book.confirm(maria, a_key())).appointment
        else:
            (slot,) = await book.find_slots(maria, Wish(on_or_after=at(4, 0).date()), 1)
            left = (await book.reschedule(maria, slot, a_key())).appointment
        for _ in range(2):
            report = await cancel(database, "a-1")
            assert counts(report) == (0, 0, 0)
            assert report.conflicts == (Conflict(2, left, Cancelled(2, "a-1")),)
            assert await book.appointment("a-1") == left

    async def test_ends_the_difference_when_the_call_cancelled_it_too(
        self, database: Database, book: SqlBook, maria: Appointment
    ) -> None:
        left = (await book.cancel(maria, a_key())).appointment
        for _ in range(2):
            assert counts(await cancel(database, "a-1")) == (0, 0, 1)
        assert await book.appointment("a-1") == left
        # From now on the file has the say again.
        assert counts(await import_all(database, an_appointment())) == (0, 1, 0)
        assert (await book.appointment("a-1")).status is AppointmentStatus.SCHEDULED

    async def test_may_not_stand_there_otherwise_as_well(self, database: Database) -> None:
        both = Reading((Filed(2, an_appointment()),), cancelled=(Cancelled(9, "a-1"),))
        report = await import_reading(database, both)
        assert counts(report) == (1, 0, 0)
        assert [(error.line, error.field) for error in report.errors] == [(9, "appointment_id")]


async def test_progress_is_told_batch_by_batch(database: Database) -> None:
    filed = tuple(
        Filed(number, an_appointment(f"a-{number}", starts_at=at(3, 10)))
        for number in range(BATCH + 1)
    )
    told: list[tuple[int, int]] = []
    await import_reading(database, Reading(filed), lambda *numbers: told.append(numbers))
    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]
    async with database.reading() as session:
        assert len((await session.scalars(select(AppointmentRow.id))).all()) == BATCH + 1
