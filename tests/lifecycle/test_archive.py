"""Archives: what went comes back equal row for row; what is not whole is noticed before anything goes or comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gbtui.domain.things import Kind as What
from gbtui.errors import QueryError, UsageError
from gbtui.lifecycle import partitions
from gbtui.lifecycle.archive.before import Before
from gbtui.lifecycle.archive.making import Slice, make
from gbtui.lifecycle.archive.manifest import FILE, ArchiveError
from gbtui.lifecycle.archive.querying import query
from gbtui.lifecycle.archive.restoring import restore
from gbtui.lifecycle.archive.store import Store, store
from gbtui.lifecycle.archive.verifying import verify
from gbtui.lifecycle.deleting import Reins
from gbtui.lifecycle.hands import Hands
from gbtui.lifecycle.retention import Kind
from tests.lifecycle.ages import Scene, counted

KINDS = (Kind.CLICKS, Kind.MESSAGES)
REFUSED = (
    "DROP VIEW messages", "SELECT 1; SELECT 2", "SELECT * FROM read_text('/etc/passwd')", "COPY messages TO '/tmp/x'",
    "SET enable_external_access = true", "SELECT",
)  # fmt: skip
ALL = "SELECT md5(string_agg((to_jsonb(t) - 'tx')::text, ',' ORDER BY t.id)) FROM {} t"


async def checksums(here: Scene) -> list[str]:
    return [await here.db.fetchval(ALL.format(table)) for table in ("message_history", "clicks")]


async def test_archived_removed_restored_equal_and_asked_without_a_server(here: Scene, tmp_path: Path) -> None:
    place = store(str(tmp_path / "archives"))
    before, planned = await checksums(here), await here.plan(KINDS)
    months = await here.db.fetchval("SELECT count(DISTINCT tableoid) FROM message_history")
    done = await here.run(KINDS, archive=Before(here.database, place))
    assert counted(done.lines) == counted(planned.lines)
    assert await checksums(here) != before
    names = place.names()
    held = [verify(place, name) for name in names]
    assert sum(one.data.rows for one in held) == done.rows
    files = [path for path in (tmp_path / "archives").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    on_record = await here.db.fetch("SELECT object_id FROM gb_meta.audit_log WHERE action = 'archive.made'")
    assert {row["object_id"] for row in on_record} == set(names)

    answer = query(
        place, held, "SELECT kind, sum(n) FROM (SELECT 'm' AS kind, count(*) AS n FROM messages) GROUP BY kind"
    )
    assert answer.rows == (("m", sum(one.data.rows for one in held if one.kind == "messages")),)
    for refused in (
        "DROP VIEW messages",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY messages TO '/tmp/x'",
    ):
        with pytest.raises(UsageError):
            query(place, held, refused)

    # The sessions of long ago lose their last rows and go; they come back with them.
    await here.db.execute(
        "DELETE FROM user_sessions s WHERE NOT EXISTS (SELECT FROM clicks c WHERE c.session_id = s.id)"
        " AND NOT EXISTS (SELECT FROM message_history m WHERE m.session_id = s.id)"
    )
    back = [await restore(here.database, here.audit, place, name) for name in names]
    assert sum(one.rows for one in back) == done.rows
    assert await checksums(here) == before
    assert await here.db.fetchval("SELECT count(DISTINCT tableoid) FROM message_history") >= months
    assert not await here.db.fetchval(
        "SELECT count(*) FROM message_history WHERE created_at < $1::timestamptz - interval '60 days' AND tx <> '3'"
        " AND org_id <> md5('globex')::uuid",
        here.at,
    )
    again = await restore(here.database, here.audit, place, names[0])
    assert (again.rows, again.there) == (0, back[0].rows)


async def test_what_is_gone_meanwhile_stays_gone(here: Scene, tmp_path: Path) -> None:
    place = store(str(tmp_path / "archives"))
    org_id = await here.db.fetchval("SELECT org_id FROM organizations WHERE slug = 'acme'")
    await here.db.execute("UPDATE message_history SET user_id = md5('bob')::uuid WHERE message LIKE 'm2%'")
    made = await make(here.database, place, Slice(Kind.MESSAGES, "-infinity", here.at.isoformat(), org_id, "acme"))
    hands = Hands(here.database, here.audit)
    bob = await hands.find(What.USER, "bob")
    await hands.delete(bob, await hands.preview(bob), Reins())
    await here.db.execute("DELETE FROM message_history WHERE org_id = $1", org_id)
    back = await restore(here.database, here.audit, place, made.name)
    bobs = await here.db.fetchval(
        "SELECT count(*) FROM message_history WHERE org_id = $1 AND message LIKE 'm2%'", org_id
    )
    assert (back.rows, back.anonymous) == (made.data.rows, bobs)
    await here.db.execute("DELETE FROM organizations WHERE org_id = $1", org_id)
    assert (await restore(here.database, here.audit, place, made.name)).homeless == made.data.rows


class Lying(Store):
    """A disk that keeps other bytes than it was given."""

    @contextmanager
    def create(self, name: str, file: str) -> Iterator[Any]:
        with super().create(name, file) as opened:
            yield opened
        if file == "rows.parquet":
            assert self._folder is not None
            damage(self._folder / name / file)


def damage(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[len(held) // 3] ^= 1
    path.write_bytes(held)


async def test_nothing_goes_that_is_not_whole_in_the_archive_and_nothing_comes_from_one_that_is_not(
    here: Scene, tmp_path: Path
) -> None:
    good = store(str(tmp_path / "archives"))
    lying = Lying(good.files, good._root, good.where, good._folder)
    before = await checksums(here)
    with pytest.raises(ArchiveError):
        await here.run(KINDS, archive=Before(here.database, lying))
    assert await checksums(here) == before

    assert (good.names(), len(good.unfinished())) == ([], 1)
    with pytest.raises(ArchiveError, match="cannot be made: /proc/1/nowhere"):
        await here.run(KINDS, archive=Before(here.database, store("/proc/1/nowhere")))
    assert await checksums(here) == before

    org_id = await here.db.fetchval("SELECT org_id FROM organizations WHERE slug = 'acme'")
    twice = [
        await make(here.database, good, Slice(Kind.MESSAGES, "-infinity", here.at.isoformat(), one, "acme"))
        for one in (org_id, None)
    ]
    answer = query(good, twice, "SELECT count(*) FROM messages")
    assert answer.rows == ((twice[1].data.rows,),)
    assert "counted once" in answer.told[0]
    made = await make(here.database, good, Slice(Kind.CLICKS, "-infinity", here.at.isoformat(), org_id, "acme"))
    folder = tmp_path / "archives" / made.name
    manifest = (folder / FILE).read_text()
    edits = (
        ('"format": 1', '"format": 9'), (made.name, "another"), ('"rows.parquet"', '"../x.parquet"'),
        ('"rows": ', '"rows": 1'),
    )  # fmt: skip
    for wrong in ("not json", *(manifest.replace(*edit) for edit in edits)):
        (folder / FILE).write_text(wrong)
        with pytest.raises(ArchiveError):
            verify(good, made.name)
    (folder / FILE).write_text(manifest)
    damage(folder / "rows.parquet")
    with pytest.raises(ArchiveError, match="changed"):
        await restore(here.database, here.audit, good, made.name)
    with pytest.raises(UsageError, match="No such archive"):
        verify(good, "nothing")


async def test_a_row_that_came_while_its_month_was_archived_is_archived_too(here: Scene, tmp_path: Path) -> None:
    place = store(str(tmp_path / "archives"))
    late = (
        "INSERT INTO message_history (session_id, bot_id, message, sender, created_at)"
        " SELECT id, bot_id, 'late', 'user', '2021-02-04' FROM user_sessions LIMIT 1"
    )
    arrived: list[str] = []

    class Slow(Before):
        async def month(self, *arguments: Any) -> Any:
            made = await super().month(*arguments)
            if not arrived:
                arrived.append(await here.db.execute(late))
            return made

    await here.run([Kind.MESSAGES], archive=Slow(here.database, place))
    held = [verify(place, name) for name in place.names()]
    assert query(place, held, "SELECT count(*) FROM messages WHERE message = 'late'").rows == ((1,),)


async def test_a_month_of_which_not_every_row_is_in_the_archive_is_put_back(here: Scene, tmp_path: Path) -> None:
    class Blind(Before):
        """As for a login from which row-level security hides rows that the owner sees."""

        @staticmethod
        def _of(kind: Kind, month: Any, detached: str) -> Slice:
            return Slice(kind, month.since, month.until, UUID(int=0), "", month.name, detached)

    before = await checksums(here)
    with pytest.raises(QueryError, match="this login sees no more"):
        await here.run([Kind.MESSAGES], archive=Blind(here.database, store(str(tmp_path / "archives"))))
    assert {one.state for one in await partitions.listed(here.db)} == {"attached"}
    assert len(await here.db.fetch("SELECT FROM message_history WHERE created_at < '2022-01-01'")) > 0
    assert (await checksums(here))[1] == before[1]
