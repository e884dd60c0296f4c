"""What is done to the database when the console opens: migrations by the rule, then partitions ahead."""

from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from gbtui.errors import LockedError
from gbtui.lifecycle import partitions
from gbtui.schema import startup
from gbtui.schema.options import Options
from gbtui.schema.source import Migration
from gbtui.schema.startup import PATIENCE, Banner, Rule

__all__ = ["Banner", "Rule", "bring_up"]


async def bring_up(
    connection: asyncpg.Connection,
    migrations: Sequence[Migration],
    rule: Rule,
    options: Options = PATIENCE,
) -> Banner:
    """schema.startup.bring_up, and where that may write, three months of partitions (a busy table: the next start).

    The connection must be direct and, unless rule.read_only, opened for writing.
    """
    banner = await startup.bring_up(connection, migrations, rule, options)
    if not banner.ready:
        return banner
    try:
        await partitions.ensure_ahead(connection, patience=options.patience)
    except LockedError as error:
        if not banner.severity:
            return replace(banner, severity="info", text=f"{error.title}: {error.message}", advice=error.hint)
    return banner
