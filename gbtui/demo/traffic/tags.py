"""Connections whose every statement says for whom it is, in the sqlcommenter convention.

    /*bot='support',tenant='acme'*/ INSERT INTO …

The comment stands in front: pg_stat_activity cuts long statements at their end.
"""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import asyncpg

if TYPE_CHECKING:
    _Base = asyncpg.Connection[asyncpg.Record]  # generic in the stubs alone
else:
    _Base = asyncpg.Connection

# Waiting for a lock longer than this is given up; nothing of ours may stand in the way for long.
_SETTINGS: Final = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}


def tag(**said: str) -> str:
    """The comment for these keys and values; percent-encoding leaves nothing in it that could end it."""
    pairs = ",".join(f"{quote(key, safe='')}='{quote(value, safe='')}'" for key, value in sorted(said.items()))
    return f"/*{pairs}*/ " if pairs else ""


class TaggedConnection(_Base):
    """A connection that puts `tag` before every statement, those of transactions too."""

    tag: str = ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """As asyncpg's, tagged."""
        return await super().execute(self.tag + query, *args, timeout=timeout)

    async def fetch(self, query: str, *args: Any, timeout: float | None = None, record_class: Any = None) -> Any:
        """As asyncpg's, tagged."""
        return await super().fetch(self.tag + query, *args, timeout=timeout, record_class=record_class)


async def connect(dsn: str, application: str) -> TaggedConnection:
    """A connection under this application_name. Raises what asyncpg raises."""
    connection = await asyncpg.connect(
        dsn,
        timeout=10,
        connection_class=TaggedConnection,
        server_settings={"application_name": application, **_SETTINGS},
    )
    assert isinstance(connection, TaggedConnection)
    return connection
