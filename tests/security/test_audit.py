"""An audit record lies in the database, or in a file of this user where it cannot; required, it is that or nothing."""

import asyncio
import json
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.errors import AuditError, LostError
from gbtui.secret import Secret
from gbtui.security.audit import Audit, Deed, Where
from gbtui.security.deed import os_user
from tests.bouncers import PROGRAM, bouncer
from tests.conftest import Connect, Server, execute, migrate
from tests.database.test_pgbouncer import IGNORES
from tests.scratch import Scratch, scratch

ORG = UUID("018f0000-0000-7000-8000-000000000001")
DEED = Deed(
    "backend.cancel",
    object_table="pg_stat_activity",
    object_id="4711",
    org_id=ORG,
    reason="it blocks everybody",
    detail={"pid": 4711, "backend_start": datetime(2026, 11, 28, 3, tzinfo=UTC), "frees": [1, 2]},
)
FUNCTION = "gb_meta.audit(text, text, text, uuid, jsonb, jsonb, text, text, jsonb)"


CUT = '{"cut by a full di'


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file, {} for the line that was cut before; fails on any other that is not whole."""
    return [{} if line == CUT else json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "gbtui" / "audit.jsonl"


@pytest.fixture
def writer(server: Server) -> str:
    """A role that may do nothing yet."""
    name = f"audit_{uuid4().hex[:8]}"
    asyncio.run(execute(server.dsn, f"CREATE ROLE {name} LOGIN"))
    return name


def as_role(dsn: str, role: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(netloc=f"{role}@"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def laid(path: Path, what: Literal["folder", "cut line"] | Path) -> None:
    """Put something in the file's place: a folder, a file for all eyes that ends in the middle, a link."""
    path.parent.mkdir(parents=True)
    match what:
        case "folder":
            path.mkdir()
        case "cut line":
            path.write_text(CUT)
            path.chmod(0o644)
        case _:
            path.symlink_to(what)


async def test_a_read_only_console_records_in_the_database(dsn: str, path: Path, connect: Connect) -> None:
    async with Database(dsn) as database:
        assert database.read_only
        audit = Audit(database, path)
        assert await audit.write(DEED) is Where.DATABASE
        assert audit.local == ""
    row = await (await connect(dsn)).fetchrow("SELECT * FROM gb_meta.audit_log")
    assert row is not None
    assert (row["action"], row["object_table"], row["object_id"]) == ("backend.cancel", "pg_stat_activity", "4711")
    assert (row["org_id"], row["reason"], row["os_user"]) == (ORG, "it blocks everybody", os_user())
    assert (row["actor"], row["application_name"]) == ("gbtui", "gbtui")
    assert json.loads(row["detail"]) == {"pid": 4711, "backend_start": "2026-11-28T03:00:00+00:00", "frees": [1, 2]}
    with pytest.raises(FileNotFoundError):
        lines(path)


async def test_several_deeds_are_recorded_together(dsn: str, path: Path, connect: Connect) -> None:
    async with Database(dsn) as database:
        await Audit(database, path).write(Deed("a.one"), Deed("a.two"))
    rows = await (await connect(dsn)).fetch("SELECT action, tx FROM gb_meta.audit_log ORDER BY action")
    assert [row["action"] for row in rows] == ["a.one", "a.two"]
    assert rows[0]["tx"] == rows[1]["tx"]


async def test_the_right_to_execute_is_enough(dsn: str, path: Path, writer: str, connect: Connect) -> None:
    admin = await connect(dsn)
    await admin.execute(
        f"ALTER ROLE {writer} SET default_transaction_read_only = on;"
        f"GRANT USAGE ON SCHEMA gb_meta TO {writer}; GRANT EXECUTE ON FUNCTION {FUNCTION} TO {writer}"
    )
    async with Database(as_role(dsn, writer)) as database:
        assert await Audit(database, path, required=True).write(DEED) is Where.DATABASE
    assert await admin.fetchval("SELECT actor FROM gb_meta.audit_log") == writer


async def test_without_that_right_it_goes_to_a_file_of_the_user(dsn: str, path: Path, writer: str) -> None:
    async with Database(as_role(dsn, writer)) as database:
        audit = Audit(database, path)
        assert await audit.write(DEED) is Where.LOCAL
        assert "permission denied" in audit.local
    (line,) = lines(path)
    assert (line["action"], line["object_id"], line["org_id"]) == ("backend.cancel", "4711", str(ORG))
    assert (line["actor"], line["os_user"], line["reason"]) == (writer, os_user(), "it blocks everybody")
    assert (line["why"], line["refused"]) == (audit.local, False)
    assert datetime.fromisoformat(line["created_at"]).tzinfo is not None
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


async def test_required_refuses_and_the_grants_it_names_are_enough(
    dsn: str, path: Path, writer: str, connect: Connect
) -> None:
    async with Database(as_role(dsn, writer)) as database:
        audit = Audit(database, path, required=True)
        with pytest.raises(AuditError) as refusal:
            await audit.write(DEED)
        await (await connect(dsn)).execute(refusal.value.hint)
        assert await audit.write(DEED) is Where.DATABASE
    assert [line["refused"] for line in lines(path)] == [True]


