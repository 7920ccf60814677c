"""What Alembic runs for every command; the connection comes from ``reception.database``."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum

from reception.database import Base, UtcDateTime


def render(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our types as SQLAlchemy's plainest, so that old revisions need no code of ours."""
    match thing:
        case UtcDateTime() if kind == "type":
            return "sa.DateTime(timezone=True)"
        case Enum() if kind == "type":
            return f"sa.String(length={thing.length})"
        case _:
            return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
