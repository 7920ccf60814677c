"""Ports for the servers that tests and benchmarks start."""

import itertools
import os
import socket

# Below what a kernel hands to whoever asks for any port (from 32,768 on Linux, 49,152 elsewhere):
# or somebody is handed ours between our look and the server's start.
_FIRST, _LAST = 10_000, 32_000
_BLOCK = 100
# Each process looks in a block of its own, round and round, so two never choose the same one.
_start = _FIRST + os.getpid() * _BLOCK % (_LAST - _FIRST)
_block = itertools.cycle(range(_start, _start + _BLOCK))


def free_port() -> int:
    """A port of 127.0.0.1 that nothing uses, neither over TCP nor over UDP.

    Raises ``RuntimeError`` if all that this process may use are taken.
    """
    for port in itertools.islice(_block, _BLOCK):
        if _is_free(port, socket.SOCK_STREAM) and _is_free(port, socket.SOCK_DGRAM):
            return port
    raise RuntimeError(f"no port from {_start} to {_start + _BLOCK} of 127.0.0.1 is free")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as asked:
        try:
            asked.bind(("0.0.0.0", port))  # noqa: S104 - as some of them do
        except OSError:
            return False
        return True