async def test_a_foreign_schema_has_no_audit_table(empty_dsn: str, path: Path) -> None:
    async with Database(empty_dsn) as database:
        assert await Audit(database, path).write(DEED) is Where.LOCAL
        with pytest.raises(AuditError, match="gb_meta") as refusal:
            await Audit(database, path, required=True).write(DEED)
    assert refusal.value.hint


async def test_a_schema_dropped_meanwhile(dsn: str, path: Path, connect: Connect) -> None:
    async with Database(dsn) as database:
        audit = Audit(database, path)
        assert await audit.write(DEED) is Where.DATABASE
        await (await connect(dsn)).execute("DROP SCHEMA gb_meta CASCADE")
        assert await audit.write(DEED) is Where.LOCAL


async def test_it_does_not_wait_for_a_lock(dsn: str, path: Path, connect: Connect) -> None:
    holder = await connect(dsn)
    async with Database(dsn) as database, holder.transaction():
        await holder.execute("LOCK TABLE gb_meta.audit_log IN ACCESS EXCLUSIVE MODE")
        audit = Audit(database, path)
        assert await audit.write(DEED) is Where.LOCAL
        assert "lock timeout" in audit.local


async def test_a_standby_a_stopped_server_and_one_without_a_slot(path: Path) -> None:
    """One server for all: making it takes longer than the test."""
    with scratch({"max_connections": "12", "superuser_reserved_connections": "0"}) as primary:
        await migrate(primary.dsn)
        standby = await asyncio.to_thread(primary.standby)
        await _on_standby(standby, path)
        await _behind_pooler(primary, path)
        await _without_slot(primary, path)
        await _stopped(primary, path)


async def _on_standby(standby: Scratch, path: Path) -> None:
    async with Database(standby.dsn) as database:
        audit = Audit(database, path)
        assert await audit.write(DEED) is Where.LOCAL
        assert "read-only transaction" in audit.local
        with pytest.raises(AuditError):
            await Audit(database, path, required=True).write(DEED)


async def _behind_pooler(primary: Scratch, path: Path) -> None:
    if PROGRAM is None:
        return
    with bouncer(primary.home, ignore_startup_parameters=IGNORES) as pooler:
        async with Database(f"{pooler} user=postgres dbname=postgres") as database:
            assert database.facts.pooled
            assert await Audit(database, path, required=True).write(DEED, DEED) is Where.DATABASE


async def _without_slot(primary: Scratch, path: Path) -> None:
    async with Database(primary.dsn) as database:
        taken: list[asyncpg.Connection[asyncpg.Record]] = []
        with pytest.raises(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await asyncpg.connect(primary.dsn))
        audit = Audit(database, path)
        assert await audit.write(DEED) is Where.LOCAL
        assert "too many clients" in audit.local
        for one in taken:
            await one.close()


async def _stopped(primary: Scratch, path: Path) -> None:
    async with Database(primary.dsn) as database:
        await asyncio.to_thread(primary.stop)
        before = len(lines(path))
        assert await Audit(database, path).write(DEED, Deed("backend.cancel.outcome")) is Where.LOCAL
        assert [line["action"] for line in lines(path)[before:]] == ["backend.cancel", "backend.cancel.outcome"]


async def test_nothing_secret_is_recorded(empty_dsn: str, path: Path) -> None:
    dsn = empty_dsn.replace("://gbtui@", "://gbtui:hunter2@")
    assert dsn != empty_dsn
    deed = Deed(
        "user.changed", detail={"password": "hunter2", "to": {"api_token": "hunter2"}, "dsn": Secret("hunter2")}
    )
    async with Database(dsn) as database:
        assert await Audit(database, path).write(deed) is Where.LOCAL
    (line,) = lines(path)
    assert "hunter2" not in str(line)
    assert set(line["detail"]) == {"password", "to", "dsn"}


async def test_hostile_text_is_recorded_harmless_and_cut(dsn: str, path: Path, connect: Connect) -> None:
    deed = Deed("x" * 300, reason="\x1b]0;owned\x07" + "r" * 9000, object_id="a\0b", detail={"a\0": "\u202eb\0"})
    async with Database(dsn) as database:
        assert await Audit(database, path).write(deed) is Where.DATABASE
    row = await (await connect(dsn)).fetchrow("SELECT * FROM gb_meta.audit_log")
    assert row is not None
    assert (len(row["action"]), len(row["reason"])) == (100, 4000)
    assert "\x1b" not in row["reason"]
    assert "\\u0000" not in row["detail"]


async def test_it_can_be_kept_nowhere(empty_dsn: str, path: Path) -> None:
    laid(path, "folder")
    async with Database(empty_dsn) as database:
        with pytest.raises(AuditError, match=r"audit\.jsonl"):
            await Audit(database, path).write(DEED)


