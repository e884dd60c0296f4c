"""A server of everything too much: 5,000 tables, 20,000 indexes, 10,000 statements, and on demand 500 backends."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from gbtui.demo.account import server_account
from tests.conftest import Connection, execute
from tests.scratch import Scratch
from tests.waiting import until

TABLES, INDEXES, STATEMENTS, BACKENDS, BLOCKED = 5_000, 20_000, 10_000, 500, 200
SETTINGS = {
    "max_connections": str(BACKENDS + 20),
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_locks_per_transaction": "256",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": str(STATEMENTS + 2_000),
}
_TABLES = f"""
    DO $$ BEGIN
        FOR i IN 1 .. {TABLES} LOOP
            EXECUTE format('CREATE TABLE many.t%s (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE, d int UNIQUE)', i);
            IF i % 500 = 0 THEN COMMIT; END IF;
        END LOOP;
    END $$
"""
_STATEMENTS = f"""
    DO $$ BEGIN
        SET pg_stat_statements.track = 'all';
        FOR i IN 1 .. {STATEMENTS // 2} LOOP
            EXECUTE format('SELECT a FROM many.t%s', i);
            EXECUTE format('SELECT b FROM many.t%s', i);
            IF i % 500 = 0 THEN COMMIT; END IF;
        END LOOP;
    END $$
"""


_CLIENT = f"""\\if :client_id < {BLOCKED}
SELECT * FROM many.t1;
\\else
SELECT pg_sleep(600);
\\endif
"""


def fill(server: Scratch) -> None:
    """Make the tables, indexes and statements."""
    for sql in ("CREATE EXTENSION pg_stat_statements", "CREATE SCHEMA many", _TABLES, _STATEMENTS):
        asyncio.run(execute(server.dsn, sql))


@asynccontextmanager
async def backends(server: Scratch) -> AsyncIterator[int]:
    """500 clients, 200 of which wait for a lock; the pid of the one that holds it, idle in its transaction."""
    holder = await asyncpg.connect(server.dsn, timeout=30)
    watcher = await asyncpg.connect(server.dsn, timeout=30)
    await holder.execute("BEGIN; LOCK TABLE many.t1 IN ACCESS EXCLUSIVE MODE")
    script = server.home.parent / "clients.sql"
    script.write_text(_CLIENT)
    where = ("-h", str(server.home), "-U", "postgres", "postgres")
    words = (server.program("pgbench"), "-n", "-c", str(BACKENDS), "-t", "1", "-f", str(script), *where)
    clients = await asyncio.create_subprocess_exec(*words, stdout=DEVNULL, stderr=DEVNULL, **server_account().spawn())
    try:
        await until(lambda: _are_there(watcher), 60, step=0.1)
        yield holder.get_server_pid()
    finally:
        clients.kill()
        await clients.wait()
        holder.terminate()
        watcher.terminate()


async def _are_there(watcher: Connection) -> bool:
    waiting, busy = await watcher.fetchrow(
        "SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'), count(*) FILTER (WHERE state = 'active')"
        " FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    ) or (0, 0)
    return bool(waiting == BLOCKED and busy == BACKENDS)
