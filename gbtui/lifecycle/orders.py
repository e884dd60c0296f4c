"""How each kind of thing is deleted: what goes with it though its key says otherwise, and what falls silent first."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.domain.things import Kind, Named
from gbtui.lifecycle.batches import Batches
from gbtui.lifecycle.deletion_log import Order

FOLLOWS: Final[Mapping[Kind, tuple[tuple[str, str], ...]]] = {
    # The documents' order: documents before their collection.
    Kind.COLLECTION: (("public.kb_documents", "public.kb_collections"),),
}


def order(named: Named, planned: Mapping[str, int], reason: str = "") -> Order:
    """What has to be done to delete a thing."""

    async def silence(batches: Batches) -> None:
        """Bots that are to go begin no session and answer no more, so that nothing new comes meanwhile."""

        async def organization(connection: Connection) -> int:
            text = statement("general_bots/write/bots_silence").text
            return _rows(await connection.execute(text, UUID(named.key), batches.size))

        async def bot(connection: Connection) -> int:
            return _rows(
                await connection.execute(statement("general_bots/write/bot_switch").text, UUID(named.key), False)
            )

        while await batches.run(organization if named.kind is Kind.ORGANIZATION else bot):
            pass

    speaks = named.kind in (Kind.ORGANIZATION, Kind.BOT)
    return Order(
        named.thing, FOLLOWS.get(named.kind, ()), planned, named.org_id, reason, named.kind, silence if speaks else None
    )


def _rows(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])
