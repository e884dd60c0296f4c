"""Who gets in when the server is full."""

from collections.abc import Iterator
from typing import Final

from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity

_SLOTS: Final = 3
"""As many as PostgreSQL keeps for superusers: one to look, one to act, one that hangs."""


def reserved(view: View) -> Iterator[Finding]:
    """No slot is kept for those who may use reserved ones; told only where the roles that may are there (16+)."""
    if any(row.name == "reserved_connections" and row.value == "0" for row in view.rows("settings")):
        yield Finding(
            Severity.INFO,
            "reserved",
            "reserved_connections",
            "reserved_connections is 0: when all slots are taken, only a superuser gets in",
            "gb_viewer, gb_operator and gb_dba may use reserved slots, and none is reserved (the default)",
            f"reserve {_SLOTS}: it takes a restart, and everybody else has {_SLOTS} of max_connections less",
            "settings",
            f"ALTER SYSTEM SET reserved_connections = {_SLOTS};",
        )
