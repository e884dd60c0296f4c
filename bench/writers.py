"""Writers for the tail's benchmarks: a platform of twenty organizations, and pgbench writing messages into it."""

import re
import subprocess
import tempfile
from typing import Final

import asyncpg

from tests.conftest import migrate
from tests.scratch import Scratch

_PLACES: Final = """
CREATE TABLE place AS
WITH o AS (INSERT INTO organizations (name, slug) SELECT 'Org ' || n, 'org-' || n FROM generate_series(1, 20) n
           RETURNING org_id),
     b AS (INSERT INTO bots (name, org_id) SELECT 'bot', org_id FROM o RETURNING id, org_id)
SELECT row_number() OVER () AS n, gen_random_uuid() AS session_id, b.id AS bot_id, b.org_id
FROM b, generate_series(1, 10);
INSERT INTO user_sessions (id, bot_id, org_id, session_token)
    SELECT session_id, bot_id, org_id, 'sha256:' || md5(n::text) FROM place;
ALTER TABLE place ADD PRIMARY KEY (n);
"""
SCRIPT: Final = """\\set n random(1, 200)
INSERT INTO message_history (session_id, bot_id, org_id, message, sender)
SELECT session_id, bot_id, org_id, 'What time do you open on Sunday?', 'user' FROM place WHERE n = :n;
"""
"""One message a transaction, as gbtui's own writers write it."""
WITHOUT_ORGANIZATION: Final = SCRIPT.replace("bot_id, org_id,", "bot_id,")
"""The same by a writer that leaves the organization to the trigger."""


async def platform(server: Scratch, name: str) -> None:
    """Make a database with the platform's schema and 200 places to write into."""
    admin = await asyncpg.connect(server.dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    await migrate(server.of(name))
    admin = await asyncpg.connect(server.of(name))
    await admin.execute(_PLACES)
    await admin.execute("CREATE EXTENSION pg_stat_statements; ANALYZE")
    await admin.close()


def pgbench(server: Scratch, seconds: int, *more: str, script: str = SCRIPT) -> float:
    """Eight writers for so many seconds; transactions a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        said = subprocess.run(
            [server.program("pgbench"), "-n", "-h", str(server.home), "-U", "postgres", "-c", "8", "-M", "prepared",
             "-T", str(seconds), "-f", file.name, *more, "writers"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, said
    return float(found[1])


async def execute(dsn: str, sql: str) -> None:
    """Run statements over a connection of their own."""
    admin = await asyncpg.connect(dsn)
    await admin.execute(sql)
    await admin.close()
