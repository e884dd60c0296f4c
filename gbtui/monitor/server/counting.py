"""Since when the statistics of the database count."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Counting:
    """The server's clock, and where the counters began."""

    at: datetime
    started_at: datetime
    stats_reset: datetime | None
    """None: not since the database was made, or not known."""
