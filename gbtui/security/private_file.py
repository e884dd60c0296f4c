"""Files that hold a secret: only who may read it alone is trusted with it."""

import os
import stat
from pathlib import Path
from typing import Final

from gbtui.errors import UsageError

_MOST: Final = 1 << 20
"""Bytes: a file of keys or with a password is small; a device is endless."""


def read(path: Path, what: str) -> bytes:
    """What the file holds; UsageError if others may read or write it, it is somebody else's, no file, or not there."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _check(os.fstat(file), path, what)
            held = b""
            while len(held) <= _MOST and (piece := os.read(file, _MOST)):
                held += piece
        finally:
            os.close(file)
    except OSError as error:
        raise UsageError(f"Cannot read {what}", f"{path}: {error.strerror or error}") from None
    if len(held) > _MOST:
        raise UsageError(f"Cannot read {what}", f"{path} is larger than a megabyte")
    return held


def write_new(path: Path, what: str, content: bytes) -> None:
    """Make the file, for its owner's eyes; UsageError where there is one already."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, content)
            os.fsync(file)
        finally:
            os.close(file)
    except FileExistsError:
        raise UsageError(f"{what.capitalize()} is there already", f"{path} is left as it is") from None
    except OSError as error:
        raise UsageError(f"Cannot write {what}", f"{path}: {error.strerror or error}") from None


def _check(status: os.stat_result, path: Path, what: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"Cannot read {what}", f"{path} is no plain file")
    if status.st_mode & 0o077:
        raise UsageError(
            f"Others may read {what}", f"{path} has mode {status.st_mode & 0o777:04o}", f"chmod 0600 {path}"
        )
    if status.st_uid not in (os.getuid(), 0):
        raise UsageError(f"Somebody else owns {what}", f"{path} belongs to user id {status.st_uid}")
