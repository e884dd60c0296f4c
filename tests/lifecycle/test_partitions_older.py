"""The same statements on the oldest server that takes the schema: adopt, divide, detach."""

from uuid import uuid4

import pytest

from gbtui.lifecycle.adopting import adopt
from gbtui.lifecycle.partitions import detach, ensure, listed, split_past
from tests.conftest import Connect, execute, migrate, server_of
from tests.lifecycle.plain import make_plain, sum_of

ROWS = """
WITH o AS (INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id),
     b AS (INSERT INTO bots (name, org_id) SELECT 'support', org_id FROM o RETURNING id, org_id),
     s AS (INSERT INTO user_sessions (bot_id, org_id, session_token) SELECT id, org_id, 'sha256:0123456789' FROM b
           RETURNING id, bot_id, org_id)
INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)
SELECT id, bot_id, org_id, n::text, 'user', now() - n * interval '1 day' FROM s, generate_series(0, 99) n"""


@pytest.mark.parametrize("version", [15])
async def test_it_works_on(version: int, request: pytest.FixtureRequest, connect: Connect) -> None:
    server, name = server_of(request, version), f"t_{uuid4().hex[:12]}"
    await execute(server.dsn, f"CREATE DATABASE {name}")
    await migrate(server.of(name))
    db = await connect(server.of(name))
    await db.execute(ROWS)
    await make_plain(db, tail=False)
    before = await sum_of(db)
    await adopt(db)
    assert await sum_of(db) == before
    oldest = await db.fetchval("SELECT min(created_at) FROM message_history")
    await split_past(db, "public.message_history", oldest.date())
    assert await sum_of(db) == before
    assert await detach(db, f"message_history_p{oldest:%Y%m}") == f"gb_part.message_history_p{oldest:%Y%m}_detached"
    assert await ensure(db) == ()
    assert all(part.closed for part in await listed(db))
