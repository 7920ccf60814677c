"""One row of a CSV file, checked and completed from the practice's file."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_extra_types.timezone_name import TimeZoneName

from reception.appointments.importing import Filed, RowError
from reception.appointments.models import (
    Appointment,
    Authority,
    Consent,
    Customer,
    Recipient,
    Relation,
)
from reception.appointments.written_dates import read_day, read_moment
from reception.practice import Location, Practice, Provider, Service

CONSENT = {
    "yes": Consent.GIVEN,
    "true": Consent.GIVEN,
    "given": Consent.GIVEN,
    "no": Consent.REFUSED,
    "false": Consent.REFUSED,
    "refused": Consent.REFUSED,
    "unknown": Consent.UNKNOWN,
    "": Consent.UNKNOWN,
}


class RowReader:
    """Reads rows with one practice's keys, names, zones and telephone regions."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice

    def read(self, line: int, cells: Mapping[str, str]) -> Filed | tuple[RowError, ...]:
        """The appointment in a row, or everything that is wrong with it."""
        try:
            row = CsvRow.model_validate(cells, context=self)
        except ValidationError as error:
            return tuple(_row_error(line, detail) for detail in error.errors())
        return Filed(line, row.as_appointment(self.practice))

    @cached_property
    def keys(self) -> Mapping[str, Mapping[str, str]]:
        """By column: the keys of the practice's file, by key and by spoken name in lower case."""
        named: dict[str, Mapping[str, Location | Service | Provider]] = {
            "location": self.practice.locations,
            "service": self.practice.services,
            "provider": self.practice.providers,
        }
        return {
            column: {
                spelling.lower(): key
                for key, entry in entries.items()
                for spelling in (entry.name, key)
            }
            for column, entries in named.items()
        }

    @cached_property
    def regions(self) -> Mapping[str, str | None]:
        """By location: where a national number belongs, told by the number to call back."""
        return {
            key: phonenumbers.region_code_for_number(phonenumbers.parse(place.callback_number))
            for key, place in self.practice.locations.items()
        }


def _word(value: str) -> str | None:
    return value.lower() or None


def _language(value: str) -> str | None:
    if value and not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]+)*", value.lower()):
        raise ValueError("write it as en or pt-br")
    return value.lower() or None


def _consent(value: str) -> Consent:
    if value.lower() not in CONSENT:
        allowed = ", ".join(word for word in CONSENT if word)
        raise ValueError(f"allowed is one of {allowed}, or nothing")
    return CONSENT[value.lower()]


Text = Annotated[str, StringConstraints(min_length=1)]
Minutes = Annotated[int, Field(gt=0, le=24 * 60)]
EMPTY_IS_NONE = BeforeValidator(lambda value: value or None)
WORD = BeforeValidator(_word)


class CsvRow(BaseModel):
    """The columns; those with a default need not be in the file.

    Validated with a ``RowReader`` as context. ``location`` comes first: others lean on it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    location: Text
    service: Text
    provider: Text
    appointment_id: Text
    starts_at: datetime
    duration_minutes: Annotated[Minutes | None, EMPTY_IS_NONE]
    customer_id: Text
    customer_name: Text
    phone: Text
    date_of_birth: date | None
    time_zone: Annotated[TimeZoneName | None, EMPTY_IS_NONE]
    language: Annotated[str | None, BeforeValidator(_language)]
    consent: Annotated[Consent, BeforeValidator(_consent)]
    recipient_name: Annotated[str | None, EMPTY_IS_NONE] = None
    recipient_relation: Annotated[Relation | None, WORD] = None
    recipient_authority: Annotated[Authority | None, WORD] = None

    @field_validator("location", "service", "provider")
    @classmethod
    def _is_a_key(cls, value: str, info: ValidationInfo[RowReader]) -> str:
        keys = info.context.keys[str(info.field_name)]
        if value.lower() not in keys:
            allowed = ", ".join(dict.fromkeys(keys.values()))
            raise ValueError(f"not in the practice's file; allowed is one of {allowed}")
        return keys[value.lower()]

    @field_validator("starts_at", mode="before")
    @classmethod
    def _is_a_moment(cls, value: str, info: ValidationInfo[RowReader]) -> datetime:
        moment = read_moment(value, info.context.practice.csv.dates)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        place = info.context.practice.locations.get(info.data.get("location", ""))
        # Without its location, which is an error by itself, the zone is anybody's guess.
        return moment.replace(tzinfo=UTC) if place is None else _local(moment, place.zone)

    @field_validator("date_of_birth", mode="before")
    @classmethod
    def _is_a_day(cls, value: str, info: ValidationInfo[RowReader]) -> date | None:
        return read_day(value, info.context.practice.csv.dates) if value else None

    @field_validator("phone")
    @classmethod
    def _is_a_number(cls, value: str, info: ValidationInfo[RowReader]) -> str:
        if "location" not in info.data and not value.startswith("+"):
            return value
        region = info.context.regions.get(info.data.get("location", ""))
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException as error:
            raise ValueError("no telephone number") from error
        if not phonenumbers.is_valid_number(number):
            raise ValueError(f"no telephone number that exists in {region or 'any country'}")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def as_appointment(self, practice: Practice) -> Appointment:
        service, place = practice.services[self.service], practice.locations[self.location]
        minutes = self.duration_minutes or service.minutes
        return Appointment(
            id=self.appointment_id,
            version=1,
            starts_at=self.starts_at,
            duration=timedelta(minutes=minutes),
            service=self.service,
            provider=self.provider,
            location=self.location,
            customer=Customer(
                id=self.customer_id, name=self.customer_name, date_of_birth=self.date_of_birth
            ),
            recipient=Recipient(
                name=self.recipient_name or self.customer_name,
                relation=self.recipient_relation or self._usual_relation,
                authority=self.recipient_authority or Authority.CHANGE,
                phone=self.phone,
                language=self.language or practice.languages[0],
                time_zone=self.time_zone or place.time_zone,
                consent=self.consent,
            ),
        )

    @property
    def _usual_relation(self) -> Relation:
        is_self = self.recipient_name in (None, self.customer_name)
        return Relation.SELF if is_self else Relation.OTHER


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A clock time of ``zone`` in UTC; not one that the clocks skip or show twice."""
    local = moment.replace(tzinfo=zone)
    utc = local.astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError(f"no such time in {zone}: the clocks skip it")
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise ValueError(f"a time that comes twice in {zone}; write it with its offset")
    return utc


def _row_error(line: int, detail: ErrorDetails) -> RowError:
    field = str(detail["loc"][0])
    value: Any = detail["input"]
    if value in ("", None):
        return RowError(line, field, "is empty; it is required")
    message = detail["msg"].removeprefix("Value error, ")
    return RowError(line, field, f"{value!r}: {message[:1].lower()}{message[1:]}".rstrip("."))
