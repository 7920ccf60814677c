"""The program's one database: SQLite in a file, or PostgreSQL."""

from reception.database.base import Base, UtcDateTime
from reception.database.database import Database, open_database, take_turn
from reception.database.errors import DatabaseError, DatabaseUnavailable

__all__ = [
    "Base",
    "Database",
    "DatabaseError",
    "DatabaseUnavailable",
    "UtcDateTime",
    "open_database",
    "take_turn",
]
