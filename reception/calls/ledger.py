"""The ledger: what happened in every call, who may not be called, and what the desk must do."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from reception.appointments.models import Consent, WriteKey
from reception.calls.evidence import DoNotCallEntry, StaffTaskFiled
from reception.calls.records import KeptCall, PlacedCall, SettledCall, StaffTask, TaskReason
from reception.calls.result import Ending
from reception.calls.tables import (
    AttemptRow,
    CallRow,
    ConsentRow,
    DoNotCallRow,
    OutcomeRow,
    StaffTaskRow,
)
from reception.database import Database

_TASKS = uuid.UUID("6f4e1f0a-5a3b-4c61-9a52-0c2f7c1d9e10")


class CallTakenError(Exception):
    """This call was already opened, by another dispatch or an earlier process."""


class TaskNotFoundError(Exception):
    """The desk was never given such a task."""


class Ledger:
    """The ledger in the program's database. Its methods raise ``DatabaseError``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def open_call(self, call_id: str, phone: str, appointment_ids: Sequence[str]) -> None:
        """Open a call and its first attempt. Raises ``CallTakenError`` if it was open."""
        async with self._database.writing() as session:
            if await session.get(CallRow, call_id) is not None:
                raise CallTakenError(f"call {call_id} was already opened")
            placed = PlacedCall(call_id, phone, tuple(appointment_ids), rehearsal=False)
            session.add(self._call_row(placed))
            await session.flush()
            session.add(AttemptRow(call_id=call_id, number=1, started_at=self._clock()))

    async def place_call(self, call: PlacedCall) -> None:
        """Write down a call that a worker shall carry out."""
        async with self._database.writing() as session:
            session.add(self._call_row(call))

    def _call_row(self, call: PlacedCall) -> CallRow:
        return CallRow(
            id=call.id,
            phone=call.phone,
            appointment_ids=list(call.appointment_ids),
            opened_at=self._clock(),
            rehearsal=call.rehearsal,
            trace_parent=call.trace_parent,
        )

    async def claim(self, call_id: str) -> PlacedCall:
        """Take a placed call, so that nobody else carries it out as well.

        Raises ``CallTakenError`` where another has, or where the call was never placed.
        """
        try:
            async with self._database.writing() as session:
                row = await session.get(CallRow, call_id)
                if row is None:
                    raise CallTakenError(f"call {call_id} was never placed")
                now = self._clock()
                session.add(AttemptRow(call_id=call_id, number=1, started_at=now, seen_at=now))
                await session.flush()
                return _placed(row)
        except IntegrityError as error:
            raise CallTakenError(f"call {call_id} was taken before") from error

    async def lives(self, call_id: str) -> None:
        """Say that the process which carries the call out is alive."""
        async with self._database.writing() as session:
            await session.execute(
                update(AttemptRow)
                .where(AttemptRow.call_id == call_id, AttemptRow.ended_at.is_(None))
                .values(seen_at=self._clock())
            )

    async def claimed(self, call_id: str) -> bool:
        """Whether a worker has taken a placed call."""
        async with self._database.reading() as session:
            return await session.get(AttemptRow, (call_id, 1)) is not None

    async def silent_since(self, moment: datetime) -> tuple[PlacedCall, ...]:
        """Calls on which no process has said since ``moment`` that it lives, and without outcome.

        Calls in text have no process to watch, and are not among them.
        """
        silent = (
            select(CallRow)
            .join(AttemptRow, AttemptRow.call_id == CallRow.id)
            .outerjoin(OutcomeRow, OutcomeRow.call_id == CallRow.id)
            .where(AttemptRow.seen_at < moment, OutcomeRow.call_id.is_(None))
            .order_by(CallRow.id)
        )
        async with self._database.reading() as session:
            rows = await session.scalars(silent)
            return tuple(map(_placed, rows))

    async def unsettled(self, moment: datetime) -> int:
        """How many calls of the day before ``moment`` have no outcome."""
        open_calls = (
            select(func.count())
            .select_from(CallRow)
            .outerjoin(OutcomeRow, OutcomeRow.call_id == CallRow.id)
            .where(
                CallRow.opened_at <= moment,
                CallRow.opened_at > moment - timedelta(days=1),
                OutcomeRow.call_id.is_(None),
            )
        )
        async with self._database.reading() as session:
            return await session.scalar(open_calls) or 0

    async def settle(
        self,
        call_id: str,
        ending: Ending,
        *,
        kind: str,
        evidence: list[Any],
        decisions: list[Any],
        requests: list[Any],
        manner: dict[str, Any],
        cost: dict[str, Any],
    ) -> bool:
        """Write how a call ended and its outcome, once. False when it was settled before."""
        async with self._database.writing() as session:
            if await session.get(OutcomeRow, call_id) is not None:
                return False
            now = self._clock()
            last = select(func.max(AttemptRow.number)).where(AttemptRow.call_id == call_id)
            number = (await session.execute(last)).scalar_one()
            if number is None:
                # Nobody took it: the attempt is that of whoever placed it.
                number = 1
                session.add(AttemptRow(call_id=call_id, number=number, started_at=now))
                await session.flush()
            attempt = await session.get_one(AttemptRow, (call_id, number))
            attempt.ended_at, attempt.ended = now, ending.ended
            if ending.report is not None:
                attempt.sip_status = ending.report.sip_status
                attempt.reason = ending.report.reason
            session.add(
                OutcomeRow(
                    call_id=call_id,
                    kind=kind,
                    evidence=evidence,
                    decisions=decisions,
                    requests=requests,
                    manner=manner,
                    cost=cost,
                    settled_at=now,
                )
            )
        return True

    async def wordings_heard(self, phone: str, calls: int = 3) -> frozenset[str]:
        """The names of the wordings that were used on the last calls to a number."""
        last = (
            select(OutcomeRow.manner)
            .join(CallRow, OutcomeRow.call_id == CallRow.id)
            .where(CallRow.phone == phone)
            .order_by(OutcomeRow.settled_at.desc(), OutcomeRow.call_id)
            .limit(calls)
        )
        async with self._database.reading() as session:
            rows = await session.scalars(last)
            return frozenset(name for manner in rows for name in manner.get("used", ()))

    async def settled(self, call_id: str) -> SettledCall | None:
        """The outcome of a call as it is kept, or None while there is none."""
        async with self._database.reading() as session:
            row = await session.get(OutcomeRow, call_id)
            return None if row is None else _settled(row)

    async def calls_since(self, moment: datetime) -> tuple[KeptCall, ...]:
        """The calls that were opened since ``moment``, oldest first."""
        opened = (
            select(CallRow, OutcomeRow)
            .outerjoin(OutcomeRow, OutcomeRow.call_id == CallRow.id)
            .where(CallRow.opened_at >= moment)
            .order_by(CallRow.opened_at, CallRow.id)
        )
        async with self._database.reading() as session:
            return tuple(_kept(call, row) for call, row in await session.execute(opened))

    async def stop_calling(self, phone: str, call_id: str | None) -> DoNotCallEntry:
        """Put a number on the do-not-call list, withdraw its consent, and read the entry back."""
        async with self._database.writing() as session:
            if await session.get(DoNotCallRow, phone) is None:
                now = self._clock()
                session.add(DoNotCallRow(phone=phone, since=now, call_id=call_id))
                session.add(
                    ConsentRow(
                        phone=phone, consent=Consent.REFUSED, source="opt-out", stated_at=now
                    )
                )
        entry = await self.do_not_call(phone)
        if entry is None:
            raise LookupError(f"{phone} was written to the do-not-call list but is not in it")
        return entry

    async def do_not_call(self, phone: str) -> DoNotCallEntry | None:
        """The number's entry in the do-not-call list, if it has one."""
        async with self._database.reading() as session:
            row = await session.get(DoNotCallRow, phone)
            return None if row is None else DoNotCallEntry(row.phone, row.since)

    async def opted_out_on(self, call_id: str) -> DoNotCallEntry | None:
        """The entry in the do-not-call list that was made on this call."""
        asked = select(DoNotCallRow).where(DoNotCallRow.call_id == call_id)
        async with self._database.reading() as session:
            row = await session.scalar(asked)
            return None if row is None else DoNotCallEntry(row.phone, row.since)

    async def tasks_of(self, call_id: str) -> tuple[StaffTaskFiled, ...]:
        """The desk's tasks that a call has left."""
        filed = select(StaffTaskRow.id).where(StaffTaskRow.call_id == call_id)
        async with self._database.reading() as session:
            return tuple(StaffTaskFiled(task) for task in await session.scalars(filed))

    async def consent(self, phone: str) -> Consent:
        """What people last said on a call about being called; unknown when nothing was."""
        latest = (
            select(ConsentRow.consent)
            .where(ConsentRow.phone == phone)
            .order_by(ConsentRow.id.desc())
            .limit(1)
        )
        async with self._database.reading() as session:
            found = await session.scalar(latest)
            return Consent.UNKNOWN if found is None else Consent(found)

    async def file_task(
        self, key: WriteKey, reason: TaskReason, note: str, appointment_id: str | None = None
    ) -> StaffTaskFiled:
        """Give the desk a task, once for each key, and read it back."""
        task_id = uuid.uuid5(_TASKS, f"{key.call_id} {key.invocation}").hex[:12]
        async with self._database.writing() as session:
            if await session.get(StaffTaskRow, task_id) is None:
                session.add(
                    StaffTaskRow(
                        id=task_id,
                        call_id=key.call_id,
                        appointment_id=appointment_id,
                        reason=reason,
                        note=note,
                        filed_at=self._clock(),
                    )
                )
        async with self._database.reading() as session:
            return StaffTaskFiled((await session.get_one(StaffTaskRow, task_id)).id)

    async def tasks(self, *, also_closed: bool = False) -> tuple[StaffTask, ...]:
        """What the desk has to do, oldest first; with ``also_closed`` what it has done as well."""
        wanted = (
            select(StaffTaskRow, CallRow)
            .join(CallRow, StaffTaskRow.call_id == CallRow.id)
            .order_by(StaffTaskRow.filed_at, StaffTaskRow.id)
        )
        if not also_closed:
            wanted = wanted.where(StaffTaskRow.closed_at.is_(None))
        async with self._database.reading() as session:
            return tuple(_task(row, call) for row, call in await session.execute(wanted))

    async def close_task(self, task_id: str) -> bool:
        """Close a task that the desk has done. False when it was closed before.

        Raises ``TaskNotFoundError``.
        """
        async with self._database.writing() as session:
            row = await session.get(StaffTaskRow, task_id, with_for_update=True)
            if row is None:
                raise TaskNotFoundError(f"there is no task {task_id}")
            if row.closed_at is not None:
                return False
            row.closed_at = self._clock()
            return True


def _placed(row: CallRow) -> PlacedCall:
    return PlacedCall(
        row.id, row.phone, tuple(row.appointment_ids), row.rehearsal, row.trace_parent
    )


def _settled(row: OutcomeRow) -> SettledCall:
    return SettledCall(
        row.call_id,
        row.kind,
        row.evidence,
        row.decisions,
        row.requests,
        row.cost,
        row.settled_at,
    )


def _kept(call: CallRow, row: OutcomeRow | None) -> KeptCall:
    return KeptCall(
        call.id,
        tuple(call.appointment_ids),
        call.opened_at,
        call.rehearsal,
        None if row is None else _settled(row),
    )


def _task(row: StaffTaskRow, call: CallRow) -> StaffTask:
    about = call.appointment_ids if row.appointment_id is None else [row.appointment_id]
    return StaffTask(
        id=row.id,
        reason=TaskReason(row.reason),
        note=row.note,
        call_id=row.call_id,
        phone=call.phone,
        appointment_ids=tuple(about),
        filed_at=row.filed_at,
        closed_at=row.closed_at,
    )
