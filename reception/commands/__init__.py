"""The ``reception`` command: one module for each subcommand."""

import gc
import sys

import typer
from pydantic import ValidationError

from reception.commands.dial import dial
from reception.commands.doctor import doctor
from reception.commands.errors import UserError
from reception.commands.import_file import import_file
from reception.commands.report import report
from reception.commands.talk import talk
from reception.commands.tasks import tasks
from reception.commands.trace import trace
from reception.settings import explain

app = typer.Typer(
    help="The receptionist who calls people about their appointments.",
    epilog="Settings come from the environment or .env; the practice's choices from practice.yaml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("talk")(talk)
app.command("import")(import_file)
app.command("tasks")(tasks)
app.command("dial")(dial)
app.command("report")(report)
app.command("doctor")(doctor)
app.command("trace")(trace)


def main() -> None:
    """Run a subcommand. Exit code 0: done; 1: it ran and something failed; 2: wrong use."""
    # What was imported stays to the end; collecting it again and again takes a second of each run.
    gc.freeze()
    try:
        app()
    except UserError as error:
        sys.exit(_complain(str(error), error.exit_code))
    except ValidationError as error:
        sys.exit(_complain(explain(error), 2))


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"{text}\n")
    return code
