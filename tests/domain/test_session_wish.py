"""What the list of sessions asks the server: it looks through all of them, in statements that are bounded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.session_list import MARKS, Session, Wish, find, session_page, wish
from gbtui.errors import UsageError
from gbtui.filters import FilterError, parse
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
COLUMNS = ("organization", "bot", "user", "last_activity", "last_text", "at")


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


def asked(text: str) -> Wish:
    return wish(parse(text, COLUMNS, MARKS, NOW), NOW)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("is:waiting bot:support", Wish(bot="support", marks=("waiting",))),
        ("user:ann org:acme is:anonymous", Wish(user="ann", organization="acme", marks=("anonymous",))),
        ("at:2026-11-27T14:10Z bot:x", Wish(bot="x", at=datetime(2026, 11, 27, 14, 10, tzinfo=UTC))),
        ("at:2h", Wish(at=NOW - timedelta(hours=2))),
        ("last_activity>3h", Wish(until=NOW - timedelta(hours=3))),
        ("last_activity<2026-11-20", Wish(until=datetime(2026, 11, 20, tzinfo=UTC))),
        # What only the rows themselves can tell is not asked.
        ("hello !is:waiting !bot:x bot:/x/ last_text:parcel is:abandoned last_activity<3h", Wish()),
    ],
)  # fmt: skip
def test_a_filter_asks_what_the_server_can_answer(text: str, means: Wish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert asked(text) == means
    assert bool(means) is (means != Wish())


@pytest.mark.parametrize("text", ["at:yesterday", "at:soon", "!at:14:10", "at>14:10"])
def test_a_time_to_look_around_must_be_one(text: str) -> None:
    with pytest.raises(FilterError, match=r"14:10"):
        asked(text)


async def _many(writer: Connection, at: Place, count: int, **columns: str) -> list[UUID]:
    """Sessions of a bot, each a second older than the one before; `columns`: SQL for others of theirs."""
    given = {"updated_at": "now() - make_interval(secs => 60 + n)", "user_id": "NULL::uuid"} | columns
    rows = await writer.fetch(
        f"INSERT INTO user_sessions (bot_id, org_id, session_token, {', '.join(given)})"
        f" SELECT $1, $2, 'sha256:' || gen_random_uuid(), {', '.join(given.values())} FROM generate_series(1, $3) n"
        " RETURNING id",
        at.bot_id, at.org_id, count,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _say(writer: Connection, sessions: Sequence[UUID], *lines: tuple[str, str]) -> None:
    """In each of them: sender, and how long ago as an interval."""
    for sender, ago in lines:
        await writer.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " SELECT s.id, s.bot_id, s.org_id, 'said', $2, now() - $3::text::interval FROM user_sessions s"
            " WHERE s.id = ANY($1)",
            sessions, sender, ago,
        )  # fmt: skip


async def _all(database: Database, wanted: Wish, scope: Scope = EVERYONE, limit: int = 200) -> list[Session]:
    """Every page."""
    page = await session_page(database, scope, wanted, limit=limit)
    rows = list(page.rows)
    while page.behind is not None:
        page = await session_page(database, scope, at=page.behind, limit=limit)
        rows += page.rows
    return rows


def ids(rows: Sequence[Session]) -> set[UUID]:
    return {row.id for row in rows}


async def test_who_waits_is_found_behind_any_number_of_sessions(database: Database, writer: Connection) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    waiting = await _many(writer, acme, 3, updated_at="now() - interval '14 min'")
    await _many(writer, acme, 400)  # newer, and nobody waits in them
    answered = await _many(writer, acme, 2)
    theirs = await _many(writer, globex, 1)
    await _say(writer, waiting, ("bot", "14 min"), ("user", "13 min"))
    await _say(writer, answered, ("user", "5 min"), ("bot", "4 min"))
    await _say(writer, theirs, ("user", "2 min"))
    now = await writer.fetchval("SELECT now()")
    found = await _all(database, Wish(marks=("waiting",)), limit=2)
    assert ids(found) == {*waiting, *theirs}
    assert all("waiting" in row.marks(now) for row in found)
    assert ids(await _all(database, Wish(marks=("waiting",)), Scope(globex.org_id))) == set(theirs)
    assert ids(await _all(database, Wish(bot="support-acme", marks=("waiting",)))) == set(waiting)


async def test_what_one_statement_looks_through_ends_and_the_next_goes_on(
    database: Database, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "LOOKED", 10)
    acme = await place(writer)
    waiting = await _many(writer, acme, 1)
    busy = await _many(writer, acme, 60)
    await _say(writer, waiting, ("user", "10 min"))
    await _say(writer, busy, ("user", "9 min"), ("bot", "8 min"))
    first = await session_page(database, EVERYONE, Wish(marks=("waiting",)))
    assert (first.rows, first.behind is not None) == ((), True)
    assert first.told[0].startswith("looked through 40 messages, back to ")
    assert ids(await _all(database, Wish(marks=("waiting",)))) == set(waiting)


async def test_who_expires_soon_comes_by_the_end_that_is_next(database: Database, writer: Connection) -> None:
    acme = await place(writer)
    late = "now() + interval '20 min'"
    await _many(writer, acme, 300, expires_at=late)
    soon = await _many(
        writer, acme, 5, expires_at="now() + make_interval(mins => n)", updated_at="now() - interval '9 h'"
    )
    gone = await _many(writer, acme, 2, expires_at="now() - interval '1 h'")
    assert [row.id for row in await _all(database, Wish(marks=("expiring",)), limit=2)] == soon
    assert ids(await _all(database, Wish(marks=("expired",)), limit=1)) == set(gone)


async def test_the_anonymous_and_the_active_are_found_however_deep(database: Database, writer: Connection) -> None:
    acme = await place(writer)
    user = f"'{acme.user_id}'::uuid"
    await writer.execute("UPDATE user_sessions SET updated_at = now() - interval '3 h'")
    await _many(writer, acme, 300, user_id=user, updated_at="now() - interval '20 min'")
    nobody = await _many(writer, acme, 2, updated_at="now() - interval '2 h'")
    ended = "now() - interval '1 s'"
    await _many(writer, acme, 2, user_id=user, expires_at=ended)
    active = await _many(writer, acme, 2, user_id=user)
    for scope in (EVERYONE, Scope(acme.org_id)):
        assert ids(await _all(database, Wish(marks=("anonymous",)), scope)) == set(nobody)
        assert ids(await _all(database, Wish(marks=("active",)), scope)) == set(active)
        assert ids(await _all(database, Wish(bot="support", marks=("active",)), scope)) == set(active)


async def test_a_bot_a_user_an_organization_is_found_by_the_beginning_or_the_middle_of_its_name(
    database: Database, writer: Connection
) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    await _many(writer, acme, 300)
    theirs = {globex.session_id}
    for wanted in (
        Wish(bot="Support-G"), Wish(bot="port-glob"), Wish(user="ann-GLOB"), Wish(user="globex"),
        Wish(organization="globex"), Wish(organization="lobe"), Wish(bot="support-globex", user="ann-globex"),
        Wish(bot="support", user="ann-globex", organization="globex"),
    ):  # fmt: skip
        assert ids(await _all(database, wanted)) == theirs, wanted
    assert await _all(database, Wish(bot="support-globex"), Scope(acme.org_id)) == []
    assert await _all(database, Wish(bot="100%")) == []
    assert ids(await _all(database, Wish(bot="port-g"), Scope(globex.org_id))) == theirs


async def test_a_customer_without_a_name_is_found_by_bot_and_time(database: Database, writer: Connection) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    (wanted,) = await _many(writer, acme, 1, updated_at="now() - interval '1 h'")
    await _many(writer, acme, 300)
    (other,) = await _many(writer, globex, 1)
    await _say(writer, [wanted], ("user", "26 h"), ("bot", "25 h 55 min"), ("user", "1 h"))
    await _say(writer, [other], ("user", "26 h 10 min"))
    await _say(writer, [globex.session_id], ("user", "25 h 30 min"))
    now = await writer.fetchval("SELECT now()")
    at = now - timedelta(hours=26)
    found = await _all(database, Wish(at=at), limit=1)
    assert [row.id for row in found] == [wanted, other]
    assert found[0].at is not None
    assert abs(found[0].at - at) < timedelta(seconds=30)
    assert found[0].at_message == await writer.fetchval(
        "SELECT id FROM message_history WHERE session_id = $1 ORDER BY created_at LIMIT 1", wanted
    )
    assert [row.id for row in await _all(database, Wish(bot="support-globex", at=at))] == [other]
    assert [row.id for row in await _all(database, Wish(at=at), Scope(acme.org_id))] == [wanted]
    assert await _all(database, Wish(at=now - timedelta(days=3))) == []


async def test_near_a_busy_time_it_says_how_far_it_looked(
    database: Database, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "LOOKED", 3)
    acme = await place(writer)
    await _say(writer, await _many(writer, acme, 5), ("user", "61 min"), ("user", "59 min"))
    at = await writer.fetchval("SELECT now() - interval '1 h'")
    page = await session_page(database, EVERYONE, Wish(at=at))
    assert 0 < len(page.rows) <= 5
    assert page.told[0].startswith("looked through the messages nearest to it: ")


async def test_a_list_can_begin_at_a_time_and_pages_go_both_ways(database: Database, writer: Connection) -> None:
    acme = await place(writer)
    await _many(writer, acme, 30)
    everyone = await _all(database, Wish())
    middle = everyone[15]
    page = await session_page(database, EVERYONE, Wish(until=middle.last_activity), limit=5)
    assert list(page.rows) == everyone[16:21]
    before = await session_page(database, at=page.before, limit=5)
    assert list(before.rows) == everyone[11:16]
    assert before.before is not None
    top = await session_page(database, at=before.before, limit=50)
    assert (list(top.rows), top.before) == (everyone[:11], None)
    assert (await session_page(database, EVERYONE, Wish(marks=("waiting",)))).before is None


async def test_nobody_is_looked_for_by_what_is_masked(dsn: str) -> None:
    async with Database(dsn, redact=True) as masked:
        with pytest.raises(UsageError, match="masked"):
            await session_page(masked, EVERYONE, Wish(user="ann@example.org"))
