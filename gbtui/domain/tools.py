"""Tools: a registration reaches the bot's configuration and its active sessions with it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.domain.transaction import transaction, write, write_count
from gbtui.errors import QueryError


async def register_tool(
    connection: Connection,
    bot_id: UUID,
    name: str,
    script: str,
    *,
    description: str = "",
    parameters: Mapping[str, Any] | Sequence[Any] = (),
    metadata: Mapping[str, Any] | None = None,
    tool_id: str | None = None,
) -> str:
    """The tool, the bot's configuration (key `tools`) and its active sessions, in one transaction; the tool's id.

    `parameters` is a JSON object or array. A tool whose metadata says `"default": false` is not loaded in
    sessions. Raises QueryError if there is no such bot, or it has a tool of this name.
    """
    async with transaction(connection):
        made = await write(
            connection,
            "tool_insert",
            bot_id,
            tool_id,
            name,
            description,
            json.dumps(parameters if isinstance(parameters, Mapping) else list(parameters)),
            script,
            json.dumps(dict(metadata or {})),
        )
        if not made:
            raise QueryError("No such bot", str(bot_id))
        registered: str = made[0]["id"]
        await write(connection, "tool_configuration", bot_id)
        await write(connection, "tool_refresh", registered)
    return registered


async def delete_tool(connection: Connection, tool_id: str) -> bool:
    """Out of all sessions first, then the tool, then the bot's configuration; whether it was there."""
    async with transaction(connection):
        await write(connection, "tool_lock", tool_id)
        await write(connection, "tool_unload", tool_id)
        gone = await write(connection, "tool_delete", tool_id)
        if gone:
            await write_count(connection, "tool_configuration", gone[0]["bot_id"])
    return bool(gone)
