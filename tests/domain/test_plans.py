"""No list and no poll ever reads a large table from end to end, at any depth."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gbtui.database.sql import Statement, statement
from tests.conftest import Connect, Connection, Server, execute

_NIL = UUID(int=0)
_END = datetime(9999, 1, 1, tzinfo=UTC)
_LARGE = 1000  # rows

# Rows as a year of a small platform leaves them, most of them old; triggers and keys are not what is tested here.
_FILL = """
SET session_replication_role = replica;
INSERT INTO organizations (name, slug) SELECT 'Org ' || n, 'org-' || n FROM generate_series(1, 3000) n;
INSERT INTO bots (name, org_id) SELECT 'bot', org_id FROM organizations;
INSERT INTO users (username, email, password_hash)
    SELECT 'u' || n, 'u' || n || '@example.org', '$argon2id$x' FROM generate_series(1, 3000) n;
INSERT INTO user_sessions (user_id, bot_id, org_id, session_token, updated_at)
    SELECT NULL, b.id, b.org_id, 'sha256:' || md5(b.id::text || n) || n, now() - random() * interval '20 days'
    FROM bots b, generate_series(1, 4) n;
INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)
    SELECT s.id, s.bot_id, s.org_id, 'hello', 'user', s.updated_at - n * interval '1 s'
    FROM user_sessions s, generate_series(1, 3) n;
ANALYZE
"""


@pytest.fixture(scope="module")
def filled(server: Server, core_template: str) -> Iterator[str]:
    """A database with enough in it for a sequential scan to be wrong."""
    asyncio.run(execute(server.dsn, f"CREATE DATABASE plans TEMPLATE {core_template} STRATEGY file_copy"))
    asyncio.run(execute(server.of("plans"), _FILL))
    yield server.of("plans")
    asyncio.run(execute(server.dsn, "DROP DATABASE plans WITH (FORCE)"))


async def _cases(connection: Connection) -> list[tuple[str, Statement, tuple[object, ...]]]:
    """Statements with what they are called with: at the first page, and deep in the past."""
    org = await connection.fetchval("SELECT org_id FROM organizations LIMIT 1")
    session = await connection.fetchval("SELECT id FROM user_sessions LIMIT 1")
    user = await connection.fetchval("SELECT id FROM users LIMIT 1")
    some = [row["org_id"] for row in await connection.fetch("SELECT org_id FROM organizations LIMIT 50")]
    deep = await connection.fetchval("SELECT now() - interval '15 days'")
    now = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")

    def general(name: str, *arguments: object, **variant: Any) -> tuple[str, Statement, tuple[object, ...]]:
        told = " ".join([name, *variant.get("where", ()), "deep" if deep in arguments else ""])
        return told, statement(f"general_bots/{name}", **variant), arguments

    return [
        *(general("sessions", 50, at, _NIL, where=("older",), order="newest") for at in (_END, deep)),
        *(general("sessions", 50, at, _NIL, org, where=("older", "org"), order="newest") for at in (_END, deep)),
        general("sessions", 50, deep, _NIL, where=("newer",), order="oldest"),
        *(general("session_events", session, 50, 99, at, _NIL, where=("before",), order="newest") for at in (_END, deep)),
        general("session_events", session, 50, 99, deep, _NIL, where=("behind",), order="oldest"),
        general("session_head", session),
        general("session_head", session, org, where=("org",)),
        general("session_beside", user, deep, _NIL, where=("before",), order="newest"),
        general("session_beside", user, deep, _NIL, where=("after",), order="oldest"),
        general("session_beside", user, deep, _NIL, org, where=("before", "org"), order="newest"),
        general("tenants", 50),
        general("tenants", 50, "org-2", where=("after",)),
        general("tenants", 50, some, where=("named",)),
        general("tenants_busy"),
        general("tail_poll", now, ["5", "6"]),
        general("tail_poll", now, ["5", "6"], org, where=("org",)),
        general("tail_seen", now),
        general("tail_transaction", now, _NIL),
        general("tail_backlog", 50, None),
        general("tail_backlog", 50, None, org, where=("org",)),
        *(general("tail_scrollback", 50, at, _NIL) for at in (_END, deep)),
        general("tail_scrollback", 50, deep, _NIL, org, where=("org",)),
        general("tail_since", deep, _NIL),
        general("tail_since", deep, _NIL, org, where=("org",)),
        general("tail_names", some, some, some),
        general("organization_named", "org-77"),
        general("organization_named", str(org)),
    ]


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_no_large_table_is_read_from_end_to_end(filled: str, connect: Connect, mode: str) -> None:
    connection = await connect(filled)
    await connection.execute(f"SET plan_cache_mode = {mode}; SET jit = off")
    large = {
        row["name"]
        for row in await connection.fetch("SELECT relname AS name FROM pg_class WHERE reltuples > $1", _LARGE)
    }
    assert {"user_sessions", "organizations", "bots", "users"} < large
    for name, chosen, arguments in await _cases(connection):
        told = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {chosen.text}", *arguments)
        plan = json.loads(told)[0]["Plan"]
        wrong = [node for node in _nodes(plan) if _scans(node, large)]
        assert not wrong, f"{name}: {[(node['Node Type'], node['Relation Name']) for node in wrong]}"
        touched = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        assert touched < 4000, f"{name} touches {touched} blocks"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _scans(node: dict[str, Any], large: set[str]) -> bool:
    """Whether a node read a large table by its whole length, or threw away most of what an index gave it."""
    if node.get("Relation Name") not in large or not node["Actual Loops"]:
        return False
    return node["Node Type"] == "Seq Scan" or int(node.get("Rows Removed by Filter", 0)) > 5000
