"""The file systems under a server that runs on this very machine, which must be proven: a wrong capacity is a lie."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

_APART: Final = 60.0
"""Seconds between the postmaster's first act, the file it writes, and the start that it tells of."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system at one moment."""

    mount: str
    device: int
    total_bytes: int
    free_bytes: int
    """What the server's account may still write."""

    @property
    def used_bytes(self) -> int:
        """What is written, and what is kept for root."""
        return self.total_bytes - self.free_bytes


def is_ours(data_directory: str, started_at: datetime) -> bool:
    """Whether the data directory on this machine is that of the server that told its path and its start.

    postmaster.pid there says which server's it is; who may not read it, or reads another start in it, knows nothing.
    """
    try:
        lines = (Path(data_directory) / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        begun = int(lines[2])
    except (OSError, IndexError, ValueError):
        return False
    return lines[1] == data_directory and 0 <= started_at.timestamp() - begun + 1 <= _APART


def disk(path: str) -> Disk | None:
    """The file system under a path; None where it cannot be asked."""
    try:
        place = Path(path).resolve()
        device, found = place.stat().st_dev, os.statvfs(place)
        while place.parent != place and place.parent.stat().st_dev == device:
            place = place.parent
    except OSError:
        return None
    return Disk(str(place), device, found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)
