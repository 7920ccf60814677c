"""The ledger's tables: every call, its attempts and outcome, and what people asked of us."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from reception.database import Base, UtcDateTime


class CallRow(Base):
    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(index=True)
    appointment_ids: Mapped[list[str]] = mapped_column(JSON)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    rehearsal: Mapped[bool] = mapped_column(server_default=false())
    """Held with somebody who joins the room; no telephone is dialled."""
    trace_parent: Mapped[str | None]
    """Where the trace of the decision to call stands (W3C `traceparent`), so that all join it."""


class AttemptRow(Base):
    """One try at carrying a call out. A call without an end was dropped, or is still going on."""

    __tablename__ = "attempts"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the process that carries it out last said that it lives; None where none has to."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended: Mapped[str | None]
    sip_status: Mapped[int | None]
    reason: Mapped[str | None]


class OutcomeRow(Base):
    __tablename__ = "outcomes"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    evidence: Mapped[list[Any]] = mapped_column(JSON)
    decisions: Mapped[list[Any]] = mapped_column(JSON)
    requests: Mapped[list[Any]] = mapped_column(JSON)
    manner: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}")
    """How it was spoken: `moods` that were noticed, and `used`, the names of the wordings."""
    cost: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}")
    """`usd`, None where a model's price is unknown, and `usage` of each model."""
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DoNotCallRow(Base):
    """A number that must not be called (47 CFR 64.1200(d): kept five years; we never delete)."""

    __tablename__ = "do_not_call"

    phone: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("calls.id"))


class ConsentRow(Base):
    """What somebody said on a call about being called; the latest for a number counts.

    What they agreed to at the practice comes with the appointment, as the recipient's consent.
    """

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(index=True)
    consent: Mapped[str]
    source: Mapped[str]
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffTaskRow(Base):
    __tablename__ = "staff_tasks"

    id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), index=True)
    appointment_id: Mapped[str | None]
    reason: Mapped[str]
    note: Mapped[str]
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
