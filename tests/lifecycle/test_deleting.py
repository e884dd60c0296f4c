"""What a preview says is what a delete removes, table by table; interrupted and gone on with, it ends the same."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.relations.preview import Effect, Preview, preview
from gbtui.domain.things import Kind, Named, find
from gbtui.errors import LockedError, LostError, QueryError
from gbtui.lifecycle.deleting import SET as SET_MARK
from gbtui.lifecycle.deleting import Progress, Reins, Stopped, delete
from gbtui.lifecycle.deletion_log import Deletion, deletions, lock_of
from gbtui.lifecycle.orders import FOLLOWS, order
from gbtui.security.audit import Audit
from tests.conftest import Connect, Connection
from tests.waiting import until

TABLES = """
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"""
# One tenant with rows in every table there is, and another beside it that must stay as it is.
FILL = """
    INSERT INTO organizations (org_id, name, slug) VALUES (md5('acme')::uuid, 'Acme', 'acme'), (md5('globex')::uuid, 'Globex', 'globex');
    INSERT INTO bots (id, name, org_id)
        SELECT md5(slug || n)::uuid, 'bot-' || n, org_id FROM organizations, generate_series(1, 3) n;
    INSERT INTO bot_configuration (bot_id, key, value) SELECT id, 'k' || n, 'v' FROM bots, generate_series(1, 4) n;
    INSERT INTO bot_memories (bot_id, key, value) SELECT id, 'm', 'v' FROM bots;
    INSERT INTO system_automations (bot_id, name, schedule, script) SELECT id, 'a', '@daily', 'PRINT' FROM bots;
    INSERT INTO users (id, username, email, password_hash)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n || '@example.org', '$argon2id$x' FROM generate_series(1, 5) n;
    INSERT INTO organization_members (org_id, user_id) SELECT org_id, u.id FROM organizations, users u;
    INSERT INTO user_login_tokens (user_id, token, expires_at)
        SELECT id, 'sha256:' || md5(username || n), now() + interval '1 day' FROM users, generate_series(1, 2) n;
    INSERT INTO user_preferences (user_id) SELECT id FROM users;
    INSERT INTO user_sessions (id, user_id, bot_id, session_token)
        SELECT md5(b.id || username || n)::uuid, u.id, b.id, 'sha256:' || md5(b.id || username || n)
        FROM bots b, users u, generate_series(1, 4) n;
    INSERT INTO message_history (session_id, user_id, bot_id, message, sender, created_at)
        SELECT s.id, s.user_id, s.bot_id, 'hello', 'user', now() - n * interval '20 days'
        FROM user_sessions s, generate_series(0, 3) n;
    -- Said by another bot of the tenant than the session's: it hangs on two bots.
    INSERT INTO message_history (session_id, user_id, bot_id, message, sender)
        SELECT s.id, s.user_id, (SELECT id FROM bots b WHERE b.org_id = s.org_id AND b.id <> s.bot_id LIMIT 1), 'over to you', 'bot'
        FROM user_sessions s WHERE s.user_id = md5('user1')::uuid;
    INSERT INTO clicks (session_id, element_id) SELECT id, 'button' FROM user_sessions;
    INSERT INTO kb_collections (bot_id, name) SELECT id, 'faq' || n FROM bots, generate_series(1, 2) n;
    INSERT INTO kb_documents (collection_id, bot_id, name, content)
        SELECT c.id, c.bot_id, 'd' || n, 'text' FROM kb_collections c, generate_series(1, 3) n;
    INSERT INTO kb_index_jobs (document_id) SELECT id FROM kb_documents;
    INSERT INTO user_kb_associations (session_id, collection_id)
        SELECT s.id, c.id FROM user_sessions s JOIN kb_collections c ON c.bot_id = s.bot_id;
    INSERT INTO basic_tools (bot_id, name, script) SELECT id, 'tool', 'PRINT' FROM bots;
    INSERT INTO session_tool_associations (session_id, tool_id)
        SELECT s.id, t.id FROM user_sessions s JOIN basic_tools t ON t.bot_id = s.bot_id;
    INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
        SELECT id, email, 'imap', 'smtp', 'x' FROM users;
    INSERT INTO email_drafts (user_id, account_id, subject) SELECT user_id, id, 's' FROM user_email_accounts;
    -- A colleague's draft by somebody's account: it stays, without the account.
    INSERT INTO email_drafts (user_id, account_id, subject)
        SELECT md5('user5')::uuid, id, 't' FROM user_email_accounts WHERE user_id = md5('user1')::uuid;
    INSERT INTO email_folders (id, account_id, name, path) SELECT md5(id || 'in')::uuid, id, 'in', 'in' FROM user_email_accounts;
    INSERT INTO email_folders (id, account_id, name, path, parent_id)
        SELECT md5(id || 'old')::uuid, account_id, 'old', 'in/old', id FROM email_folders;
    INSERT INTO email_folders (account_id, name, path, parent_id)
        SELECT account_id, 'older', 'in/old/older', id FROM email_folders WHERE parent_id IS NOT NULL;
    INSERT INTO folder_messages (folder_id, uid) SELECT id, n FROM email_folders, generate_series(1, 2) n;
