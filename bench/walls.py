"""The walls' cost: the same statements as the owner, who is not held, and under the policies of each kind of login.

GBTUI_BENCH_SIZE is small or medium (the default here: a million messages, a minute, 1 GB under /tmp).
"""

import asyncio
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench.figure import Figure
from gbtui.database.sql import Statement, statement
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Size, load
from gbtui.resources import migrations
from gbtui.schema import runner, source
from gbtui.security.access import setup

_ROUNDS: Final = 15
_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
_LAST: Final = UUID(int=2**128 - 1)
_LARGEST: Final = "SELECT org_id FROM public.user_sessions GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
_COUNT: Final = Statement("count", "SELECT count(*) FROM public.message_history m WHERE m.org_id = $1", {})
_BIND: Final = """
    CREATE ROLE b_all LOGIN IN ROLE gb_viewer; CREATE ROLE b_one LOGIN IN ROLE gb_viewer;
    CREATE ROLE b_app LOGIN IN ROLE gb_app;
    INSERT INTO gb_meta.access_logins (login_oid, login, role, bound)
        SELECT oid, rolname, 'gb_viewer', true FROM pg_roles WHERE rolname = 'b_one';
"""
_TO: Final = "INSERT INTO gb_meta.access_organizations SELECT oid, $1 FROM pg_roles WHERE rolname = 'b_one'"


def figures() -> Iterator[Figure]:
    """Each statement's time on the server, the owner's beside it."""
    home = Path(tempfile.mkdtemp(prefix="gbtui-walls-", dir="/tmp"))
    server = EmbeddedServer(home, configuration={"fsync": "off", "full_page_writes": "off"})
    try:
        yield from asyncio.run(_measure(server.start()))
    finally:
        server.stop()
        server.wait_stopped()
        shutil.rmtree(home)


async def _measure(dsn: str) -> list[Figure]:
    owner = await asyncpg.connect(dsn)
    await runner.up(owner, source.read(migrations("core")))
    await load(owner, Size[os.environ.get("GBTUI_BENCH_SIZE", "medium").upper()])
    await setup.run(owner, setup.role_steps(await setup.look(owner)))
    org = await owner.fetchval(_LARGEST)
    await owner.execute(f"SELECT gb_meta.apply_access(); {_BIND}; ANALYZE")
    await owner.execute(_TO, org)
    session = await owner.fetchval("SELECT id FROM public.user_sessions WHERE org_id = $1 LIMIT 1", org)
    logins = {
        name: await asyncpg.connect(dsn.replace("://gbtui@", f"://{name}@")) for name in ("b_all", "b_one", "b_app")
    }
    await logins["b_app"].execute(f"SET gb.org_id = '{org}'")
    found = []
    for what, wanted, arguments in _asked(org, session):
        base = await _took(owner, wanted, arguments)
        for name, words in (("b_app", "gb_app"), ("b_all", "gb_viewer"), ("b_one", "bound")):
            if name == "b_app" and "mine" in wanted.text:
                continue
            took = await _took(logins[name], wanted, arguments)
            found.append(Figure(f"{what}: {words}", took, "ms", peer_name="owner", peer=base))
    for connection in (owner, *logins.values()):
        await connection.close()
    return found


def _asked(org: UUID, session: UUID) -> list[tuple[str, Statement, tuple[Any, ...]]]:
    return [
        ("count a tenant's messages", _COUNT, (org,)),
        (
            "a page of sessions",
            statement("general_bots/sessions_by_activity", where=("older", "org"), order="newest"),
            (200, _END, _LAST, [org]),
        ),
        ("the newest messages", statement("general_bots/tail_backlog", where=("org",)), (200, None, org)),
        (
            "a conversation",
            statement("general_bots/session_events", where=("before",), order="newest"),
            (session, 200, 4000, _END, _LAST),
        ),
        ("its head", statement("general_bots/session_head", where=("org",)), (session, org)),
        ("tenants", statement("general_bots/tenants", where=("named",)), (1, [org])),
    ]


async def _took(connection: Any, wanted: Statement, arguments: tuple[Any, ...]) -> float:
    """Milliseconds of planning and execution, the median of some rounds."""
    await connection.execute("SET jit = off")  # as the console's own connections have it
    times: list[float] = []
    for _ in range(_ROUNDS):
        told = json.loads(
            await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {wanted.text}", *arguments)
        )
        times.append(told[0]["Planning Time"] + told[0]["Execution Time"])
    return statistics.median(times)
