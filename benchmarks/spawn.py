"""Start one process, note when it says what, and how much memory it took at its peak.

A script of its own that imports next to nothing: Linux counts the memory of whoever starts a
process as the peak of that process, until it outgrows it. So ``spawn.py`` is the floor, at about
9 MB. Usage: ``spawn.py WORDS,… COMMAND…``; prints JSON with seconds since the start.
"""

import json
import os
import sys
import time


def main() -> None:
    words, command = list(filter(None, sys.argv[1].split(","))), sys.argv[2:]
    out, said = os.pipe()
    began = time.perf_counter()
    actions = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, said, 1),
    )
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    os.close(said)
    seen: dict[str, float] = {}
    with open(out, encoding="utf-8") as lines:
        for line in lines:
            now = time.perf_counter() - began
            seen |= {word: now for word in words if word in line and word not in seen}
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - began
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = os.waitstatus_to_exitcode(status)
    sys.stdout.write(json.dumps({"seen": seen, "exit": seconds, "peak": peak, "code": code}))


if __name__ == "__main__":
    main()
