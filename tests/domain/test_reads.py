"""The lists that screens show, on a small platform, and their plans on a larger one."""

from datetime import timedelta

import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import Scope
from gbtui.domain.session_list import Session, sessions
from gbtui.domain.tenant_list import tenants
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


async def _said(writer: Connection, at: Place, *lines: tuple[int, str, str]) -> None:
    """Messages so many seconds ago."""
    for ago, sender, text in lines:
        await writer.execute(
            "INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, now() - make_interval(secs => $7))",
            at.session_id, at.user_id, at.bot_id, at.org_id, text, sender, ago,
        )  # fmt: skip


async def test_a_session_says_who_spoke_last_and_who_waits(database: Database, writer: Connection) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    await _said(
        writer, acme, (300, "user", "hello"), (290, "bot", "hi"), (200, "user", "help"), (100, "user", "please")
    )
    await _said(writer, globex, (50, "user", "thanks"), (40, "bot", "\x1b]0;owned\x07bye " + "x" * 500))
    listed = {session.organization: session for session in await sessions(database)}
    ours, theirs = listed["acme"], listed["globex"]
    now = await writer.fetchval("SELECT now()")
    assert (ours.last_sender, ours.last_text, ours.messages, ours.user, ours.bot) == (
        "user", "please", 4, "ann-acme", "support-acme",
    )  # fmt: skip
    assert ours.waiting_since is not None
    assert now - ours.waiting_since == pytest.approx(timedelta(seconds=200), abs=timedelta(seconds=20))
    assert ours.marks(now) == {"waiting", "active"}
    assert (theirs.last_sender, theirs.waiting_since, len(theirs.last_text)) == ("bot", None, 160)
    assert "\x1b" not in theirs.last_text
    assert "token" not in set(Session.__dataclass_fields__)
    assert [session.organization for session in await sessions(database, Scope(acme.org_id))] == ["acme"]


async def test_a_session_without_a_word_or_a_user(database: Database, writer: Connection) -> None:
    acme = await place(writer)
    await writer.execute("DELETE FROM users")
    (session,) = await sessions(database, Scope(acme.org_id))
    assert (session.user, session.user_id, session.last_sender, session.messages) == ("", None, "", 0)
    assert session.marks(session.last_activity + timedelta(days=2)) == {"expired", "anonymous"}


async def test_sessions_page_both_ways_without_loss(database: Database, writer: Connection) -> None:
    acme = await place(writer)
    await writer.execute(
        # Many with the same time: the id decides.
        "INSERT INTO user_sessions (bot_id, org_id, session_token, updated_at)"
        " SELECT $1, $2, 'sha256:' || md5(n::text) || n, now() - make_interval(secs => n / 10)"
        " FROM generate_series(1, 54) n",
        acme.bot_id, acme.org_id,
    )  # fmt: skip
    down: list[Session] = []
    while page := await sessions(database, limit=10, older_than=down[-1] if down else None):
        down += page
    assert len({session.id for session in down}) == len(down) == 55
    assert down == sorted(down, key=lambda s: (s.last_activity, s.id), reverse=True)
    up = [down[-1]]
    while page := await sessions(database, limit=10, newer_than=up[0]):
        up = [*page, *up]
    assert up == down


async def test_tenants_come_busiest_first(database: Database, writer: Connection) -> None:
    quiet, busy, busier = [await place(writer, slug) for slug in ("acme", "zorro", "globex")]
    await _said(writer, quiet, (3600, "user", "long ago"))
    await _said(writer, busy, (10, "user", "hello"))
    await _said(writer, busier, (10, "user", "hello"), (9, "bot", "hi"))
    found = await tenants(database)
    assert [tenant.organization for tenant in found] == ["globex", "zorro", "acme"]
    assert [tenant.sample for tenant in found] == [3, 3, 3]
    assert found[0].share_sampled == pytest.approx(2 / 3)
    assert found[0].messages_per_second_sampled == pytest.approx(2 / 60)
    assert (found[0].bots, found[0].sessions_active) == (1, 1)
    assert found[2].last_message_at is not None
    assert [t.organization for t in await tenants(database, Scope(busy.org_id))] == ["zorro"]


async def test_no_tenants_at_all(database: Database) -> None:
    assert await tenants(database) == []
    assert await sessions(database) == []
