"""What somebody types, line by line, without holding up the call."""

import asyncio
import io
import signal
import sys
import threading
from collections.abc import AsyncGenerator


async def lines_typed() -> AsyncGenerator[str, None]:
    """Each line of the standard input without its end; over at its end, or at a signal to stop.

    A thread reads, because a terminal, a pipe and a file cannot all be waited for alike. It is a
    daemon: nobody needs to type a last line for the program to end.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        for line in sys.stdin:
            loop.call_soon_threadsafe(typed.put_nowait, line.rstrip("\r\n"))
        loop.call_soon_threadsafe(typed.put_nowait, None)

    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, typed.put_nowait, None)
    try:
        threading.Thread(target=read, daemon=True, name="keyboard").start()
        while (line := await typed.get()) is not None:
            yield line
    finally:
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(stop)
