"""Audit records where no database takes them: lines of JSON that are only ever added to, for their owner's eyes."""

import fcntl
import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path


def append(path: Path, records: Iterable[Mapping[str, object]]) -> None:
    """Add the records, each a whole line, and have them on the disk; several consoles may do so at once. OSError."""
    lines = b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A link there may have been laid by somebody else.
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} is no plain file")
        if status.st_mode & 0o077:
            os.fchmod(file, 0o600)
        if status.st_size and os.pread(file, 1, status.st_size - 1) != b"\n":
            lines = b"\n" + lines  # a line that was cut by a full disk or a loss of power stays by itself
        while lines:
            lines = lines[os.write(file, lines) :]
        os.fsync(file)
    finally:
        os.close(file)
