"""The database as the rest of the program sees it: read-only, with deadlines, and finding its way back."""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace

import asyncpg
import pytest

from gbtui.database.connection import Connection
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.sql import Statement
from gbtui.errors import (
    ConnectError,
    DeadlineError,
    DeniedError,
    GbtuiError,
    LockedError,
    LostError,
    NoFreeSlotError,
    QueryError,
    RefusedError,
)
from tests.conftest import Connect, Server
from tests.database.conftest import SLOTS, Fifteen
from tests.waiting import until


def sql(text: str, **header: str) -> Statement:
    return Statement("test", text, header)


PID = sql("SELECT pg_backend_pid() AS pid")


@dataclass(frozen=True, slots=True)
class Pid:
    pid: int


async def test_facts(server: Server) -> None:
    async with Database(server.dsn) as database:
        facts = database.facts
        assert facts.version_num >= 180000
        assert facts.version.startswith("18")
        assert (facts.database, facts.is_superuser, facts.in_recovery) == ("postgres", True, False)
        assert (facts.pooled, facts.tls, facts.has_schema) == (False, False, None)
        assert facts.system_identifier
        assert "plpgsql" in facts.extensions
        assert database.open_connections == 1


async def test_the_platforms_schema_is_recognized(database: Database) -> None:
    assert database.facts.has_schema == "general_bots"


async def test_a_plain_role_has_facts_too(server: Server, connect: Connect) -> None:
    await (await connect(server.dsn)).execute("DROP ROLE IF EXISTS plain_facts; CREATE ROLE plain_facts LOGIN")
    async with Database(server.of("postgres", "plain_facts")) as database:
        assert not database.facts.is_superuser
        assert "pg_monitor" not in database.facts.roles
        await (await connect(server.dsn)).execute("GRANT pg_monitor TO plain_facts")
        await database.refresh_facts()
        assert "pg_monitor" in database.facts.roles


async def test_rows_are_records(database: Database) -> None:
    (row,) = await database.rows(Pid, PID)
    assert row.pid > 0


async def test_nothing_is_written(database: Database) -> None:
    for text in ("CREATE TABLE t ()", "CREATE TEMP TABLE t ()", "DELETE FROM bots", "SELECT nextval('x')"):
        with pytest.raises(QueryError):
            await database.fetch(sql(text))
    with pytest.raises(DeniedError, match="read_only = false"):
        async with database.writing():
            pass


async def test_writing_where_it_is_allowed(dsn: str) -> None:
    async with Database(dsn, read_only=False) as database:
        async with database.writing() as connection:
            await connection.execute("CREATE TABLE public.written AS SELECT 1 AS one")
        assert (await database.fetch(sql("SELECT one FROM public.written")))[0]["one"] == 1
        with pytest.raises(QueryError):
            await database.fetch(sql("DROP TABLE public.written"))
        with pytest.raises(QueryError, match="does not exist"):
            async with database.writing() as connection:
                await connection.execute("DROP TABLE absent")


async def test_a_snapshot_sees_one_moment(dsn: str, connect: Connect) -> None:
    async with Database(dsn) as database, database.snapshot() as snapshot:
        before = await snapshot.fetchval("SELECT count(*) FROM pg_class")
        await (await connect(dsn)).execute("CREATE TABLE later ()")
        assert await snapshot.fetchval("SELECT count(*) FROM pg_class") == before
        assert await snapshot.fetchval("SHOW transaction_read_only") == "on"
        assert await snapshot.fetchval("SHOW lock_timeout") == "100ms"


