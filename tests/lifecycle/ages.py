"""Tenants with rows of every kind and every age, and what is kept of them: for tests of retention and archives."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from gbtui.database.database import Database
from gbtui.domain.things import Kind as What
from gbtui.domain.things import find
from gbtui.lifecycle.retention import Archiving, Kind, Line, Plan, Reins, Removed, plan, policy, run
from gbtui.security.audit import Audit
from tests.conftest import Connection

# Months -8 … 3 of a table, the first open to the past.
MONTHS = """
    DO $$ DECLARE part regclass; BEGIN
        FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '{table}'::regclass LOOP
            EXECUTE 'DROP TABLE ' || part;
        END LOOP;
        PERFORM gb_meta.ensure_partition('{table}',
            (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date)
        FROM generate_series({first}, 3) n;
    END $$"""
MONTH = (
    "(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => {n}) + interval '{days} days')"
    " AT TIME ZONE 'UTC'"
)
FILL = f"""
    INSERT INTO organizations (org_id, name, slug)
        SELECT md5(slug)::uuid, slug, slug FROM unnest('{{acme,globex,initech}}'::text[]) slug;
    INSERT INTO bots (id, name, org_id) SELECT md5('bot' || slug)::uuid, 'bot', org_id FROM organizations;
    INSERT INTO users (id, username, email, password_hash)
        SELECT md5(n)::uuid, n, n || '@example.org', '$argon2id$x' FROM unnest('{{ann,bob,eve}}'::text[]) n;
    INSERT INTO organization_members (org_id, user_id)
        SELECT md5(o)::uuid, md5(u)::uuid FROM (VALUES ('acme', 'ann'), ('globex', 'ann'), ('acme', 'bob')) m (o, u);
    INSERT INTO user_sessions (id, user_id, bot_id, session_token, expires_at, updated_at)
        SELECT md5(b.org_id || 's' || n)::uuid, md5('ann')::uuid, b.id, 'sha256:' || md5(b.org_id || 's' || n),
            now() - n * interval '40 days', now() - n * interval '40 days'
        FROM bots b, generate_series(0, 5) n;
    INSERT INTO message_history (session_id, bot_id, message, sender, created_at)
        SELECT md5(b.org_id || 's' || s)::uuid, b.id, 'm' || n || repeat('x', n), 'user', {MONTH.format(n="-m", days=3)}
        FROM bots b, unnest('{{8,5,1,0}}'::int[]) m, generate_series(0, 2) s, generate_series(1, 4) n
        WHERE NOT (m = 5 AND b.org_id <> md5('acme')::uuid);
    INSERT INTO message_history (session_id, bot_id, message, sender, created_at)
        SELECT md5(b.org_id || 's0')::uuid, b.id, 'of long ago', 'bot', '2021-02-03' FROM bots b;
    INSERT INTO clicks (session_id, element_id, "timestamp")
        SELECT md5(b.org_id || 's1')::uuid, 'b', now() - n * interval '25 days' FROM bots b, generate_series(0, 9) n;
    INSERT INTO user_login_tokens (user_id, token, expires_at)
        SELECT u.id, 'sha256:' || md5(u.username || n), now() - n * interval '9 days'
        FROM users u, generate_series(0, 9) n;
    INSERT INTO email_drafts (user_id, subject, updated_at)
        SELECT u.id, 's', now() - n * interval '50 days' FROM users u, generate_series(0, 5) n;
"""
POLICIES = [
    (Kind.MESSAGES, None, 60), (Kind.MESSAGES, "globex", 200), (Kind.CLICKS, None, 60), (Kind.CLICKS, "globex", None),
    (Kind.SESSIONS, None, 90), (Kind.DRAFTS, None, 100), (Kind.DRAFTS, "globex", 200),
]  # fmt: skip


class Scene:
    """A database with rows of every kind, of every age."""

    def __init__(self, database: Database, db: Connection, audit: Audit) -> None:
        self.database, self.db, self.audit, self.at = database, db, audit, datetime.now(UTC)

    async def keep(self, kind: Kind, slug: str | None, days: int | None) -> str:
        named = await find(self.database, What.ORGANIZATION, slug) if slug else None
        return await policy.keep(self.database, self.audit, kind, named, days)

    async def plan(self, kinds: Sequence[Kind] = tuple(Kind)) -> Plan:
        return await plan(self.database, self.at, kinds)

    async def run(
        self, kinds: Sequence[Kind] = tuple(Kind), reins: Reins | None = None, archive: Archiving | None = None
    ) -> Removed:
        return await run(self.database, self.audit, self.at, kinds, archive=archive, reins=reins)

    async def hold(self, slug: str, *, on: bool = True) -> None:
        named = await find(self.database, What.ORGANIZATION, slug)
        if on:
            await policy.hold(self.database, self.audit, named, "case 4711")
        else:
            await policy.release(self.database, self.audit, named)

    async def ids(self) -> dict[str, set[str]]:
        """What there is, by table."""
        tables = "user_login_tokens", "email_drafts", "user_sessions", "clicks", "message_history"
        return {t: {str(row["id"]) for row in await self.db.fetch(f"SELECT id FROM {t}")} for t in tables}


def counted(lines: Sequence[Line]) -> Counter[tuple[str, str, str, str]]:
    found = Counter[tuple[str, str, str, str]]()
    for line in lines:
        assert line.rows is not None
        found[line.kind, line.action, line.organization, line.partition] += line.rows
    return found
