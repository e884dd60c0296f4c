"""Constraint violations from real logs, JSON and CSV, over a rotation; and what is said where there is none."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server import log_follow
from gbtui.monitor.window import RESET
from tests import older
from tests.conftest import Connect, Server
from tests.monitor.conftest import watching
from tests.scratch import scratch
from tests.waiting import until

BUILD = """
    CREATE TABLE users (
        id int PRIMARY KEY, email text CONSTRAINT one_email UNIQUE, age int NOT NULL CONSTRAINT grown CHECK (age > 17)
    );
    CREATE SCHEMA other;
    CREATE TABLE other.bots (user_id int CONSTRAINT its_user REFERENCES users);
    INSERT INTO users VALUES (1, 'secret@acme', 30);
"""
WRONG = (
    "INSERT INTO users VALUES (2, 'secret@acme', 30)",
    "INSERT INTO users VALUES (3, 'b', 3)",
    "INSERT INTO users VALUES (4, 'c', NULL)",
    "INSERT INTO other.bots VALUES (77)",
    "INSERT INTO users VALUES (2, 'secret@acme', 30) /* \"quoted\" \n and in two lines */",
)
COLLECTED = {"logging_collector": "on", "log_timezone": "Asia/Tokyo"}


@pytest.fixture(scope="module", params=["18 jsonlog", "15 csvlog"])
def logged(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server of its own that collects a log of that form."""
    version, form = request.param.split()
    if version == "18":
        with scratch({**COLLECTED, "log_destination": f"stderr,{form}"}) as server:
            yield server.dsn
        return
    if older.binaries(15) is None:
        pytest.skip("PostgreSQL 15 is not installed here")
    with older.running(15, *(f"{name}={value}" for name, value in COLLECTED.items()), f"log_destination={form}") as dsn:
        yield dsn


async def refuse(worker: Any, statements: tuple[str, ...]) -> None:
    for sql in statements:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await worker.execute(sql)


async def totals(monitor: Monitor) -> dict[str, int]:
    sample = await monitor.once("violations")
    assert sample.error is None, sample.error
    return {row.constraint: row.total for row in sample.rows}


async def test_each_is_counted_once_over_a_rotation_and_no_row_is_told(logged: str, connect: Connect) -> None:
    worker = await connect(logged)
    await worker.execute(BUILD)
    await refuse(worker, WRONG)
    expected = {"one_email": 2, "grown": 1, "age": 1, "its_user": 1}

    async def all_told() -> bool:
        return await totals(monitor) == expected

    async with watching(logged) as monitor:
        await until(all_told)
        rows = {row.constraint: row for row in monitor.last("violations").rows}
        kinds = {name: (row.table, row.kind) for name, row in rows.items()}
        assert kinds["one_email"] == ("users", "unique")
        assert kinds["grown"] == ("users", "check")
        assert kinds["age"] == ("users", "not null")
        assert kinds["its_user"] == ("bots", "foreign key")
        now = await worker.fetchval("SELECT now()")
        assert abs((rows["grown"].last_seen - now).total_seconds()) < 60, "the log's zone is taken for what it is"
        assert "secret" not in repr(monitor.last("violations").rows)

        first = await worker.fetchval("SELECT pg_current_logfile($1)", form_of(monitor))
        await refuse(worker, WRONG[:1])  # not read before the file is left behind
        await worker.execute("ALTER SYSTEM SET log_filename = 'rotated.log'")
        await worker.execute("SELECT pg_reload_conf()")

        async def rotated() -> bool:
            return bool(await worker.fetchval("SELECT pg_current_logfile($1)", form_of(monitor)) != first)

        await until(rotated)
        await refuse(worker, WRONG[:1])
        expected["one_email"] = 4
        await until(all_told)
        await refuse(worker, WRONG[1:2])
        expected["grown"] = 2
        await until(all_told)
        sample = await monitor.once("violations", span=RESET)
        assert "counted in log/rotated" in sample.skipped[0]
        assert await totals(monitor) == expected


def form_of(monitor: Monitor) -> str:
    return "jsonlog" if ".json" in monitor.last("violations").skipped[0] else "csvlog"


async def test_a_flood_is_passed_over_and_said(logged: str, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = await connect(logged)
    async with watching(logged) as monitor:
        before = (await totals(monitor))["grown"]
        monkeypatch.setattr(log_follow, "MOST", 20_000)
        monkeypatch.setattr(log_follow, "TAIL", 10_000)
        for _ in range(60):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await worker.execute(f"SELECT 1/0 /* {'x' * 1000} */")
        await refuse(worker, WRONG[1:2])

        async def told() -> bool:
            found = await totals(monitor)
            return found["grown"] == before + 1 and "too fast to be read" in monitor.last("violations").skipped[-1]

        await until(told)


async def test_the_missing_right_is_named(logged: str, connect: Connect) -> None:
    admin = await connect(logged)
    await admin.execute("CREATE ROLE watch LOGIN; GRANT pg_monitor TO watch")
    dsn = logged.replace("postgres@", "watch@")
    async with Database(dsn) as database:
        monitor = Monitor(database)
        sample = await monitor.once("violations")
        assert sample.rows == ()
        grant = sample.absent.removeprefix("not available: needs ")
        assert grant.startswith("GRANT EXECUTE ON FUNCTION pg_catalog.")
        await admin.execute(grant)
        sample = await monitor.once("violations")
        assert (sample.error, sample.absent) == (None, "")
        await monitor.stop()


async def test_without_a_log_the_setting_is_named(server: Server, server_15: Server) -> None:
    for place, lacking in ((server, "log_destination = 'stderr,jsonlog'"), (server_15, "logging_collector = on")):
        async with watching(place.dsn) as monitor:
            sample = await monitor.once("violations")
            assert sample.absent.startswith(f"not available: needs {lacking}")


async def test_refused_attempts_are_told_by_login_and_object(logged: str, connect: Connect) -> None:
    """What a role may not do, and who may not come in; from the log, without what they wrote."""
    worker = await connect(logged)
    await worker.execute("""
        CREATE ROLE curious LOGIN; CREATE TABLE vaults (secret text); CREATE TABLE walled (secret text);
        GRANT ALL ON walled TO curious; ALTER TABLE walled ENABLE ROW LEVEL SECURITY;
    """)
    curious = await connect(
        logged.replace("://postgres@", "://curious@")
        if "://postgres@" in logged
        else f"{logged}&user=curious"
        if "?" in logged
        else f"{logged} user=curious"
    )
    for sql in (
        "SELECT * FROM vaults WHERE secret = 'hunter2'",
        "SELECT * FROM vaults WHERE secret = 'hunter2'",
        "INSERT INTO walled VALUES ('hunter2')",
        "ALTER TABLE vaults ADD hunter2 int",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await curious.execute(sql)

    async def told() -> bool:
        sample = await monitor.once("refusals")
        assert sample.error is None, sample.error
        found = {(row.user, row.what): row.total for row in sample.rows}
        return found.items() >= {
            ("curious", "table vaults"): 2, ("curious", "rows of walled"): 1, ("curious", "owner of table vaults"): 1,
        }.items()  # fmt: skip

    async with watching(logged) as monitor:
        await until(told)
        assert "hunter2" not in repr(monitor.last("refusals").rows)
