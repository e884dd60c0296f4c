"""Knowledge: collections and documents; an upload queues its indexing and is counted, or did not happen."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.domain.transaction import transaction, write, write_count
from gbtui.errors import QueryError


async def create_collection(
    connection: Connection,
    bot_id: UUID,
    name: str,
    *,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    collection_id: str | None = None,
) -> str:
    """A collection of a bot; its id. Raises QueryError if there is no such bot, or it has one of this name."""
    async with transaction(connection):
        made = await write(
            connection, "collection_insert", bot_id, collection_id, name, description, json.dumps(dict(metadata or {}))
        )
        if not made:
            raise QueryError("No such bot", str(bot_id))
    return str(made[0]["id"])


async def upload_document(
    connection: Connection,
    collection_id: str,
    name: str,
    content: str,
    *,
    metadata: Mapping[str, Any] | None = None,
    document_id: str | None = None,
) -> str:
    """The document, its place in the indexing queue and the collection's count, in one transaction; its id.

    Embeddings are made later, by whoever works the queue kb_index_jobs. Raises QueryError if there is no such
    collection.
    """
    async with transaction(connection):
        made = await write(
            connection, "document_insert", collection_id, document_id, name, content, json.dumps(dict(metadata or {}))
        )
        if not made:
            raise QueryError("No such collection", collection_id)
        uploaded: str = made[0]["id"]
        await write(connection, "document_index", uploaded)
        await write(connection, "collection_count", collection_id, 1, len(content.encode()))
    return uploaded


async def delete_document(connection: Connection, document_id: str) -> bool:
    """The document with its indexing jobs, and the collection's count; whether it was there."""
    async with transaction(connection):
        gone = await write(connection, "document_delete", document_id)
        for row in gone:
            await write(connection, "collection_count", row["collection_id"], -1, -row["bytes"])
    return bool(gone)


async def delete_collection(connection: Connection, collection_id: str) -> bool:
    """An empty collection; whether it was there. Raises QueryError while it holds documents."""
    async with transaction(connection):
        return await write_count(connection, "collection_delete", collection_id) == 1
