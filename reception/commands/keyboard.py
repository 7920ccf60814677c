"""What somebody types, line by line, without holding up the call."""

import asyncio
import io
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def keyboard() -> AsyncIterator[Callable[[], Awaitable[str | None]]]:
    """Read the standard input: each call waits for a line; None is its end, or a signal to stop.

    A thread reads, because a terminal, a pipe and a file cannot all be waited for alike. It is a
    daemon: nobody needs to type a last line for the program to end.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        for line in sys.stdin:
            hand_over(line.rstrip("\r\n"))
        hand_over(None)

    def hand_over(line: str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(typed.put_nowait, line)

    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, typed.put_nowait, None)
    threading.Thread(target=read, daemon=True, name="keyboard").start()
    try:
        yield typed.get
    finally:
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(stop)
