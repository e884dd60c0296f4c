"""Ending backends on a real server: the one that was meant and no other, on record, with what came of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.domain.backend_text import facts, warnings
from gbtui.domain.backends import Act, AuditError, Backends, Key, Outcome, Target, Verdict
from gbtui.errors import LostError
from gbtui.monitor.monitor import Monitor
from gbtui.security.audit import Audit
from tests.conftest import Connect, Server, execute
from tests.monitor.sessions import Cast, cast
from tests.waiting import until

SOON = (0.02, 0.3, 1.0)
"""When is looked what came of an act: a test need not wait as long as a person reads."""


@pytest.fixture
async def backends(database: Database, tmp_path: Path) -> Backends:
    return Backends(database, Audit(database, tmp_path / "audit.jsonl"))


@pytest.fixture
async def scene(dsn: str) -> AsyncIterator[Cast]:
    async with cast(dsn) as scene:
        await scene.enter("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        yield scene


async def key(scene: Cast, pid: int) -> Key:
    start = await scene.opened[0].fetchval("SELECT backend_start FROM pg_stat_activity WHERE pid = $1", pid)
    return pid, start


async def end(backends: Backends, act: Act, keys: Sequence[Key]) -> list[Verdict]:
    """Act, and the last word on it."""
    told = [found async for _, found in backends.end(act, await backends.look(keys), tenants={}, looks=SOON)]
    return told[-1]


async def records(scene: Cast) -> list[tuple[str, str | None, dict[str, Any]]]:
    rows = await scene.opened[0].fetch("SELECT action, reason, detail FROM gb_meta.audit_log ORDER BY tx, created_at")
    return [(row["action"], row["reason"], json.loads(row["detail"])) for row in rows]


async def test_a_cancelled_alter_frees_those_behind_it_while_the_roots_go_on(
    scene: Cast, backends: Backends, database: Database
) -> None:
    reader = await scene.enter("BEGIN", "SELECT * FROM t")
    writer = await scene.enter("BEGIN", "UPDATE t SET a = 2")
    alter = await scene.wait("ALTER TABLE t ADD b int")
    await scene.wait("SELECT * FROM t")
    behind = scene.waiting[-1]

    (verdict,) = await end(backends, Act.CANCEL, [await key(scene, alter)])
    assert (verdict.pid, verdict.outcome) == (alter, Outcome.GONE)
    await behind
    with pytest.raises(asyncpg.QueryCanceledError):
        await scene.waiting[0]
    await reader.execute("COMMIT")
    await writer.execute("COMMIT")
    monitor = Monitor(database)
    assert (await monitor.once("locks")).rows == ()
    await monitor.stop()

    (before, _, told), (after, _, outcome) = await records(scene)
    assert (before, after) == ("backend.cancel", "backend.cancel.outcome")
    assert (told["pid"], told["state"], outcome["outcome"]) == (alter, "active", "gone")
    assert "ALTER" not in json.dumps(told), "a statement may hold a password"


async def test_a_terminated_root_is_gone(scene: Cast, backends: Backends) -> None:
    root = await scene.enter("BEGIN", "UPDATE t SET a = 2")
    await scene.wait("UPDATE t SET a = 3")
    (verdict,) = await end(backends, Act.TERMINATE, [await key(scene, root.get_server_pid())])
    assert verdict == Verdict(root.get_server_pid(), Outcome.GONE)
    await scene.waiting[0]
    assert root.is_closed()


async def test_a_cancel_leaves_an_idle_transaction_and_says_so(scene: Cast, backends: Backends) -> None:
    idle = await scene.enter("BEGIN", "UPDATE t SET a = 2")
    (target,) = await backends.look([await key(scene, idle.get_server_pid())])
    assert any("its locks stay; K" in warning for warning in warnings(Act.CANCEL, target))
    (verdict,) = await end(backends, Act.CANCEL, [target.key])
    assert verdict.outcome is Outcome.STILL_RUNNING
    assert "idle in transaction" in verdict.why
    await idle.execute("COMMIT")


async def test_another_backend_with_the_same_pid_is_not_touched(scene: Cast, backends: Backends) -> None:
    other = await scene.enter("BEGIN", "SELECT 1")
    pid, start = await key(scene, other.get_server_pid())
    before = (pid, start - timedelta(minutes=5))
    assert await backends.look([before]) == []
    (target,) = await backends.look([(pid, start)])
    stale = replace(target, backend_start=before[1])
    for act in Act:
        async for _, verdicts in backends.end(act, [stale], tenants={}, looks=SOON):
            assert verdicts == [Verdict(pid, Outcome.GONE, "it had ended before: nothing was done")]
    assert await other.fetchval("SELECT 1") == 1


async def test_several_at_once_each_with_its_own_outcome(scene: Cast, backends: Backends) -> None:
    idle = await scene.enter("BEGIN", "SELECT 1")
    sleepers = [await scene.enter() for _ in range(3)]
    pids = [sleeper.get_server_pid() for sleeper in sleepers]
    scene.waiting += [asyncio.create_task(sleeper.execute("SELECT pg_sleep(60)")) for sleeper in sleepers]

    async def all_sleep() -> bool:
        count = await scene.opened[0].fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        return bool(count == len(pids))

    await until(all_sleep)
    keys = [await key(scene, pid) for pid in (*pids, idle.get_server_pid())]
    verdicts = {verdict.pid: verdict.outcome for verdict in await end(backends, Act.CANCEL, keys)}
    assert verdicts == {**dict.fromkeys(pids, Outcome.GONE), idle.get_server_pid(): Outcome.STILL_RUNNING}
    assert [action for action, _, _ in await records(scene)] == ["backend.cancel"] * 4 + ["backend.cancel.outcome"] * 4


async def test_a_missing_right_is_named_as_the_grant_that_is_enough(
    scene: Cast, server: Server, dsn: str, tmp_path: Path, connect: Connect
) -> None:
    role, victim = (f"{name}_{tmp_path.name[-6:]}".lower().replace("-", "_") for name in ("signaller", "victim"))
    await execute(server.dsn, f"CREATE ROLE {role} LOGIN; GRANT pg_monitor TO {role}; CREATE ROLE {victim} LOGIN")
    sleeper = await connect(_as(dsn, victim))
    task = asyncio.create_task(sleeper.execute("SELECT pg_sleep(60)"))
    boss = await scene.enter("BEGIN", "SELECT 1")
    async with Database(_as(dsn, role)) as database:
        backends = Backends(database, Audit(database, tmp_path / "audit.jsonl"))
        keys = [await key(scene, sleeper.get_server_pid()), await key(scene, boss.get_server_pid())]
        refused = {verdict.pid: verdict for verdict in await end(backends, Act.TERMINATE, keys)}
        assert {verdict.outcome for verdict in refused.values()} == {Outcome.REFUSED}
        grant = refused[sleeper.get_server_pid()].why
        assert grant == f'missing GRANT pg_signal_backend TO "{role}"'
        assert "superuser" in refused[boss.get_server_pid()].why
        await scene.opened[0].execute(grant.removeprefix("missing "))
        allowed = {verdict.pid: verdict.outcome for verdict in await end(backends, Act.TERMINATE, keys)}
    assert allowed == {sleeper.get_server_pid(): Outcome.GONE, boss.get_server_pid(): Outcome.REFUSED}
    await asyncio.gather(task, return_exceptions=True)
    assert await boss.fetchval("SELECT 1") == 1


def _as(dsn: str, role: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(netloc=f"{role}@"))


async def test_what_must_be_recorded_and_cannot_be_is_not_done(scene: Cast, database: Database, tmp_path: Path) -> None:
    victim = await scene.enter("BEGIN", "SELECT 1")
    backends = Backends(database, Audit(database, tmp_path / "audit.jsonl", required=True))
    await scene.opened[0].execute("DROP SCHEMA gb_meta CASCADE")
    with pytest.raises(AuditError):
        await end(backends, Act.TERMINATE, [await key(scene, victim.get_server_pid())])
    assert await victim.fetchval("SELECT 1") == 1


async def test_an_act_whose_outcome_cannot_be_recorded_is_not_said_to_be_undone(
    scene: Cast, database: Database, tmp_path: Path
) -> None:
    victim = await scene.enter("BEGIN", "SELECT 1")
    backends = Backends(database, Audit(database, tmp_path / "audit.jsonl", required=True))
    targets = await backends.look([await key(scene, victim.get_server_pid())])
    with pytest.raises(AuditError, match="Done, but"):
        async for _, _verdicts in backends.end(Act.TERMINATE, targets, tenants={}, looks=SOON):
            await scene.opened[0].execute("DROP SCHEMA IF EXISTS gb_meta CASCADE")


async def test_a_server_lost_on_the_way_leaves_the_outcome_unknown(database: Database, tmp_path: Path) -> None:
    class Lost(Backends):
        async def look(self, keys: Sequence[Key]) -> list[Target]:
            raise LostError("Connection lost", "the server closed it")

    verdicts = [found async for _, found in Lost(database, Audit(database, tmp_path / "a")).end(
        Act.TERMINATE, [target(pid=1)], tenants={}, looks=SOON)]  # fmt: skip
    assert verdicts[-1] == [Verdict(1, Outcome.UNKNOWN, "the server closed it")]


async def test_an_attempt_that_was_refused_is_on_record(scene: Cast, backends: Backends) -> None:
    await backends.refused(Act.TERMINATE, [await key(scene, scene.opened[0].get_server_pid())], "read-only")
    ((action, reason, _),) = await records(scene)
    assert (action, reason) == ("backend.terminate.refused", "read-only")


def target(**changes: Any) -> Target:
    usual = Target(
        4711, datetime(2026, 11, 28, tzinfo=UTC), "client backend", "bots", "owner", "psql", "local", "active", 240.0,
        12.0, None, "", "ALTER TABLE bots ADD x int",
    )  # fmt: skip
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("act", "changes", "words"),
    [
        (Act.CANCEL, {"state": "idle in transaction (aborted)"}, "its locks stay"),
        (Act.CANCEL, {"state": "idle"}, "runs nothing"),
        (Act.CANCEL, {"kind": "walsender"}, "a cancel does nothing"),
        (Act.TERMINATE, {"kind": "walsender"}, "connect again"),
        (
            Act.CANCEL,
            {"kind": "autovacuum worker", "query": "autovacuum: VACUUM public.t (to prevent wraparound)"},
            "starts again at once",
        ),
        (Act.CANCEL, {"kind": "autovacuum worker", "query": "autovacuum: VACUUM public.t"}, "begins anew"),
        (Act.TERMINATE, {"application": "gbtui"}, "gbtui console's own"),
        (Act.TERMINATE, {}, "its transaction is undone"),
    ],
)
def test_where_an_act_is_useless_or_harmful_is_said(act: Act, changes: dict[str, Any], words: str) -> None:
    assert any(words in warning for warning in warnings(act, target(**changes)))


def test_a_plain_cancel_needs_no_warning() -> None:
    assert list(warnings(Act.CANCEL, target())) == []


def test_who_it_is_is_said_whole() -> None:
    told = " ".join(facts(target(), "acme", 12))
    for word in ("4711", "owner", "psql", "acme", "active for 12 s", "transaction for 4 m", "ALTER TABLE", "frees 12"):
        assert word in told
