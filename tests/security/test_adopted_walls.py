"""Behind an adoption every login sees what it saw, and nobody sees the rows past the table."""

from contextlib import suppress
from uuid import uuid4

import asyncpg

from gbtui.lifecycle.adopting import adopt
from gbtui.lifecycle.partitions import listed
from tests.conftest import Connect, Connection, execute
from tests.lifecycle.plain import make_plain
from tests.security.conftest import Walled
from tests.security.world import LOGINS


async def seen(connection: Connection, table: str, org: str = "") -> str:
    """How many messages, of which organizations; "denied"."""
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('gb.org_id', $1, true)", org)
            rows = await connection.fetch(
                f"SELECT org_id::text AS org, count(*) AS n FROM {table} GROUP BY 1 ORDER BY 1"
            )
    except asyncpg.InsufficientPrivilegeError:
        return "denied"
    return str([tuple(row) for row in rows])


async def test_everybody_sees_what_they_saw_and_nobody_past_the_table(walled: Walled, connect: Connect) -> None:
    name = f"walled_{uuid4().hex[:8]}"
    await execute(walled.server.dsn, f"CREATE DATABASE {name} TEMPLATE walled STRATEGY file_copy")
    owner = await connect(walled.server.of(name))
    acme = str(walled.world.tenants["acme"].org_id)
    logins = {login: await connect(walled.server.of(name, login)) for login in LOGINS}
    before = {login: await seen(one, "message_history", acme) for login, one in logins.items()}
    assert before["w_nobody"] == "denied"
    assert before["w_bound"] == before["w_app"] != before["w_viewer"]

    await owner.execute("SET ROLE gb_owner")
    await make_plain(owner)
    await adopt(logins["w_dba"])
    assert {login: await seen(one, "message_history", acme) for login, one in logins.items()} == before
    assert await seen(logins["w_app"], "message_history") == "[]"

    parts = await listed(owner)
    assert all(part.closed for part in parts)
    for login, one in logins.items():
        if login != "w_dba":  # a member of the owner
            assert {await seen(one, part.name, acme) for part in parts} <= {"denied", "[]"}
    for one in (owner, *logins.values()):
        with suppress(asyncpg.PostgresError):
            await one.close(timeout=5)
    await execute(walled.server.dsn, f"DROP DATABASE {name} WITH (FORCE)")
