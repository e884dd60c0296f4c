"""What was found in a column of sealed values: counted, with some of the rows that need somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gbtui.errors import Fault, VaultError
from gbtui.security.vault.columns import Column

_NAMED: Final = 5
"""Rows of a fault that are named: the first ones, for somebody to look at."""


@dataclass(slots=True)
class Tally:
    """Counts of one column, growing as it is read."""

    column: Column
    read: int = 0
    current: int = 0
    """Sealed by us under the active key: nothing to do."""
    sealed: int = 0
    """Sealed anew in this run."""
    left: int = 0
    """Changed meanwhile, or held by somebody, each time it was tried: left as they are."""
    keys: dict[str, int] = field(default_factory=dict)
    """Values by what sealed them: `k20261128-3fa9c201`, `v1 default`."""
    faults: dict[Fault, int] = field(default_factory=dict)
    named: dict[Fault, list[str]] = field(default_factory=dict)
    """Row keys of the first of each fault."""
    why: dict[Fault, str] = field(default_factory=dict)
    """The error of the first of each fault, in one line."""

    def fault(self, key: str, error: VaultError) -> None:
        """Count a value that does not open."""
        self.faults[error.fault] = self.faults.get(error.fault, 0) + 1
        rows = self.named.setdefault(error.fault, [])
        if len(rows) < _NAMED:
            rows.append(key)
        self.why.setdefault(error.fault, str(error))

    def under(self, key: str) -> None:
        """Count a value by what sealed it."""
        self.keys[key] = self.keys.get(key, 0) + 1

    def detail(self) -> Mapping[str, object]:
        """For the record and the job's run: counts, and no values."""
        faults = {str(fault): n for fault, n in self.faults.items()}
        return {
            "column": str(self.column),
            "read": self.read,
            "current": self.current,
            "sealed": self.sealed,
            "left": self.left,
            "faults": faults,
        }
