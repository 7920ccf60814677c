"""Customers and recipients as they are written, each once."""

from collections.abc import Sequence
from typing import Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reception.appointments.models import Appointment, Customer, Recipient
from reception.appointments.tables import CustomerRow, RecipientRow


class People:
    """The rows of the customers and recipients of some appointments, in one transaction."""

    def __init__(
        self,
        session: AsyncSession,
        customers: Sequence[CustomerRow],
        recipients: Sequence[RecipientRow],
    ) -> None:
        self._session = session
        self._customers = {row.id: row for row in customers}
        self._recipients = {(row.customer_id, row.phone, row.name): row for row in recipients}

    @classmethod
    async def of(cls, session: AsyncSession, appointments: Sequence[Appointment]) -> Self:
        """Read the rows that exist already."""
        ids = {appointment.customer.id for appointment in appointments}
        customers = select(CustomerRow).where(CustomerRow.id.in_(ids))
        recipients = select(RecipientRow).where(RecipientRow.customer_id.in_(ids))
        return cls(
            session,
            (await session.scalars(customers)).all(),
            (await session.scalars(recipients)).all(),
        )

    def customer(self, customer: Customer) -> CustomerRow:
        """The customer's row, brought to what is given."""
        row = self._customers.get(customer.id)
        if row is None:
            row = self._customers[customer.id] = CustomerRow(id=customer.id)
            self._session.add(row)
        row.name, row.date_of_birth = customer.name, customer.date_of_birth
        return row

    def recipient(self, customer: Customer, recipient: Recipient) -> RecipientRow:
        """The recipient's row, brought to what is given."""
        key = (customer.id, recipient.phone, recipient.name)
        row = self._recipients.get(key)
        if row is None:
            row = self._recipients[key] = RecipientRow(
                customer=self.customer(customer), phone=recipient.phone, name=recipient.name
            )
            self._session.add(row)
        row.relation, row.authority = recipient.relation, recipient.authority
        row.language, row.time_zone = recipient.language, recipient.time_zone
        row.consent = recipient.consent
        return row