async def test_a_lock_is_not_waited_for(dsn: str, connect: Connect) -> None:
    other = await connect(dsn)
    async with Database(dsn) as database, other.transaction():
        await other.execute("LOCK TABLE bots IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(LockedError, match=rf"bots by pid {other.get_server_pid()}: .*lock timeout"):
            await database.fetch(sql("SELECT count(*) FROM public.bots"))


async def test_deadlines_of_the_server_and_of_ours(server: Server) -> None:
    sleep = sql("SELECT pg_sleep(30)")
    async with Database(server.dsn, statement_timeout=0.1) as database:
        with pytest.raises(DeadlineError, match="statement timeout"):
            await database.fetch(sleep)
        # A longer deadline for one statement, and a shorter one.
        assert await database.fetch(sql("SELECT pg_sleep(0.2)"), timeout=20) is not None
    async with Database(server.dsn) as database:
        with pytest.raises(DeadlineError):
            await database.fetch(sleep, timeout=0.05)
        assert await database.fetch(PID)


async def test_a_missing_privilege_names_its_grant(dsn: str, server: Server, connect: Connect) -> None:
    await (await connect(server.dsn)).execute("DROP ROLE IF EXISTS plain_grant; CREATE ROLE plain_grant LOGIN")
    async with Database(replace(target(dsn, {}), user="plain_grant")) as database:
        cases: Mapping[str, Statement] = {
            'GRANT SELECT ON "bots" TO "plain_grant"': sql("SELECT * FROM public.bots"),
            'GRANT pg_monitor TO "plain_grant"': sql("SELECT * FROM pg_ls_waldir()", privilege="pg_monitor"),
        }
        for grant, statement in cases.items():
            with pytest.raises(DeniedError) as caught:
                await database.fetch(statement)
            assert caught.value.hint == grant


async def test_a_database_that_may_not_be_entered_names_its_grant(server: Server, connect: Connect) -> None:
    admin = await connect(server.dsn)
    await admin.execute("DROP ROLE IF EXISTS outsider; CREATE ROLE outsider LOGIN")
    await admin.execute("DROP DATABASE IF EXISTS closed_to_most")
    await admin.execute("CREATE DATABASE closed_to_most")
    await admin.execute("REVOKE CONNECT ON DATABASE closed_to_most FROM PUBLIC")
    closed = replace(target(server.dsn, {}), user="outsider", database="closed_to_most")
    with pytest.raises(DeniedError) as caught:
        await Database(closed).open()
    assert caught.value.hint == 'GRANT CONNECT ON DATABASE "closed_to_most" TO "outsider"'


async def test_errors_hold_the_servers_sentence_and_no_arguments(database: Database) -> None:
    with pytest.raises(QueryError, match="invalid input syntax") as caught:
        await database.fetch(sql("SELECT ($1::text || 'x')::int"), "7")
    assert "s3cr3t" not in repr(caught.value)


async def test_it_comes_back_after_its_connections_were_terminated(server: Server, connect: Connect) -> None:
    async with Database(server.dsn) as database:
        before = await database.rows(Pid, PID)
        await (await connect(server.dsn)).execute(f"SELECT pg_terminate_backend({before[0].pid})")
        after = await database.rows(Pid, PID)
        assert after != before


async def test_a_statement_that_loses_its_connection_is_done_again(server: Server, connect: Connect) -> None:
    other = await connect(server.dsn)
    async with Database(server.dsn) as database:
        pid = (await database.rows(Pid, PID))[0].pid
        first = asyncio.create_task(
            database.fetch(sql("SELECT pg_sleep(CASE WHEN pg_backend_pid() = $1 THEN 4 ELSE 0 END)"), pid)
        )
        await until(
            lambda: other.fetchval("SELECT true FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", pid)
        )
        await other.execute(f"SELECT pg_terminate_backend({pid})")
        assert len(await first) == 1


async def test_facts_are_read_again_after_a_loss(server: Server, connect: Connect) -> None:
    other = await connect(server.dsn)
    async with Database(server.dsn) as database:
        facts = database.facts
        with pytest.raises(LostError):
            async with database.snapshot() as snapshot:
                await other.execute(
                    f"SELECT pg_terminate_backend({await snapshot.fetchval('SELECT pg_backend_pid()')})"
                )
                await snapshot.fetchval("SELECT 1")
        await database.fetch(PID)
        assert database.facts is not facts


async def test_many_at_once_stay_within_the_pool(server: Server, connect: Connect) -> None:
    async with Database(server.dsn, pool_size=3) as database:
        pids = await asyncio.gather(*(database.rows(Pid, PID) for _ in range(20)))
        assert len({row.pid for found in pids for row in found}) <= 3
        assert database.open_connections <= 3


async def test_an_unknown_database(server: Server) -> None:
    with pytest.raises(RefusedError, match='database "absent" does not exist'):
        await Database(server.of("absent")).open()


async def test_a_server_that_never_answers() -> None:
    left = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        impatient = replace(target(f"host=127.0.0.1 port={port} user=me sslmode=disable"), connect_timeout=0.1)
        with pytest.raises(ConnectError, match="No answer"):
            await Database(impatient).open()
        await left.wait()


async def test_no_free_slot_is_quoted_waited_for_and_rescued(fifteen: Fifteen, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ordinary slots taken: the server's sentence, then the rescue DSN, then a slot that becomes free."""
    taken = await take_all_slots(fifteen)
    monkeypatch.setattr("gbtui.database.database._RETRY_SECONDS", 0.05)
    plain = target(fifteen.socket_dsn(user="stranger"))
    said: list[GbtuiError] = []
    try:
        with pytest.raises(NoFreeSlotError, match="remaining connection slots are reserved"):
            await Database(plain).open()
        async with Database(plain, rescue=target(fifteen.socket_dsn())) as rescued:
            assert (rescued.rescued, rescued.facts.user) == (True, "postgres")
        waiting = Database(plain)
        opening = asyncio.create_task(waiting.open(said.append))
        await until(lambda: said)
        await taken.pop().close()
        await opening
        assert waiting.facts.user == "stranger"
        await waiting.close()
    finally:
        for connection in taken:
            await connection.close()


async def test_with_its_last_slot_it_goes_on(fifteen: Fifteen) -> None:
    """One connection is all there is: everything goes through it in turn."""
    async with Database(target(fifteen.socket_dsn(user="stranger"))) as database:
        others = await take_all_slots(fifteen)
        pids = await asyncio.gather(*(database.rows(Pid, PID) for _ in range(5)))
        assert len({found[0].pid for found in pids}) == database.open_connections == 1
        for connection in others:
            await connection.close()


async def take_all_slots(fifteen: Fifteen) -> list[Connection]:
    """Connect until the server refuses ordinary users."""
    taken: list[Connection] = []
    with pytest.raises(asyncpg.TooManyConnectionsError):
        while len(taken) < SLOTS:
            folder = str(fifteen.folder)
            taken.append(await asyncpg.connect(host=folder, port=fifteen.port, user="no_tls", database="postgres"))
    return taken


async def test_a_promotion_is_noticed_on_an_open_connection(server: Server) -> None:
    async with Database(server.dsn) as database:
        database._facts = replace(database.facts, in_recovery=True)  # what it was before
        await database.fetch(PID)
        assert not database.facts.in_recovery


async def test_a_network_that_says_nothing_has_a_deadline_everywhere(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is stopped under an open snapshot: the client gives up by itself."""
    monkeypatch.setattr("gbtui.database.connection.SLACK_SECONDS", 0.2)
    async with Database(server.dsn, statement_timeout=0.1) as database:
        pid = (await database.rows(Pid, PID))[0].pid
        with pytest.raises(DeadlineError, match="No answer"):
            async with database.snapshot() as snapshot:
                assert await snapshot.fetchval("SELECT pg_backend_pid()") == pid
                os.kill(pid, signal.SIGSTOP)
                try:
                    await snapshot.fetchval("SELECT 1")
                finally:
                    os.kill(pid, signal.SIGCONT)
        assert (await database.rows(Pid, PID))[0].pid != pid