"""  # noqa: E501 - rows
SET = {
    "user_sessions.user_id": "SELECT count(*) FROM user_sessions WHERE user_id IS NULL",
    "message_history.user_id": "SELECT count(*) FROM message_history WHERE user_id IS NULL",
    "email_drafts.account_id": "SELECT count(*) FROM email_drafts WHERE account_id IS NULL",
}


class Scene:
    """A database to delete from."""

    def __init__(self, database: Database, db: Connection, audit: Audit) -> None:
        self.database, self.db, self.audit, self.catalog = database, db, audit, Catalog(database)

    async def counts(self) -> Counter[str]:
        """Rows by table, and how many are set to null by column."""
        found = Counter[str]()
        for row in await self.db.fetch(TABLES):
            found[row[0].removeprefix("public.")] = await self.db.fetchval(f"SELECT count(*) FROM {row[0]}")
        return found

    async def nulls(self) -> Counter[str]:
        """Rows that point to nothing, by what pointed."""
        return Counter({name: await self.db.fetchval(sql) for name, sql in SET.items()})

    async def named(self, kind: Kind, text: str) -> Named:
        """A thing by its name."""
        return await find(self.database, kind, text)

    async def preview(self, named: Named) -> Preview:
        """What would go."""
        return await preview(self.database, self.catalog, named.thing, follows=FOLLOWS.get(named.kind, ()))

    async def delete(self, named: Named, reins: Reins | None = None) -> Mapping[str, int]:
        """Delete it."""
        planned = (await self.preview(named)).rows(Effect.DELETED)
        return await delete(self.database, self.audit, self.catalog, order(named, planned), reins or Reins())


@asynccontextmanager
async def scene(dsn: str, db: Connection, folder: Path) -> AsyncIterator[Scene]:
    async with Database(dsn, read_only=False) as database:
        yield Scene(database, db, Audit(database, folder / "audit.jsonl"))


THINGS = [
    (Kind.ORGANIZATION, "acme"),
    (Kind.BOT, "bot-1@acme"),
    (Kind.USER, "user1"),
    (Kind.SESSION, "SELECT id::text FROM user_sessions ORDER BY id LIMIT 1"),
    (Kind.COLLECTION, "SELECT id FROM kb_collections ORDER BY id LIMIT 1"),
]


@pytest.mark.parametrize(("kind", "name"), THINGS, ids=[kind for kind, _ in THINGS])
async def test_a_delete_removes_exactly_what_the_preview_says(
    dsn: str, connect: Connect, tmp_path: Path, kind: Kind, name: str
) -> None:
    db = await connect(dsn)
    await db.execute(FILL)
    name = await db.fetchval(name) if name.startswith("SELECT") else name
    async with scene(dsn, db, tmp_path) as here:
        named = await here.named(kind, name)
        seen = await here.preview(named)
        assert seen.exact
        assert not seen.stops
        before, nulls = await here.counts(), await here.nulls()
        assert all(before.values()), "a table without rows proves nothing"
        done = await here.delete(named)
        removed = before - await here.counts()
        assert (
            removed
            == Counter(seen.rows(Effect.DELETED))
            == Counter({k: n for k, n in done.items() if not k.startswith(SET_MARK)})
        )
        changed = +(await here.nulls() - nulls)
        said = {
            f"{line.table}.{','.join(line.columns)}": line.rows for line in seen.lines if line.effect is Effect.NULL
        }
        assert (
            changed
            == Counter(said)
            == Counter({k.removeprefix(SET_MARK): n for k, n in done.items() if k.startswith(SET_MARK)})
        )
        assert (await here.counts())["organizations"] == 2 - (kind is Kind.ORGANIZATION)
        records = await db.fetch(
            "SELECT action FROM gb_meta.audit_log WHERE action ~ $1 ORDER BY created_at", f"^{kind}[.]"
        )
        assert [row["action"] for row in records] == [f"{kind}.delete.begun", f"{kind}.deleted"]
        (job,) = await deletions(here.database, 60.0)
        assert (job.stands, job.thing, job.done) == ("done", named.thing, done)


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_what_is_broken_off_in_the_middle_is_gone_on_with_and_ends_the_same(
    dsn: str, connect: Connect, tmp_path: Path, how: str
) -> None:
    db = await connect(dsn)
    await db.execute(FILL)
    async with scene(dsn, db, tmp_path) as here:
        named = await here.named(Kind.ORGANIZATION, "acme")
        seen, before = await here.preview(named), await here.counts()
        # Somebody holds one of its sessions, so that it cannot be done with before it is broken off.
        holder = await connect(dsn)
        await holder.execute(
            "BEGIN; SELECT FROM user_sessions ORDER BY org_id = md5('acme')::uuid DESC LIMIT 1 FOR UPDATE"
        )
        told: list[Progress] = []
        reins = Reins(tell=told.append)
        going = asyncio.create_task(here.delete(named, reins))
        await until(lambda: told and told[-1].done.get("message_history") and told[-1].waiting)
        if how == "stopped":
            reins.stop.set()
        else:
            await db.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        with pytest.raises(Stopped if how == "stopped" else LostError):
            await going
        await holder.execute("ROLLBACK")
        part = before - await here.counts()
        assert 0 < part.total() < sum(seen.rows(Effect.DELETED).values())
        (job,) = await until(lambda: _unheld(here))
        assert (job.stands, dict(job.done)) == ("interrupted", dict(part))

        done = await here.delete(named)
        assert Counter(done) == Counter(seen.rows(Effect.DELETED)) == before - await here.counts()
        actions = [
            row[0]
            for row in await db.fetch(
                "SELECT action FROM gb_meta.audit_log WHERE action ~ 'delete' AND action !~ '^row' ORDER BY created_at"
            )
        ]
        between = ["organization.delete.interrupted"] * (how == "stopped")
        assert actions == ["organization.delete.begun", *between, "organization.delete.resumed", "organization.deleted"]


async def _unheld(here: Scene) -> list[Deletion] | None:
    found = await deletions(here.database)
    return found if all(one.pid is None for one in found) else None


async def test_two_do_not_delete_the_same_at_once(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(dsn)
    await db.execute(FILL)
    async with scene(dsn, db, tmp_path) as here:
        named = await here.named(Kind.ORGANIZATION, "acme")
        holder = await connect(dsn)
        await holder.execute(f"SELECT pg_advisory_lock({lock_of(named.thing)})")
        pid = holder.get_server_pid()
        before = await here.counts()
        with pytest.raises(LockedError, match=f"process {pid} works on it"):
            await here.delete(named)
        assert await here.counts() == before


async def test_a_delete_that_a_key_stops_says_by_what_and_the_preview_said_so(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db = await connect(dsn)
    await db.execute(FILL)
    await db.execute("CREATE TABLE invoices (id int PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations)")
    await db.execute(
        "INSERT INTO invoices SELECT n, org_id FROM organizations, generate_series(1, 1) n WHERE slug = 'acme'"
    )
    async with scene(dsn, db, tmp_path) as here:
        named = await here.named(Kind.ORGANIZATION, "acme")
        (line,) = (await here.preview(named)).stops
        assert (line.table, line.rows, line.constraint) == ("invoices", 1, "invoices_org_id_fkey")
        with pytest.raises(QueryError, match="invoices_org_id_fkey"):
            await here.delete(named)
        (job,) = await deletions(here.database, 60.0)
        assert job.stands == "failed"
        assert "invoices" in job.error
        assert await db.fetchval("SELECT count(*) FROM organizations") == 2
        await db.execute("DELETE FROM invoices")
        await here.delete(named)
        assert await db.fetchval("SELECT count(*) FROM organizations") == 1
