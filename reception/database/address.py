"""From DATABASE_URL to an address that SQLAlchemy connects to."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from reception.database.errors import DatabaseError

ALLOWED = "allowed is sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


def address(url: str) -> URL:
    """Read ``sqlite:///FILE`` or ``postgresql://…``, choose the driver.

    Raises ``DatabaseError``.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseError(f"DATABASE_URL is not a database's address; {ALLOWED}.") from error
    match parsed.drivername:
        case "sqlite":
            return _file(parsed)
        case "postgresql" | "postgres":
            return _server(parsed)
        case _:
            shown = parsed.render_as_string(hide_password=True)
            raise DatabaseError(f"DATABASE_URL is {shown}; {ALLOWED}.")


def name(url: URL) -> str:
    """What to call a database in an error: its file, or its address without the password."""
    if url.get_backend_name() == "sqlite":
        return f"The database {url.database}"
    return f"The database {url.database} on {url.host or 'localhost'}:{url.port or 5432}"


def _file(url: URL) -> URL:
    if url.database in (None, "", ":memory:"):
        raise DatabaseError("DATABASE_URL names no file; write sqlite:///reception.db for example.")
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise DatabaseError(
            f"The database {path} cannot be made: its folder does not exist; "
            f"create {path.parent} or change DATABASE_URL."
        )
    if path.is_dir():
        raise DatabaseError(f"The database {path} is a folder; name a file in DATABASE_URL.")
    return url.set(drivername="sqlite+aiosqlite")


def _server(url: URL) -> URL:
    if not url.database:
        raise DatabaseError(f"DATABASE_URL names no database; {ALLOWED}.")
    unknown = [key for key in url.query if key != "sslmode"]
    if unknown:
        raise DatabaseError(f"DATABASE_URL says {', '.join(unknown)}; only sslmode is known there.")
    # URLs are in libpq's spelling; asyncpg calls the same setting ssl.
    query = {"ssl": url.query["sslmode"]} if url.query else {}
    return url.set(drivername="postgresql+asyncpg", query=query)
