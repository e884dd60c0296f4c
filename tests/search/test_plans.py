"""With an index no search reads a large table from end to end: a common word, a rare one, none, in any bounds."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gbtui.database.connection import connect
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.sql import Statement
from gbtui.domain.scope import EVERYONE
from gbtui.domain.search import search as engine
from gbtui.domain.search.request import request
from gbtui.domain.search.wish import read
from gbtui.lifecycle import search_index
from tests.conftest import Connect, Connection, Server, execute
from tests.domain.test_plans import _nodes

_BLOCKS = 4_000
"""That one slice may touch, as of every list."""
_COMMON = "2 or you or your or the or a or order or we"
_LARGEST = """SELECT o.slug FROM organizations o JOIN user_sessions s USING (org_id)
    GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"""

# All of it would take a minute to index, and tell no more.
_FORGET = """DO $$
DECLARE old regclass;
BEGIN
    FOR old IN
        SELECT oid FROM pg_class WHERE relnamespace = 'gb_part'::regnamespace AND relkind = 'r'
          AND relname ~ '^message_history_p'
          AND relname < 'message_history_p' || to_char(now() - interval '1 month', 'YYYYMM')
    LOOP
        EXECUTE format('DROP TABLE %s', old);
    END LOOP;
END $$"""


@pytest.fixture(scope="module")
def indexed(server: Server, medium_dsn: str) -> Iterator[str]:
    """A copy of the medium sample's two last months with the search's indexes."""

    async def build() -> None:
        await execute(server.dsn, "CREATE DATABASE medium_search TEMPLATE medium STRATEGY file_copy")
        await execute(server.of("medium_search"), _FORGET)
        connection = await connect(target(server.of("medium_search")), purpose="write", statement_timeout=0.0)
        try:
            await search_index.build(connection, "simple", lambda _: None)
        finally:
            await connection.close(timeout=5)

    asyncio.run(build())
    yield server.of("medium_search")
    asyncio.run(execute(server.dsn, "DROP DATABASE medium_search WITH (FORCE)"))


class Explaining(engine.MessageSearch):
    """A search that has each of its statements explained on the way."""

    admin: Connection
    told: list[dict[str, Any]]

    async def _fetch(self, chosen: Statement, *arguments: object) -> Any:
        async with self.admin.transaction():
            await self.admin.execute(f"SET LOCAL jit = off; {engine._PLAN}")
            plan = await self.admin.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {chosen.text}", *arguments)
        self.told.append(json.loads(plan)[0]["Plan"])
        return await super()._fetch(chosen, *arguments)


@pytest.mark.slow
async def test_no_large_table_is_read_from_end_to_end(indexed: str, connect: Connect) -> None:
    admin = await connect(indexed)
    largest = await admin.fetchval(_LARGEST)
    used: set[str] = set()
    async with Database(indexed) as database:
        for line in (_COMMON, "refund !parcel", "nowhereatall", "re*"):
            for bounds in ("", f"--org {largest} --until 20d"):
                made = await request(database, read(f"{line} {bounds}"), EVERYONE)
                assert made.indexed
                search = Explaining(database, made)
                search.admin, search.told = admin, []
                found = [hit async for step in search.run(500) for hit in step.hits]
                assert len(found) <= 500
                for plan in search.told:
                    nodes = list(_nodes(plan))
                    scans = [node for node in nodes if node["Node Type"] == "Seq Scan" and node["Actual Loops"]]
                    assert not [node for node in scans if node["Actual Rows"] > 1000], line
                    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < _BLOCKS, (line, bounds)
                    used |= {node.get("Index Name", "") for node in nodes}
    assert [name for name in used if name.endswith("_search_simple_idx")]
