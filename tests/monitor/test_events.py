"""What changed within a day: each kind on a real server, read at once; and what only a watcher can know."""

import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server import events as probe
from gbtui.monitor.server.event import Beginning, Event, Known, Reset, brief, events
from gbtui.monitor.server.event import Server as Answers
from tests import older
from tests.conftest import Connect, Server, execute, migrate
from tests.monitor.conftest import watching
from tests.waiting import until

NOW = datetime(2026, 11, 23, 14, 2, 31, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
SERVER = Answers(NOW, NOW - timedelta(days=3), NOW - timedelta(days=3), False, "10.0.0.7:5432", "00000001", False)


async def told(monitor: Monitor, kind: str) -> list[Event]:
    """The events of one kind, read now."""
    sample = await monitor.once("events")
    assert sample.error is None
    return [event for event in sample.rows if event.kind == kind]


# --- on real servers ----------------------------------------------------------------------------------------------


async def test_a_start_a_reload_and_a_reset_are_told_with_their_ages(
    monitor: Monitor, place: str, connect: Connect
) -> None:
    assert [event.what for event in await told(monitor, "restart")] == ["the server was started"]
    worker = await connect(place)
    name = await worker.fetchval("SELECT current_database()")
    await worker.execute("CREATE TABLE t (a int)")
    await worker.execute("SELECT pg_stat_reset()")
    # Within a minute of the server's start a reset is not told from the start's own.
    reset = Reset("database", name, datetime.now(UTC))
    found = await until(lambda: _reset_of(monitor, name))
    assert found is not None
    assert found.at - reset.at < timedelta(minutes=1)

    async def reloaded() -> list[Event]:
        # One within a second of the start is part of it.
        await worker.execute("SELECT pg_reload_conf()")
        return await told(monitor, "reload")

    (reload, *_) = await until(reloaded)
    assert reload.what == "the configuration was loaded anew"
    assert 0 <= reload.age < 60


async def _reset_of(monitor: Monitor, database: str) -> Reset | None:
    """What the server says of a reset, whatever is made of it."""
    assert monitor.probes["events"].name == "events"
    rows = await monitor._pace.database.rows(Reset, "server/events_resets")
    return next((row for row in rows if row.name == database), None)


async def test_migrations_applied_are_told_one_by_one_and_briefly_together(place: str) -> None:
    await migrate(place)
    async with watching(place) as monitor:
        found = await told(monitor, "migration")
        assert len(found) > 3
        assert "gb_meta" in found[-1].what
        assert "was applied by" in found[-1].what
        assert (f"{len(found)} migrations", False) in [(words, bad) for words, _, bad in brief(found)]


async def test_connections_that_began_together_are_counted_by_application(place: str) -> None:
    crowd = [
        await asyncpg.connect(place, timeout=10, server_settings={"application_name": "botserver"}) for _ in range(12)
    ]
    try:
        async with Database(place) as database:
            rows = await database.rows(Beginning, "server/events_sessions", 0.0)
            assert await database.rows(Beginning, "server/events_sessions", 3600.0) == [
                row for row in rows if row.kind == "server"
            ]
    finally:
        for one in crowd:
            one.terminate()
    (ours,) = [row for row in rows if row.application == "botserver"]
    assert (ours.number, ours.total) == (12, 12)
    (event,) = [
        event for event in events(Known(SERVER, 180000, LONG_AGO, beginnings=[replace(ours, at=NOW, total=20)]))
        if event.kind == "connections"
    ]  # fmt: skip
    assert event.what == "12 of 20 connections of botserver began within a minute"


async def test_without_the_right_to_see_sessions_it_names_the_grant_and_tells_the_rest(
    monitor: Monitor, place: str
) -> None:
    database = urlsplit(place).path.removeprefix("/")
    name = f"plain_{database}"
    await execute(place, f"CREATE ROLE {name} LOGIN")
    try:
        async with watching(Server(place, Path()).of(database, name)) as plain:
            sample = await plain.once("events")
            assert sample.error is None
            assert sample.skipped == (f'when connections began is not known: GRANT pg_monitor TO "{name}"',)
            assert [event.kind for event in sample.rows if event.kind == "restart"] == ["restart"]
    finally:
        await execute(place, f"DROP ROLE {name}")


async def test_a_crash_and_an_unclean_stop_are_told_from_a_clean_restart(
    monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    # The cluster is made by the test: of so young a one nothing is said.
    monkeypatch.setattr(probe, "made_at", lambda _: LONG_AGO)
    folder = older.binaries(15)
    if folder is None:
        pytest.skip("PostgreSQL 15 is not installed here")
    with older.home(15) as (home, account):
        older.run(account, folder / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-N")
        dsn = f"postgresql://postgres@/postgres?host={home}"
        settings = ("fsync=off", "listen_addresses=")
        with older.started(folder, home, account, *settings):
            older.run(account, folder / "pg_ctl", "-D", home / "data", "-m", "fast", "-w", "restart")
            async with watching(dsn) as monitor:
                (restart,) = await told(monitor, "restart")
                assert restart.brief == "restart"
                await _grown_up(await connect(dsn))
                victim = await connect(dsn)
                os.kill(await victim.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)

                async def crashed() -> list[Event]:
                    sample = await monitor.once("events")
                    return [event for event in sample.rows if event.kind == "crash"] if not sample.error else []

                (crash,) = await until(crashed, 30)
                assert crash.is_trouble
                assert crash.at - restart.at > timedelta(seconds=5)
                assert [event.brief for event in await told(monitor, "restart")] == ["restart"]
        with older.started(folder, home, account, *settings):  # it was stopped at once
            async with watching(dsn) as monitor:
                (unclean,) = await told(monitor, "restart")
                assert unclean.brief == "unclean restart"
                assert unclean.is_trouble


async def _grown_up(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Until the server runs for so long that a second start of its processes is no part of its first."""
    asked = "SELECT clock_timestamp() - pg_postmaster_start_time() > interval '6 seconds'"

    async def old() -> bool:
        return bool(await connection.fetchval(asked))

    await until(old, step=0.1)


async def test_a_promotion_is_told_with_its_time_also_to_who_came_later(connect: Connect) -> None:
    folder = older.binaries(15)
    if folder is None:
        pytest.skip("PostgreSQL 15 is not installed here")
    with older.running(15) as primary, older.home(15) as (home, account):
        source = Path(primary.partition("host=")[2])
        backup = ("-h", str(source), "-U", "postgres", "-D", str(home / "data"), "-R", "-c", "fast", "-X", "stream")
        older.run(account, folder / "pg_basebackup", *backup)
        dsn = f"postgresql://postgres@/postgres?host={home}"
        with older.started(folder, home, account, "fsync=off", "listen_addresses="):
            async with watching(dsn) as early:
                assert await told(early, "promotion") == []
                await execute(dsn, "SELECT pg_promote()")
                async with watching(dsn) as late:
                    for monitor in (early, late):
                        (event,) = await told(monitor, "promotion")
                        assert event.what.startswith("timeline 2 began")
                        assert event.age < 60
                        assert event.is_trouble


# --- rules --------------------------------------------------------------------------------------------------------


def kinds(known: Known, before: Answers | None = None, seen: tuple[Event, ...] = ()) -> list[tuple[str, str]]:
    """Kind and brief words of what is told."""
    return [(event.kind, event.brief) for event in events(known, before, seen)]


def test_what_is_older_than_a_day_is_not_told() -> None:
    assert kinds(Known(SERVER, 180000, LONG_AGO)) == []


def test_a_role_that_changed_is_said_where_no_record_tells_it() -> None:
    standby = replace(SERVER, in_recovery=True, timeline=None, now=NOW - timedelta(seconds=10))
    assert kinds(Known(SERVER, 180000, LONG_AGO), standby) == [("promotion", "became primary")]
    told = Known(replace(SERVER, timeline="00000002"), 180000, LONG_AGO, began_timeline=NOW - timedelta(seconds=4))
    assert kinds(told, standby) == [("promotion", "timeline 2")]


def test_another_server_that_answers_is_a_failover() -> None:
    before = replace(SERVER, address="10.0.0.6:5432", started_at=NOW - timedelta(days=9))
    assert kinds(Known(SERVER, 180000, LONG_AGO), before) == [("failover", "failover to 10.0.0.7:5432")]


@pytest.mark.parametrize("seconds", [-0.02, 0.02])
def test_a_crash_is_one_whichever_process_began_first_afterwards(seconds: float) -> None:
    began = Beginning("server", "checkpointer", 1, 1, NOW - timedelta(hours=1))
    resets = [Reset("server", name, began.at + timedelta(seconds=seconds)) for name in ("bgwriter", "wal", "archiver")]
    assert kinds(Known(SERVER, 180000, LONG_AGO, resets, [began])) == [("crash", "server process crashed")]


def test_a_reset_that_came_with_the_start_or_the_making_of_the_cluster_is_none() -> None:
    young = replace(SERVER, started_at=NOW - timedelta(hours=2), configured_at=NOW - timedelta(hours=2))
    resets = [Reset("server", "bgwriter", LONG_AGO), Reset("server", "wal", young.started_at)]
    resets += [Reset("database", "bots", NOW - timedelta(hours=1))]
    told = kinds(Known(young, 180000, NOW - timedelta(hours=3), resets))
    assert told == [("reset", "statistics of bots reset"), ("restart", "restart")]


def test_what_the_server_forgets_is_remembered_for_a_day() -> None:
    reloads = [replace(SERVER, configured_at=NOW - timedelta(hours=hours)) for hours in (23, 2)]
    first = events(Known(reloads[0], 180000, LONG_AGO))
    both = events(Known(reloads[1], 180000, LONG_AGO), reloads[0], first)
    assert [round(event.age / 3600) for event in both] == [2, 23]
    assert [words for words, _, _ in brief(both)] == ["reload (+1)"]
    later = replace(reloads[1], now=NOW + timedelta(hours=2))
    assert [round(event.age / 3600) for event in events(Known(later, 180000, LONG_AGO), reloads[1], both)] == [4]
