"""``reception talk --voice``: what the customer says comes from files, and is answered aloud."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from agents.voice_rehearsal import VoiceRehearsal, missing_for_sound, rehearse
from reception.appointments.models import Appointment
from reception.appointments.sql_book import SqlBook
from reception.calls.call import Call
from reception.calls.ledger import Ledger
from reception.commands.errors import UserError
from reception.commands.screen import Screen
from reception.line.sound_line import SoundLine
from reception.line.wav import WavError, read_wav
from reception.practice import Practice
from reception.settings import Settings
from reception.voice.recording import Recording


def hold_aloud(
    files: Sequence[Path], out: Path, settings: Settings, practice: Practice, console: Console
) -> Callable[[str, Sequence[Appointment], SqlBook, Ledger], Awaitable[Call]]:
    """What holds the call, once it is clear that it can be held. Raises ``UserError``."""
    if not files:
        raise UserError(
            "What the customer says is missing: reception talk --voice hello.wav yes.wav …"
        )
    try:
        says = [read_wav(file) for file in files]
    except WavError as error:
        raise UserError(str(error)) from error
    if missing := missing_for_sound(settings):
        raise UserError(_missing(missing))
    if out.is_dir() or not out.parent.is_dir():
        raise UserError(
            f"The call cannot be written to {out}; name a file in a folder that exists."
        )

    async def hold(
        call_id: str, appointments: Sequence[Appointment], book: SqlBook, ledger: Ledger
    ) -> Call:
        rehearsal = await rehearse(
            call_id,
            appointments,
            settings=settings,
            practice=practice,
            book=book,
            ledger=ledger,
        )
        await _converse(rehearsal, says, out, console)
        return rehearsal.call

    return hold


def _missing(names: Sequence[str]) -> str:
    servers = " and ".join(f"{name.removesuffix('_API_KEY')}_BASE_URL" for name in names)
    return (
        f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} missing: a call with sound "
        f"needs services that hear and speak; set them, or {servers} to servers of your own."
    )


async def _converse(
    rehearsal: VoiceRehearsal, says: Sequence[Recording], out: Path, console: Console
) -> None:
    """Show the call turn by turn as it goes on; its sound is kept as far as it came."""
    call, line, screen = rehearsal.call, rehearsal.line, Screen(console, shows_customer=True)
    try:
        with _signals(rehearsal.hangs_up):
            await rehearsal.hold(says, lambda: screen.update(call))
    finally:
        _save(line, out)
    screen.update(call)
    screen.result(call)
    told = f"The call as sound, {line.seconds:.0f} s, you left and the agent right: {out}"
    console.print(f"\n{told}", style="dim", markup=False, soft_wrap=True)


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Whoever stops the program hangs up, so that its call is settled."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)


def _save(line: SoundLine, out: Path) -> None:
    try:
        line.save(out)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror or error}.") from error
