"""A run of retention removes what its plan says, on every table, and nothing else; held, interrupted, gone on with."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gbtui.domain.things import Kind as What
from gbtui.domain.things import find
from gbtui.errors import GbtuiError, QueryError, UsageError
from gbtui.lifecycle import partitions
from gbtui.lifecycle.archive.before import Before
from gbtui.lifecycle.archive.restoring import restore
from gbtui.lifecycle.archive.store import store
from gbtui.lifecycle.batches import Batches
from gbtui.lifecycle.partitions import detaching
from gbtui.lifecycle.retention import Kind, Line, Plan, Reins, months, policies, policy
from gbtui.lifecycle.retention.policy import Cutoffs
from gbtui.lifecycle.retention.rows import Held, Record, remove
from gbtui.security.chain import verify
from tests.lifecycle.ages import MONTH, MONTHS, POLICIES, Scene, counted

# Said once more, in other words than the plan's own: what is past retention, by table.
PAST = {
    "message_history": "SELECT id FROM message_history WHERE created_at < $1::timestamptz - CASE org_id"
    " WHEN md5('globex')::uuid THEN interval '200 days' ELSE interval '60 days' END AND org_id <> ALL ($2::uuid[])",
    "clicks": """SELECT id FROM clicks WHERE "timestamp" < $1::timestamptz - interval '60 days'
        AND org_id <> md5('globex')::uuid AND org_id <> ALL ($2::uuid[])""",
    "user_sessions": "SELECT id FROM user_sessions s WHERE expires_at < $1::timestamptz - interval '90 days'"
    " AND org_id <> ALL ($2::uuid[]) AND NOT EXISTS (SELECT FROM message_history m WHERE m.session_id = s.id)"
    " AND NOT EXISTS (SELECT FROM clicks c WHERE c.session_id = s.id)",
    "email_drafts": "SELECT id FROM email_drafts WHERE updated_at < $1::timestamptz - CASE user_id"
    " WHEN md5('ann')::uuid THEN interval '200 days' ELSE interval '100 days' END AND $2::uuid[] IS NOT NULL",
    "user_login_tokens": "SELECT id FROM user_login_tokens WHERE expires_at < $1::timestamptz - interval '30 days'"
    " AND $2::uuid[] IS NOT NULL",
}


async def past(here: Scene, *held: str) -> dict[str, set[str]]:
    orgs = [await here.db.fetchval("SELECT org_id FROM organizations WHERE slug = $1", slug) for slug in held]
    return {t: {str(row["id"]) for row in await here.db.fetch(sql, here.at, orgs)} for t, sql in PAST.items()}


async def test_a_run_removes_what_the_plan_says_and_no_more(here: Scene) -> None:
    before, wanted = await here.ids(), await past(here)
    assert all(wanted.values()), "a table of which nothing goes proves nothing"
    planned = await here.plan()
    assert _by_table(planned.lines) == {t: len(ids) for t, ids in wanted.items()}
    assert [one.month.name for one in planned.months if one.kind is Kind.MESSAGES]
    assert await here.ids() == before, "a plan changes nothing"

    done = await here.run()
    assert counted(done.lines) == counted(planned.lines)
    after = await here.ids()
    assert {t: before[t] - after[t] for t in before} == wanted
    on_record = await here.db.fetchval(
        "SELECT sum((detail ->> 'rows')::bigint) FROM gb_meta.audit_log WHERE detail ->> 'run' = $1"
        " AND action IN ('retention.deleted', 'retention.revoked', 'retention.dropped')",
        done.run,
    )
    assert on_record == done.rows
    assert (await here.run()).lines == []
    # A message of long ago still finds a place, and the months there are stay closed to others.
    await here.db.execute(
        "INSERT INTO message_history (session_id, bot_id, message, sender, created_at)"
        " SELECT id, bot_id, 'late', 'user', '2020-01-01' FROM user_sessions LIMIT 1"
    )
    assert all(one.closed for one in await partitions.listed(here.db))


def _by_table(lines: Sequence[Line]) -> Counter[str]:
    found = Counter[str]()
    for line in lines:
        if line.action != "revoke":
            found[line.table.removeprefix("public.")] += line.rows or 0
    return found


async def test_a_whole_month_goes_only_when_nobody_keeps_any_of_it(here: Scene) -> None:
    def whole(found: Plan) -> list[str]:
        return sorted(one.month.name for one in found.months)

    free = await here.plan([Kind.MESSAGES])
    assert len(whole(free)) >= 5, "months -8 to -4, of which some are empty, are past all policies"
    await here.hold("initech")
    held = await here.plan([Kind.MESSAGES])
    assert "initech" not in {line.organization for line in held.lines}
    assert "initech" in held.told[-1]
    assert len(whole(held)) < len(whole(free))
    before, wanted = await here.ids(), await past(here, "initech")
    done = await here.run([Kind.MESSAGES])
    assert counted(done.lines) == counted(held.lines)
    assert before["message_history"] - (await here.ids())["message_history"] == wanted["message_history"]
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await here.db.execute("DELETE FROM organizations WHERE slug = 'initech'")

    # Policies are on record, and an organization can follow the default again.
    assert "90 days" in await here.keep(Kind.MESSAGES, "acme", policy.days("90d"))
    cut = (await policies(here.database)).cutoffs(Kind.MESSAGES, here.at)
    acme = await find(here.database, What.ORGANIZATION, "acme")
    await policy.follow_default(here.database, here.audit, Kind.MESSAGES, acme)
    assert len((await policies(here.database)).cutoffs(Kind.MESSAGES, here.at).orgs) == len(cut.orgs) - 1
    actions = await here.db.fetch("SELECT action FROM gb_meta.audit_log WHERE action LIKE 'retention.policy_%'")
    assert Counter(row["action"] for row in actions) == {
        "retention.policy_set": len(POLICIES) + 1, "retention.policy_cleared": 1,
    }  # fmt: skip
    with pytest.raises(UsageError, match="no length of time"):
        policy.days("soon")


async def test_a_hold_placed_while_a_month_is_detached_puts_it_back(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await here.ids()
    # While it is counted; or while it is archived anew, which takes long, and up to the moment in which it would go.
    for step in ("_counted", "_drop"):
        done = getattr(months, step)

        async def and_hold(*arguments: object, done: Any = done, **more: object) -> object:
            await here.hold("globex")
            return await done(*arguments, **more)

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(months, step, and_hold)
            with pytest.raises(QueryError, match="globex keeps rows of it by now"):
                await here.run([Kind.MESSAGES])
        assert await here.ids() == before
        assert {one.state for one in await partitions.listed(here.db)} == {"attached"}
        await here.hold("globex", on=False)


async def test_interrupted_it_goes_on_where_it_was_and_alone(here: Scene) -> None:
    planned = await here.plan()
    # A hold that is placed meanwhile is met by what belongs to people, too, whoever of them is of acme.
    tokens = next(line for line in planned.lines if line.kind is Kind.TOKENS)
    cutoffs, before = (await policies(here.database)).cutoffs(Kind.TOKENS, here.at), await here.ids()
    await here.hold("acme")
    record = Record(here.audit, "x", here.at.isoformat())
    with pytest.raises(Held):
        async with here.database.writing() as connection:
            await remove(Batches(connection, []), record, tokens, cutoffs, lambda _: None)
    await here.hold("acme", on=False)
    assert await here.ids() == before
    reins = Reins()
    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        if len(told) == 4:
            reins.stop.set()

    first = await here.run(reins=Reins(reins.stop, tell))
    assert first.stopped
    assert 0 < first.rows < planned.rows
    # A hold that is placed while it works is met by the next batch.
    acme = next(line for line in (await here.plan()).lines if (line.kind, line.organization) == (Kind.MESSAGES, "acme"))
    await here.hold("acme")
    with pytest.raises(Held):
        async with here.database.writing() as connection:
            await remove(Batches(connection, []), record, acme, Cutoffs("-infinity"), lambda _: None)
    await here.hold("acme", on=False)
    both = await asyncio.gather(here.run(), here.run(), return_exceptions=True)
    second = [one for one in both if not isinstance(one, BaseException)]
    assert not any(one.stopped for one in second)
    assert sum((counted(one.lines) for one in second), counted(first.lines)) == counted(planned.lines)
    assert (await here.plan()).lines == ()


async def test_a_month_that_a_crash_left_detached_goes_and_one_detached_by_hand_stays(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, before, wanted = await here.plan([Kind.MESSAGES]), await here.ids(), await past(here)
    by_hand = next(one.month.name for one in planned.months if one.empty)
    await partitions.detach(here.db, f"gb_part.{by_hand}")

    async def crash(*_: object, **__: object) -> None:
        raise ConnectionResetError

    # At once behind the detaching: what is known of it is known before.
    with monkeypatch.context() as broken:
        broken.setattr(detaching, "open_to_past", crash)
        with pytest.raises(GbtuiError):
            await here.run([Kind.MESSAGES])
    with monkeypatch.context() as broken:
        broken.setattr(months, "_drop", crash)
        with pytest.raises(GbtuiError):
            await here.run([Kind.MESSAGES])
    left = await here.plan([Kind.MESSAGES])
    assert any("interrupted" in told for told in left.told)
    done = await here.run([Kind.MESSAGES])
    assert before["message_history"] - (await here.ids())["message_history"] == wanted["message_history"]
    assert counted(done.lines) == counted(left.lines)
    detached = [one.partition for one in await partitions.listed(here.db) if one.state != "attached"]
    assert detached == [f"{by_hand}_detached"]


async def test_no_session_goes_that_a_detached_month_has_messages_of(here: Scene) -> None:
    # It has no other history: deleting it would delete them, in a table that nobody sees.
    only = "SELECT id FROM user_sessions WHERE id IN (SELECT md5(org_id || 's5')::uuid FROM bots)"
    await here.db.execute(
        "INSERT INTO message_history (session_id, bot_id, message, sender, created_at)"
        f" SELECT id, bot_id, 'the only one', 'user', '2021-03-03' FROM user_sessions WHERE id IN ({only})"
    )
    of_long_ago = "SELECT tableoid::regclass::text FROM message_history WHERE created_at < '2022-01-01' LIMIT 1"
    detached = await partitions.detach(here.db, await here.db.fetchval(of_long_ago))
    count, due = f"SELECT count(*) FROM {detached}", await here.plan([Kind.SESSIONS])
    before = await here.db.fetchval(count)
    done = await here.run([Kind.SESSIONS])
    assert await here.db.fetchval(count) == before
    assert counted(done.lines) == counted(due.lines)
    assert {line.action for line in done.lines} == {"revoke"}
    # It can go when the month is gone.
    await here.db.execute(f"DROP TABLE {detached}")
    assert {line.action for line in (await here.run([Kind.SESSIONS])).lines} == {"delete"}


async def test_audit_months_are_sealed_before_they_go_and_the_chain_stays_whole(here: Scene, tmp_path: Path) -> None:
    await here.db.execute(MONTHS.format(table="gb_meta.audit_log", first=-15))
    await here.db.execute(
        f"""INSERT INTO gb_meta.audit_log (action, org_id, object_id, created_at)
        SELECT 'x', CASE n WHEN 1 THEN md5('acme')::uuid END, n, {MONTH.format(n="-m", days=3)}
        FROM generate_series(1, 3) n, generate_series(1, 15) m"""
    )
    planned = await here.plan([Kind.AUDIT])
    gone = [f"{one.month.month:%Y-%m}" for one in planned.months]
    assert len(gone) >= 2
    place = store(str(tmp_path / "archives"))
    done = await here.run([Kind.AUDIT], archive=Before(here.database, place))
    assert counted(done.lines) == counted(planned.lines)
    left = await here.db.fetchval("SELECT count(*) FROM gb_meta.audit_log WHERE action = 'x'")
    assert left == 45 - done.rows
    verdicts = [one async for one in verify(here.database, tmp_path / "seals.jsonl")]
    assert [one.about for one in verdicts if "removed by retention" in one.told] == gone
    assert not [one for one in verdicts if one.wrong]
    # Put back, the records are those that were sealed.
    back = [await restore(here.database, here.audit, place, name) for name in place.names()]
    assert sum(one.rows for one in back) == done.rows
    verdicts = [one async for one in verify(here.database, tmp_path / "seals.jsonl")]
    assert not [one for one in verdicts if one.wrong or "removed" in one.told]
