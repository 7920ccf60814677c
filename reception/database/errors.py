"""What goes wrong with a database, in sentences that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg.exceptions import (  # type: ignore[import-untyped]
    CannotConnectNowError,
    DeadlockDetectedError,
    DiskFullError,
    InvalidAuthorizationSpecificationError,
    InvalidCachedStatementError,
    InvalidCatalogNameError,
    LockNotAvailableError,
    OperatorInterventionError,
    PostgresConnectionError,
    PostgresError,
    ReadOnlySQLTransactionError,
    UndefinedColumnError,
    UndefinedTableError,
)
from asyncpg.exceptions import InterfaceError as ConnectionUnusable
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree

LOCKED = "is locked by another program; wait for it or end it."
FULL = "cannot grow: the disk is full; make room on it."

ALTERED = (InvalidCachedStatementError, UndefinedColumnError, UndefinedTableError)
"""What PostgreSQL says of a statement that was right until another program changed the tables."""


class DatabaseError(Exception):
    """The database cannot be used; the text says what to do."""


class DatabaseUnavailable(DatabaseError):
    """The database is locked, full, out of reach or did not answer in time."""


@contextmanager
def driver_trouble(name: str) -> Iterator[None]:
    """Turn trouble of the driver into ``DatabaseUnavailable``.

    A broken constraint and a wrong statement pass: the first has a meaning that only the caller
    knows, the second is a mistake in the program. Not so where PostgreSQL calls a statement wrong
    because the tables were altered under us.
    """
    try:
        yield
    except (IntegrityError, DataError, ProgrammingError, NotSupportedError) as error:
        if error.connection_invalidated or isinstance(_of_driver(error), ALTERED):
            raise DatabaseUnavailable(explain(name, _of_driver(error))) from error
        raise
    except DBAPIError as error:
        raise DatabaseUnavailable(explain(name, _of_driver(error))) from error
    except NoConnectionFree as error:
        raise DatabaseUnavailable(f"{name} has no connection free; try again later.") from error


def _of_driver(error: DBAPIError) -> BaseException:
    try:
        return error.driver_exception
    except ValueError:
        # Of a cached statement SQLAlchemy raises an error of its own, with asyncpg's behind it.
        assert error.orig is not None  # noqa: S101
        return error.orig.__cause__ or error.orig.__context__ or error.orig


@contextmanager
def connection_trouble(name: str) -> Iterator[None]:
    """Turn what the operating system and asyncpg raise while connecting into the same error.

    Apart from ``driver_trouble`` because an ``OSError`` out of a transaction's body need not be
    the database's.
    """
    try:
        yield
    except (OSError, PostgresError) as error:
        raise DatabaseUnavailable(explain(name, error)) from error


def explain(name: str, error: BaseException) -> str:
    """One sentence on what is wrong with the database ``name``, and what to do about it."""
    match error:
        case TimeoutError():
            return f"{name} did not answer in time; check that the server is up and reachable."
        case OSError():
            return f"{name} cannot be reached ({error}); start the server or change DATABASE_URL."
        case InvalidAuthorizationSpecificationError():
            return f"{name} refuses us ({error}); check user and password in DATABASE_URL."
        case InvalidCatalogNameError():
            return f"{name} does not exist; create it (createdb) or change DATABASE_URL."
        case LockNotAvailableError() | DeadlockDetectedError():
            return f"{name} {LOCKED}"
        case DiskFullError():
            return f"{name} {FULL}"
        case ReadOnlySQLTransactionError():
            return f"{name} may not be written; is it a standby? Change DATABASE_URL."
        case CannotConnectNowError():
            return f"{name} is starting or stopping ({error}); try again in a moment."
        case PostgresConnectionError() | ConnectionUnusable() | OperatorInterventionError():
            return f"{name} broke off ({error}); check that the server is up, then try again."
        case _ if isinstance(error, ALTERED):
            return (
                f"{name} was altered by another program ({error}); try again, or update this one."
            )
        case sqlite3.Error():
            return f"{name} {_of_sqlite(str(error))}"
        case _:
            return f"{name} has trouble: {error}"


def _of_sqlite(message: str) -> str:
    known = {
        "unable to open": "cannot be opened; check that its folder and it may be read and written.",
        "not a database": "is not a database; move it away or change DATABASE_URL.",
        "locked": LOCKED,
        "readonly": "may not be written; check its permissions and its folder's.",
        "full": FULL,
        "malformed": "is damaged; restore it from a backup.",
    }
    for sign, sentence in known.items():
        if sign in message:
            return sentence
    return f"has trouble: {message}"
