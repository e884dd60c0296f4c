"""How patient a run of migrations is, and what it hands back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How patient a run is; times in seconds, 0 means no limit for the two timeouts.

    `lock_timeout` bounds each wait for a lock, `patience` all retries of one migration together, `queue` the
    wait for another gbtui that is migrating this database. `actor` is who is written in the log (default: the role).
    """

    lock_timeout: float = 2.0
    statement_timeout: float = 300.0
    patience: float = 60.0
    queue: float = 300.0
    actor: str | None = None
    progress: Progress = lambda _sentence: None


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that this run applied (or took back): how long it took in ms, after how many attempts."""

    version: str
    name: str
    duration_ms: float
    attempts: int


DEFAULTS: Final = Options()
