"""The audit record as a list: every record once by page, narrowed by the server, and what changed in a row."""

import json
import re
from datetime import UTC, datetime

import pytest

from gbtui.database.database import Database
from gbtui.database.sql import statement
from gbtui.domain.audit_list import ANY, PAGE, Recorded, Wish, audit_page, change, wish
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.filters import parse
from gbtui.monitor.plain import columns
from tests.conftest import Connect, Connection

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_FILL = """
INSERT INTO gb_meta.audit_log (action, object_table, object_id, actor, org_id, created_at)
SELECT CASE WHEN n % 2 = 0 THEN 'row.updated' ELSE 'tail.opened' END, 'public.users', 'object-' || n % 5000,
       'login-' || n % 100, CASE WHEN n % 50 = 0 THEN 'aaaaaaaa-0000-4000-8000-000000000001'::uuid END,
       now() - make_interval(secs => n / 10)
FROM generate_series(1, 30000) n;
ANALYZE gb_meta.audit_log
"""


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


async def everything(
    database: Database, scope: Scope = EVERYONE, asked: Wish = ANY, limit: int = PAGE
) -> list[Recorded]:
    found: list[Recorded] = []
    page = await audit_page(database, scope, asked, limit=limit)
    while True:
        found += page.rows
        if page.behind is None:
            return found
        page = await audit_page(database, scope, at=page.behind, limit=limit)


async def test_a_record_tells_who_what_whose_and_why(database: Database, writer: Connection) -> None:
    org = await writer.fetchval("INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id")
    await writer.execute("UPDATE organizations SET name = 'Acme \x1b]0;owned\x07Inc', updated_at = now() + '1 h'")
    await writer.execute("SELECT gb_meta.audit('bot.shown', reason => 'asked', os_user => 'ann')")
    shown, changed, made = await everything(database)
    assert (shown.action, shown.reason, shown.person, shown.org, shown.object) == ("bot.shown", "asked", "ann", "", "")
    assert (made.action, made.table, made.org, made.org_id) == ("row.inserted", "public.organizations", "acme", org)
    assert (changed.changed, changed.object) == (("name", "updated_at"), str(org))
    told = await change(database, changed)
    assert [(one.field, one.before, one.after) for one in told.columns if one.field == "name"] == [
        ("name", "Acme", "Acme \ufffd]0;owned\ufffdInc"),
    ]  # fmt: skip
    assert [one.differs for one in told.columns] == [True, True, False, False, False]
    (only, *_) = (await change(database, made)).columns
    assert only.before is None


async def test_every_record_comes_once_whatever_the_page(database: Database, writer: Connection) -> None:
    await writer.execute(
        # Many with the same time: the id decides.
        "INSERT INTO gb_meta.audit_log (action, created_at)"
        " SELECT 'x', now() - make_interval(secs => n / 10) FROM generate_series(1, 53) n"
    )
    found = await everything(database, limit=10)
    assert len({one.id for one in found}) == len(found) == 53
    assert found == sorted(found, key=lambda one: (one.at, one.id), reverse=True)


async def test_the_server_narrows_and_no_large_part_is_read(
    database: Database, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await writer.execute(_FILL)
    scope = Scope(await writer.fetchval("SELECT org_id FROM gb_meta.audit_log WHERE org_id IS NOT NULL LIMIT 1"))
    assert len(await everything(database, asked=Wish(object="object-77", exactly=frozenset({"object"})))) == 6
    assert len(await everything(database, asked=Wish(actor="login-7", exactly=frozenset({"actor"})))) == 300
    assert len(await everything(database, scope)) == 600
    assert {one.org_id for one in await everything(database, scope)} == {scope.org_id}
    monkeypatch.setattr("gbtui.domain.audit_list.pages.STRETCH", 1000)
    page = await audit_page(database, wish=Wish(object="OBJECT-4999"))
    assert (page.rows, len(page.told)) == ((), 1)
    assert "looked through 1,000 records" in page.told[0]
    assert len(await everything(database, asked=Wish(object="OBJECT-4999"))) == 6
    end = datetime(9999, 1, 1, tzinfo=UTC)
    place = (PAGE, end, "00000000-0000-0000-0000-000000000000", datetime(1, 1, 2, tzinfo=UTC), 1000)
    for where, names, more in (
        ((), (None,) * 5, ()),
        (("actor",), ("login-7", None, None, None, None), ()),
        (("object",), (None, None, None, "object-7", None), ()),
        (("org",), (None,) * 5, (scope.org_id,)),
    ):
        asked = statement("meta/audit_list", where=where)
        (row,) = await writer.fetch(f"EXPLAIN (FORMAT JSON) {asked.text}", *place, *names, *more)
        scanned = re.findall(r'"Seq Scan".*?"Relation Name": "(\w+)"', json.dumps(json.loads(row[0])))
        large = "SELECT array_agg(relname) FROM pg_class WHERE relname = ANY($1::text[]) AND reltuples > 1000"
        assert not await writer.fetchval(large, scanned), where


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("actor:ann", Wish(actor="ann")),
        ("actor=ann action:row", Wish(actor="ann", action="row", exactly=frozenset({"actor"}))),
        ("!actor:ann", Wish()),
        ("table:users object:0b9c person:kim", Wish(table="users", object="0b9c", person="kim")),
        ("at>2026-11-01T00:00Z", Wish(since=datetime(2026, 11, 1, tzinfo=UTC))),
        ("at<2026-11-01T00:00Z", Wish(until=datetime(2026, 11, 1, tzinfo=UTC))),
        ("at<2h", Wish(since=datetime(2026, 11, 28, 10, tzinfo=UTC))),
        ("at>2h", Wish(until=datetime(2026, 11, 28, 10, tzinfo=UTC))),
        ("hello reason:x", Wish()),
    ],
)
def test_what_a_filter_asks_of_the_server(text: str, asked: Wish) -> None:
    assert wish(parse(text, columns(Recorded), (), NOW), NOW) == asked
