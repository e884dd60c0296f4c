"""Connecting to a real server over TCP: TLS modes, passwords, several hosts, sentences of refusal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.traceback import Traceback

from gbtui.database.connection import Connection, connect
from gbtui.database.dsn import target
from gbtui.database.target import Host
from gbtui.errors import ConnectError, GbtuiError, RefusedError, UsageError
from tests.database.conftest import Fifteen, free_port
from tests.waiting import until


@pytest.fixture(autouse=True)
async def sockets_are_closed() -> AsyncIterator[None]:
    """Every test leaves as few sockets as it found; TLS takes a moment to say goodbye after a refusal."""
    before = open_sockets()
    yield
    await until(lambda: open_sockets() <= before)


def open_sockets() -> int:
    return sum(is_socket(entry) for entry in Path("/proc/self/fd").iterdir())


def is_socket(entry: Path) -> bool:
    try:
        return str(entry.readlink()).startswith("socket:")
    except OSError:
        return False  # closed meanwhile


@asynccontextmanager
async def connected(dsn: str, **environ: str) -> AsyncIterator[Connection]:
    connection = await connect(target(dsn, {"HOME": "/nonexistent", **environ}))
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def uses_tls(dsn: str) -> bool:
    async with connected(dsn) as connection:
        return bool(await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))


@pytest.mark.parametrize(
    ("rest", "user", "tls"),
    [
        ("", "postgres", True),  # prefer, on this machine
        ("sslmode=disable", "postgres", False),
        ("sslmode=allow", "postgres", False),
        ("sslmode=allow", "only_tls", True),
        ("sslmode=prefer", "postgres", True),
        ("sslmode=prefer", "no_tls", False),
        ("sslmode=require", "postgres", True),
        ("sslmode=verify-ca sslrootcert={ca}", "postgres", True),
        ("sslmode=verify-full sslrootcert={ca}", "postgres", True),
        ("sslmode=require sslrootcert={ca}", "postgres", True),
    ],
)
async def test_modes_that_connect(fifteen: Fifteen, rest: str, user: str, tls: bool) -> None:
    rest = rest.format(ca=fifteen.certificates / "ca.crt")
    assert await uses_tls(fifteen.dsn(rest, user=user)) is tls


@pytest.mark.parametrize(
    ("rest", "host", "user", "said"),
    [
        ("sslmode=require sslrootcert={folder}/stranger.crt", "localhost", "postgres", "certificate"),
        ("sslmode=verify-ca sslrootcert={folder}/stranger.crt", "localhost", "postgres", "certificate"),
        ("sslmode=verify-full sslrootcert={folder}/ca.crt", "other.example.com", "postgres", "other.example.com"),
        ("sslmode=verify-full", "localhost", "postgres", "certificate"),  # the system's authorities
        ("sslmode=verify-ca", "localhost", "postgres", "needs sslrootcert"),
        ("sslmode=verify-full sslrootcert={folder}/absent", "localhost", "postgres", "absent"),
        ("sslmode=disable", "localhost", "only_tls", "no pg_hba.conf entry"),
        ("sslmode=require", "localhost", "no_tls", "no pg_hba.conf entry"),
        ("sslmode=prefer", "localhost", "stranger", "no pg_hba.conf entry"),
        ("sslmode=require", "localhost", "locked", "password authentication failed"),
        ("sslmode=require password=wrong", "localhost", "locked", "password authentication failed"),
        ("sslmode=prefer password=wrong", "localhost", "locked", "password authentication failed"),
        ("sslmode=require dbname=absent", "localhost", "postgres", 'database "absent" does not exist'),
        ("sslmode=require sslcertmode=require", "localhost", "postgres", "sslcertmode=require"),
    ],
)
async def test_refusals_say_why(fifteen: Fifteen, rest: str, host: str, user: str, said: str) -> None:
    with pytest.raises((RefusedError, UsageError)) as caught:
        async with connected(fifteen.dsn(rest.format(folder=fifteen.certificates), host=host, user=user)):
            pass
    assert said in str(caught.value)
    assert "wrong" not in str(caught.value)


async def test_passwords_come_from_the_dsn_the_file_or_the_variable(fifteen: Fifteen, tmp_path: Path) -> None:
    dsn = fifteen.dsn(user="locked")
    file = tmp_path / "pgpass"
    file.write_text(f"other:*:*:*:no\nlocalhost:{fifteen.port}:postgres:locked:right\n")
    file.chmod(0o600)
    async with (
        connected(dsn + " password=right"),
        connected(dsn, PGPASSWORD="right"),
        connected(dsn, PGPASSFILE=str(file)),
    ):
        pass


async def test_the_process_environment_is_not_read_behind_our_back(
    fifteen: Fifteen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "right")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    with pytest.raises(RefusedError, match="password"):
        async with connected(fifteen.dsn(user="locked")):
            pass
    async with connected(fifteen.dsn()):
        pass


async def test_a_private_key_open_to_others_is_refused(fifteen: Fifteen) -> None:
    key = fifteen.certificates / "stranger.key"
    key.chmod(0o644)
    files = f"sslcert={fifteen.certificates / 'stranger.crt'} sslkey={key}"
    with pytest.raises(UsageError, match="chmod 0600"):
        async with connected(fifteen.dsn(f"sslmode=require {files}")):
            pass


async def test_hosts_are_tried_in_turn(fifteen: Fifteen) -> None:
    nobody = free_port()
    both = f"host=localhost,{fifteen.folder} port={nobody},{fifteen.port} user=postgres dbname=postgres"
    async with connected(both) as connection:
        assert await connection.fetchval("SELECT inet_server_addr()") is None


async def test_when_no_host_answers_each_is_named(fifteen: Fifteen) -> None:
    nobody = free_port()
    with pytest.raises(ConnectError) as caught:
        async with connected(f"host=127.0.0.1,/nonexistent port={nobody} user=postgres"):
            pass
    assert caught.value.message.count(f"127.0.0.1:{nobody}") == 1
    assert "/nonexistent" in caught.value.message


@pytest.mark.parametrize("asked", ["primary", "read-write", "prefer-standby", "any"])
async def test_a_primary_is_what_was_asked_for(fifteen: Fifteen, asked: str) -> None:
    async with connected(fifteen.socket_dsn(rest=f"target_session_attrs={asked}")) as connection:
        assert await connection.fetchval("SHOW default_transaction_read_only") == "on"


@pytest.mark.parametrize("asked", ["standby", "read-only"])
async def test_a_primary_is_refused_where_a_standby_was_asked_for(fifteen: Fifteen, asked: str) -> None:
    with pytest.raises(GbtuiError, match=f"it is a primary, not {asked}"):
        async with connected(fifteen.socket_dsn(rest=f"target_session_attrs={asked}")):
            pass


async def test_sessions_begin_with_the_monitors_settings(fifteen: Fifteen) -> None:
    async with connected(
        fifteen.socket_dsn(rest="options='-c work_mem=5MB -c default_transaction_read_only=off'")
    ) as one:
        names = (
            "default_transaction_read_only",
            "application_name",
            "lock_timeout",
            "statement_timeout",
            "jit",
            "work_mem",
            "search_path",
        )
        shown = [await one.fetchval(f"SHOW {name}") for name in names]
        assert shown == ["on", "gbtui", "100ms", "5s", "off", "5MB", "pg_catalog, pg_temp"]
        await one.execute("RESET ALL")
        assert await one.fetchval("SHOW default_transaction_read_only") == "on"


async def test_a_missing_password_is_told_from_a_wrong_one(fifteen: Fifteen) -> None:
    for rest, hinted in (("", True), ("password=wrong", False)):
        with pytest.raises(RefusedError) as caught:
            async with connected(fifteen.dsn(rest, user="locked")):
                pass
        assert ("-W" in caught.value.hint) is hinted


async def test_a_wrong_password_is_told_where_the_first_try_fails_for_tls(fifteen: Fifteen) -> None:
    with pytest.raises(RefusedError, match="password authentication failed"):
        async with connected(fifteen.dsn("password=wrong sslmode=prefer", user="locked_no_tls")):
            pass


@pytest.mark.parametrize(("rest", "hinted"), [("", True), ("sslmode=verify-full", False)])
async def test_the_refusal_of_a_remote_server_says_how_to_relax_it(
    fifteen: Fifteen, rest: str, hinted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine, taken for a remote one: its certificate is nobody's, and then it has no TLS at all."""
    monkeypatch.setattr(Host, "is_local", property(lambda host: host.is_socket))

    async def without_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(without_tls, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        for dsn in (fifteen.dsn(rest), f"host=localhost hostaddr=127.0.0.1 port={port} user=me {rest}"):
            with pytest.raises(RefusedError) as caught:  # trying again will not help
                async with connected(dsn):
                    pass
            assert ("sslmode=require" in caught.value.hint) is hinted
        assert "no TLS" in caught.value.title


@pytest.mark.parametrize("rest", ["sslmode=disable", "sslmode=require", "sslmode=prefer"])
async def test_a_traceback_with_local_variables_holds_no_password(fifteen: Fifteen, rest: str) -> None:
    with pytest.raises(RefusedError) as caught:
        await connect(target(fifteen.dsn(f"password=s3cr3t {rest}", user="locked")))
    printed = StringIO()
    Console(file=printed, width=500).print(
        Traceback.from_exception(caught.type, caught.value, caught.tb, show_locals=True)
    )
    shown = printed.getvalue()
    assert "password authentication failed" in shown
    assert "s3cr3t" not in shown.replace('fifteen.dsn(f"password=s3cr3t', "")


async def test_the_systems_words_where_nobody_listens() -> None:
    for host in ("localhost", "127.0.0.1"):
        with pytest.raises(ConnectError, match=r"Connection refused$"):
            await connect(target(f"host={host} port={free_port()} user=me"))
    with pytest.raises(ConnectError, match=r"[Nn]ame"):
        await connect(target("host=no-such-host.invalid user=me sslmode=disable"))
