"""The sound of phrases on disk: one file each, shared by all processes that use the folder."""

import hashlib
import logging
import os
import struct
import tempfile
import time
from pathlib import Path

from reception.voice.recording import Recording

logger = logging.getLogger(__name__)

LIMIT_BYTES = 64 * 1024 * 1024
_HEADER = struct.Struct("<8sI32s")
_MAGIC = b"phrase 1"
_ENDING, _UNFINISHED = ".phrase", ".tmp"
_ABANDONED_SECONDS = 3600


class PhraseStore:
    """Recordings by name. What fails here is logged, for a call goes on without it."""

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES) -> None:
        """Keep up to ``limit`` bytes in ``folder``; what was not used for longest goes first."""
        self._folder, self._limit = folder, limit

    def read(self, name: str) -> Recording | None:
        """The recording; None where there is none, or a damaged one, which is removed."""
        file = self._folder / f"{name}{_ENDING}"
        try:
            content = file.read_bytes()
            os.utime(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("cannot read %s: %s", file, error)
            return None
        if (recording := _unpacked(content)) is None:
            logger.warning("%s is damaged and will be made again", file)
            self._remove(file)
        return recording

    def write(self, name: str, recording: Recording) -> None:
        """Keep ``recording``. Whoever reads meanwhile gets all of it or nothing."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._replace(self._folder / f"{name}{_ENDING}", _packed(recording))
            self._trim()
        except OSError as error:
            logger.warning("cannot keep a phrase in %s: %s", self._folder, error)

    def _replace(self, file: Path, content: bytes) -> None:
        handle, made = tempfile.mkstemp(suffix=_UNFINISHED, dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as unfinished:
                unfinished.write(content)
            Path(made).replace(file)
        except BaseException:
            self._remove(Path(made))
            raise

    def _trim(self) -> None:
        """Down to the limit. Another process may do the same at the same time."""
        aged: list[tuple[float, int, Path]] = []
        for file in self._folder.iterdir():
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            if file.suffix == _ENDING:
                aged.append((status.st_mtime, status.st_size, file))
            elif file.suffix == _UNFINISHED and status.st_mtime < time.time() - _ABANDONED_SECONDS:
                self._remove(file)
        too_many = sum(size for _, size, _ in aged) - self._limit
        for _, size, file in sorted(aged):
            if too_many <= 0:
                return
            self._remove(file)
            too_many -= size

    def _remove(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("cannot remove %s: %s", file, error)


def _packed(recording: Recording) -> bytes:
    return _HEADER.pack(_MAGIC, recording.rate, _digest(recording)) + recording.pcm


def _unpacked(content: bytes) -> Recording | None:
    if len(content) < _HEADER.size:
        return None
    magic, rate, digest = _HEADER.unpack_from(content)
    recording = Recording(rate, content[_HEADER.size :])
    return recording if magic == _MAGIC and digest == _digest(recording) else None


def _digest(recording: Recording) -> bytes:
    return hashlib.sha256(struct.pack("<I", recording.rate) + recording.pcm).digest()
