"""Connections whose every statement says for whom it is, in the sqlcommenter convention.

    /*bot='support',tenant='acme'*/ INSERT INTO …

The comment stands in front: pg_stat_activity cuts long statements at their end.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from gbtui.database.connection import Connection
from gbtui.database.connection import connect as open_connection
from gbtui.database.target import Target


def tag(**said: str) -> str:
    """The comment for these keys and values; percent-encoding leaves nothing in it that could end it."""
    pairs = ",".join(f"{quote(key, safe='')}='{quote(value, safe='')}'" for key, value in sorted(said.items()))
    return f"/*{pairs}*/ " if pairs else ""


class TaggedConnection(Connection):
    """A connection that puts `tag` before every statement, those of transactions too."""

    tag: str = ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """As asyncpg's, tagged."""
        return await super().execute(self.tag + query, *args, timeout=timeout)

    async def fetch(self, query: str, *args: Any, timeout: float | None = None, record_class: Any = None) -> Any:
        """As asyncpg's, tagged."""
        return await super().fetch(self.tag + query, *args, timeout=timeout, record_class=record_class)


async def connect(target: Target, application: str) -> TaggedConnection:
    """A writable connection under this application_name. Raises the ConnectError tree."""
    named = replace(target, application_name=application)
    connection = await open_connection(named, purpose="write", statement_timeout=30.0, kind=TaggedConnection)
    assert isinstance(connection, TaggedConnection)
    return connection
