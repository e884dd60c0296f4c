"""What is told of every organization: counted where that is cheap, estimated and said so where it is not."""

from datetime import timedelta
from uuid import UUID

import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import Scope
from gbtui.domain.tenant_list import figures, read_figures
from gbtui.domain.tenant_list.held import Part, shared_out
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


async def _say(writer: Connection, at: Place, number: int, sender: str, apart: str = "1 s") -> None:
    await writer.execute(
        "INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender, created_at)"
        " SELECT $1, $2, $3, $4, repeat('x', 500), $5, now() - n * $6::text::interval FROM generate_series(1, $7) n",
        at.session_id, at.user_id, at.bot_id, at.org_id, sender, apart, number,
    )  # fmt: skip


async def test_every_organization_is_read_in_turns(
    database: Database, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "PAGE", 2)
    monkeypatch.setattr(figures, "_FIRST", 0.0)
    monkeypatch.setattr(figures, "_NEXT", 0.0)
    for slug in "abcdefg":
        await place(writer, slug)
    known = await read_figures(database)
    assert sorted(row.organization for row in known.figures.values()) == ["a", "b", "c", "d"]
    assert known.told(max(row.read_at for row in known.figures.values()))[0].startswith("4 organizations so far")
    await writer.execute("DELETE FROM organizations WHERE slug IN ('a', 'f')")
    for _ in range(2):
        known = await read_figures(database, known=known)
    known = await read_figures(database, known=known)
    assert known.whole
    assert sorted(row.organization for row in known.figures.values()) == ["b", "c", "d", "e", "g"]


async def test_figures_of_one_organization(database: Database, writer: Connection) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    await _say(writer, acme, 150, "bot")
    await _say(writer, acme, 20, "user", "1 h")
    await _say(writer, globex, 2000, "user", "30 s")
    known = await read_figures(database)
    ours, theirs = known.figures[acme.org_id], known.figures[globex.org_id]
    assert (ours.bots, ours.users, ours.users_more, ours.messages, ours.messages_day) == (1, 1, False, 170, 170)
    assert ours.last_bot_at is not None
    assert ours.read_at - ours.last_bot_at < timedelta(minutes=5)
    assert (theirs.last_bot_at, theirs.day_is_counted) == (None, False)
    # 120 an hour for sixteen hours and two thirds: more than are counted.
    assert known.days[globex.org_id][1] == pytest.approx(2000, rel=0.1)
    assert list((await read_figures(database, Scope(acme.org_id))).figures) == [acme.org_id]


async def test_bytes_are_those_that_the_tables_hold(database: Database, writer: Connection) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    await _say(writer, acme, 100, "bot")
    await _say(writer, globex, 3000, "bot")
    assert (await read_figures(database)).held.told[0].startswith("bytes: without ")
    await writer.execute("VACUUM (ANALYZE) message_history")
    await writer.execute("ANALYZE user_sessions, bots, organizations, organization_members")
    known = await read_figures(database)
    size = await writer.fetchval(
        "SELECT sum(pg_total_relation_size(i.inhrelid))::float8 FROM pg_inherits i"
        " WHERE i.inhparent = 'message_history'::regclass AND pg_relation_size(i.inhrelid) > 0"
    )
    ours, theirs = (
        known.held.of(at.org_id, known.figures[at.org_id].messages, figures.COUNTED) for at in (acme, globex)
    )
    assert ours is not None
    assert theirs is not None
    assert theirs == pytest.approx(size * 30 / 31, rel=0.2)
    # The rest is what small tables take, whose pages are shared out as well.
    assert ours + theirs == pytest.approx(known.held.total, rel=0.05)
    assert theirs > 5 * ours
    assert any("estimated from ANALYZE since" in sentence for sentence in known.held.told)


def test_without_statistics_nothing_is_made_up() -> None:
    held = shared_out([Part("message_history", "message_history_p202611", 9.0, 8192.0, None, None, None, None)])
    assert held.of(UUID(int=1), 5, 201) is None
    assert "no statistics that this role may read" in held.told[0]
