"""Clients that pgbouncer lets wait."""

from collections.abc import Iterator

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity


def waiting(view: View) -> Iterator[Finding]:
    """Pools whose first client in line has waited for too long."""
    for row in view.rows("pgbouncer"):
        if not row.cl_waiting or row.maxwait < view.limit("pgbouncer_wait"):
            continue
        verb = "waits" if row.cl_waiting == 1 else "wait"
        servers = row.sv_active + row.sv_idle + row.sv_used
        yield Finding(
            Severity.CRITICAL if row.maxwait >= view.limit("pgbouncer_wait_critical") else Severity.WARNING,
            "pgbouncer",
            f"{row.database}/{row.user}",
            f"{text.plural(row.cl_waiting, 'client')} of {row.user} {verb} at pgbouncer for {row.database},"
            f" the first for {text.age(row.maxwait)}: all {text.plural(servers, 'server connection')} are taken",
            "statements or transactions hold the server connections for too long, or the pool is too small"
            if servers
            else "pgbouncer gets no connection from the server",
            f"look at what {row.user} does on the server (activity): long statements, idle in transaction;"
            " only then enlarge default_pool_size",
            "pgbouncer",
        )