async def test_a_link_laid_in_its_place_is_not_followed(empty_dsn: str, path: Path, tmp_path: Path) -> None:
    laid(path, tmp_path / "elsewhere")
    async with Database(empty_dsn) as database:
        with pytest.raises(AuditError):
            await Audit(database, path).write(DEED)
    with pytest.raises(FileNotFoundError):
        mode(tmp_path / "elsewhere")


_CONSOLE = """
import sys
from pathlib import Path
from gbtui.security.audit_file import append
for number in range(200):
    append(Path(sys.argv[1]), [{"console": sys.argv[2], "number": number, "fill": "x" * 5000}] * 2)
"""


async def test_several_consoles_add_whole_lines(path: Path) -> None:
    laid(path, "cut line")
    consoles = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _CONSOLE, str(path), name) for name in ("a", "b")
    ]
    assert [await console.wait() for console in consoles] == [0, 0]
    records = lines(path)
    assert records[0] == {}
    for name in ("a", "b"):
        numbers = [record["number"] for record in records[1:] if record["console"] == name]
        assert numbers == [number for number in range(200) for _ in range(2)]
    assert mode(path) == 0o600


CHANGED = Deed(
    "user.changed",
    object_table="public.users",
    object_id="018f0000-0000-7000-8000-000000000002",
    before={"username": "ann", "active": True, "password_hash": "hunter2", "seen": datetime(2026, 1, 2, tzinfo=UTC)},
    after={"username": "ann", "active": False, "password_hash": "hunter3", "ratio": float("nan")},
    detail={"changed": ["active", "password_hash"]},
)


async def test_a_change_and_its_record_are_one_transaction(dsn: str, path: Path, connect: Connect) -> None:
    admin = await connect(dsn)
    async with Database(dsn, read_only=False) as database:
        audit = Audit(database, path)
        async with database.writing() as connection:
            async with connection.transaction():
                await connection.execute("INSERT INTO public.organizations (name, slug) VALUES ('One', 'one')")
                assert await audit.within(connection, CHANGED) is Where.DATABASE
                assert await admin.fetchval("SELECT count(*) FROM gb_meta.audit_log") == 0
            with pytest.raises(ZeroDivisionError):
                async with connection.transaction():
                    await audit.within(connection, Deed("user.undone"), Deed("user.undone"))
                    raise ZeroDivisionError
            with pytest.raises(RuntimeError):
                await audit.within(connection, CHANGED)
    (row,) = await admin.fetch(
        "SELECT *, tx = (SELECT xmin::text::xid8 FROM public.organizations) AS same FROM gb_meta.audit_log "
        "WHERE action LIKE 'user.%'"
    )
    assert row["same"]
    assert json.loads(row["before"]) == {"username": "ann", "active": True, "seen": "2026-01-02T00:00:00+00:00"}
    assert json.loads(row["after"]) == {"username": "ann", "active": False, "ratio": "nan"}
    assert (row["object_id"], json.loads(row["detail"])) == (
        CHANGED.object_id,
        {"changed": ["active", "password_hash"]},
    )


async def test_within_a_change_that_may_not_be_recorded(dsn: str, path: Path, writer: str, connect: Connect) -> None:
    """Kept in the file the change goes on; required it is undone, and what the refusal names would have been enough."""
    admin = await connect(dsn)
    await admin.execute(f"GRANT SELECT, INSERT ON public.organizations TO {writer}")
    insert = "INSERT INTO public.organizations (name, slug) VALUES ($1, $1)"
    async with Database(as_role(dsn, writer), read_only=False) as database:
        audit, strict = Audit(database, path), Audit(database, path, required=True)
        async with database.writing() as connection:
            async with connection.transaction():
                assert await audit.within(connection, CHANGED) is Where.LOCAL
                await connection.execute(insert, "kept")
            with pytest.raises(AuditError) as refusal:
                async with connection.transaction():
                    await connection.execute(insert, "undone")
                    await strict.within(connection, CHANGED)
            await admin.execute(refusal.value.hint)
            async with connection.transaction():
                await connection.execute(insert, "recorded")
                assert await strict.within(connection, CHANGED) is Where.DATABASE
    assert await admin.fetchval("SELECT array_agg(slug ORDER BY slug) FROM public.organizations") == [
        "kept",
        "recorded",
    ]
    assert [(line["refused"], line["after"]["active"]) for line in lines(path)] == [(False, False), (True, False)]
    assert "hunter" not in str(lines(path))


async def test_within_a_transaction_that_is_lost(dsn: str, path: Path, connect: Connect) -> None:
    """Nothing can come of it, so nothing is said to have been done."""
    admin = await connect(dsn)
    async with Database(dsn, read_only=False) as database:
        with pytest.raises(LostError):
            async with database.writing() as connection, connection.transaction():
                await admin.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
                await Audit(database, path, required=True).within(connection, CHANGED)
    with pytest.raises(FileNotFoundError):
        lines(path)
