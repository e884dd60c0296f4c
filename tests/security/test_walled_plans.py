"""Behind the walls the lists are as fast: under row-level security no statement reads a large table from end to end."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from gbtui.database.sql import Statement, statement, variants
from tests.conftest import Connect, Connection, execute
from tests.domain.test_plans import _BLOCKS, _END, _FILL, _LARGE, _NIL, _cases, _nodes, _scans
from tests.security.conftest import Walled

_BIND = """
    INSERT INTO gb_meta.access_logins (login_oid, login, role, bound)
        SELECT oid, rolname, 'gb_viewer', true FROM pg_roles WHERE rolname = '{login}';
    INSERT INTO gb_meta.access_organizations
        SELECT r.oid, o.org_id FROM pg_roles r, (SELECT org_id FROM organizations ORDER BY slug LIMIT {number}) o
        WHERE r.rolname = '{login}';
"""


@pytest.fixture(scope="module")
def many(walled: Walled) -> Iterator[Walled]:
    """Three thousand tenants in a database `plans`; w_bound is bound to one of them, w_two to three."""
    asyncio.run(execute(walled.server.dsn, "CREATE DATABASE plans TEMPLATE core STRATEGY file_copy"))
    dsn = walled.server.of("plans")
    bind = "".join(_BIND.format(login=login, number=number) for login, number in (("w_bound", 1), ("w_two", 3)))
    asyncio.run(execute(dsn, f"{_FILL}; SELECT gb_meta.apply_access(); {bind}"))
    yield walled
    asyncio.run(execute(walled.server.dsn, "DROP DATABASE plans WITH (FORCE)"))


def _chosen(name: str, told: Statement) -> bool:
    """Whether a login that is bound to one organization asks this: what can be narrowed to it is.

    Looking for beginnings of names (`go_`, `users_by_name`) reads more behind a wall: neither LIKE nor lower() is
    leakproof, so no index helps it.
    """
    if name.startswith(("platform", "tenants_busy", "go_", "users_by_name")):
        return False
    return ("where", "org") not in variants(told.name) or " org" in name


async def _broken(connection: Connection, cases: list[tuple[str, Statement, tuple[object, ...]]]) -> list[str]:
    await connection.execute("SET jit = off")
    found = await connection.fetch("SELECT relname AS name FROM pg_class WHERE reltuples > $1", _LARGE)
    large = {row["name"] for row in found}
    assert {"user_sessions", "organizations"} < large
    broken = []
    for name, chosen, arguments in cases:
        told = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {chosen.text}", *arguments)
        plan = json.loads(told)[0]["Plan"]
        broken += [
            f"{name}: {node['Node Type']} {node['Relation Name']}" for node in _nodes(plan) if _scans(node, large)
        ]
        if plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] >= _BLOCKS:
            broken.append(f"{name} touches many blocks")
    return sorted(set(broken))


async def test_the_lists_of_a_login_of_one_organization(many: Walled, connect: Connect) -> None:
    connection = await connect(many.server.of("plans", "w_bound"))
    cases = [case for case in await _cases(connection, "busiest") if _chosen(case[0], case[1])]
    assert len(cases) > 20
    broken = await _broken(connection, cases)
    assert not broken, "\n".join(broken)


async def test_the_lists_of_a_login_of_several(many: Walled, connect: Connect) -> None:
    connection = await connect(many.server.of("plans", "w_two"))

    def general(name: str, *arguments: object, **chosen: object) -> tuple[str, Statement, tuple[object, ...]]:
        return name, statement(f"general_bots/{name}", **chosen), arguments  # type: ignore[arg-type]

    cases = [
        general("sessions_by_activity_mine", 50, _END, _NIL, where=("older",), order="newest"),
        general("sessions_by_activity_mine", 50, _END, _NIL, where=("older", "active"), order="newest"),
        general("tail_backlog", 50, None, where=("mine",)),
        general("tail_scrollback", 50, _END, _NIL, where=("mine",)),
        general("tenants", 50),
    ]
    broken = await _broken(connection, cases)
    assert not broken, "\n".join(broken)
    rows = await connection.fetch(cases[0][1].text, *cases[0][2])
    plain = statement("general_bots/sessions_by_activity", where=("older",), order="newest")
    assert rows == await connection.fetch(plain.text, *cases[0][2])
    assert len(rows) == 12
