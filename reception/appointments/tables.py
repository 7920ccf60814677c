"""The book's tables."""

from datetime import date, datetime
from enum import StrEnum

from pydantic_extra_types.timezone_name import TimeZoneName
from sqlalchemy import Enum, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from reception.appointments.models import (
    Appointment,
    AppointmentStatus,
    Authority,
    Change,
    Consent,
    Customer,
    Recipient,
    Relation,
)
from reception.database import Base, UtcDateTime


def _words(kind: type[StrEnum]) -> Enum:
    """An enum kept as its words, with room for longer ones later."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda k: [w.value for w in k])


class CustomerRow(Base):
    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    date_of_birth: Mapped[date | None]


class RecipientRow(Base):
    """Who may be spoken to about a customer's appointments, on one phone number."""

    __tablename__ = "recipients"
    __table_args__ = (UniqueConstraint("customer_id", "phone", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    phone: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    relation: Mapped[Relation] = mapped_column(_words(Relation))
    authority: Mapped[Authority] = mapped_column(_words(Authority))
    language: Mapped[str]
    time_zone: Mapped[str]
    consent: Mapped[Consent] = mapped_column(_words(Consent))

    customer: Mapped[CustomerRow] = relationship()


class AppointmentRow(Base):
    """An appointment, and what is needed to tell a file's change from a call's.

    The two fingerprints are of what the last import said: about the people, and about the time.
    """

    __tablename__ = "appointments"
    __table_args__ = (Index(None, "provider", "starts_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[AppointmentStatus] = mapped_column(_words(AppointmentStatus))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    service: Mapped[str]
    provider: Mapped[str]
    location: Mapped[str]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"), index=True)
    imported_people: Mapped[str]
    imported_time: Mapped[str]
    changed_by_call: Mapped[bool]

    customer: Mapped[CustomerRow] = relationship(lazy="joined", innerjoin=True)
    recipient: Mapped[RecipientRow] = relationship(lazy="joined", innerjoin=True)

    def as_appointment(self) -> Appointment:
        return Appointment(
            id=self.id,
            version=self.version,
            status=self.status,
            starts_at=self.starts_at,
            duration=self.ends_at - self.starts_at,
            service=self.service,
            provider=self.provider,
            location=self.location,
            customer=Customer(
                id=self.customer.id,
                name=self.customer.name,
                date_of_birth=self.customer.date_of_birth,
            ),
            recipient=Recipient(
                name=self.recipient.name,
                relation=self.recipient.relation,
                authority=self.recipient.authority,
                phone=self.recipient.phone,
                language=self.recipient.language,
                time_zone=TimeZoneName(self.recipient.time_zone),
                consent=self.recipient.consent,
            ),
        )


class CellRow(Base):
    """Five minutes of a provider that an appointment holds; the key keeps out every other."""

    __tablename__ = "cells"

    provider: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    appointment_id: Mapped[str] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )


class WriteRow(Base):
    """A write of a call that was carried out; the key keeps it from being carried out twice."""

    __tablename__ = "writes"

    call_id: Mapped[str] = mapped_column(primary_key=True)
    invocation: Mapped[str] = mapped_column(primary_key=True)
    appointment_id: Mapped[str] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    change: Mapped[Change] = mapped_column(_words(Change))
    version: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
