"""Fixtures every room uses: one real PostgreSQL for the whole run, a database of its own for every test."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Size, load
from gbtui.resources import migrations
from gbtui.schema import runner, source
from tests import idle, older

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]  # generic in the stubs alone
else:
    Connection = asyncpg.Connection
Connect = Callable[[str], Awaitable[Connection]]

# What a crash would lose is made anew by the next run.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Server:
    """The run's server: the superuser's DSN of its `postgres` database, and databases by name."""

    dsn: str
    home: Path

    def of(self, database: str, user: str | None = None) -> str:
        """The DSN of another database (and role) of this server."""
        parts = urlsplit(self.dsn)
        return urlunsplit(parts._replace(path=f"/{database}", netloc=f"{user}@" if user else parts.netloc))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running embedded server, ours alone; it and its guardian are gone at the end of the run."""
    # Not pytest's own folders: as root the server is another user, who may not enter them.
    home = Path(tempfile.mkdtemp(prefix="gbtui-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration=_FAST)
    try:
        server = Server(embedded.start(), home)
        yield Server(server.of("postgres"), home)
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def server_14() -> Iterator[Server]:
    """A running PostgreSQL 14, where it is installed: watching must be right on older servers too."""
    yield from _older(14)


@pytest.fixture(scope="session")
def server_15() -> Iterator[Server]:
    """A running PostgreSQL 15, where it is installed."""
    yield from _older(15)


@pytest.fixture(scope="session")
def server_16() -> Iterator[Server]:
    """A running PostgreSQL 16, where it is installed."""
    yield from _older(16)


@pytest.fixture(scope="session")
def server_17() -> Iterator[Server]:
    """A running PostgreSQL 17, where it is installed."""
    yield from _older(17)


def _older(version: int) -> Iterator[Server]:
    if older.binaries(version) is None:
        pytest.skip(f"PostgreSQL {version} is not installed here")
    settings = ("max_prepared_transactions=5", "wal_level=logical", "shared_preload_libraries=pg_stat_statements")
    with older.running(version, *settings) as dsn:
        yield Server(dsn, Path(dsn.partition("host=")[2]))


def server_of(request: pytest.FixtureRequest, version: int) -> Server:
    """The run's server of a version; skips the test where it is not installed."""
    found = request.getfixturevalue("server" if version == 18 else f"server_{version}")
    assert isinstance(found, Server)
    return found


def pytest_configure() -> None:
    """A run that is told to end takes its servers with it, as one that is interrupted does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # What a script starts in the background ignores it, and so would every process that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    idle.install()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not run, for who takes green for all."""
    if sentence := older.left_out():
        terminalreporter.write_line(sentence, yellow=True)


@pytest.fixture(scope="session")
def core_template(server: Server) -> str:
    """The name of a database with the core migrations, to be cloned, never used."""

    async def build() -> None:
        await execute(server.dsn, "CREATE DATABASE template_core")
        await migrate(server.of("template_core"))
        await execute(server.dsn, "ALTER DATABASE template_core ALLOW_CONNECTIONS false")

    asyncio.run(build())
    return "template_core"


@pytest.fixture(scope="session")
def sample_template(server: Server, core_template: str) -> str:
    """The name of a database with the small sample data (seed 1), to be cloned, never used."""

    async def build() -> None:
        await execute(server.dsn, f"CREATE DATABASE template_sample TEMPLATE {core_template} STRATEGY file_copy")
        connection = await asyncpg.connect(server.of("template_sample"), timeout=10)
        try:
            await load(connection, Size.SMALL)
        finally:
            await connection.close(timeout=5)
        await execute(server.dsn, "ALTER DATABASE template_sample ALLOW_CONNECTIONS false")

    asyncio.run(build())
    return "template_sample"


@pytest.fixture(scope="session")
def sample_dsn(server: Server, sample_template: str) -> str:
    """A database with the small sample data, shared by the whole run: read it, never write it."""
    asyncio.run(execute(server.dsn, f"CREATE DATABASE sample TEMPLATE {sample_template} STRATEGY file_copy"))
    return server.of("sample")


@pytest.fixture(scope="session")
def medium_dsn(server: Server, core_template: str) -> Iterator[str]:
    """A database with the medium sample data, a million messages over six months, loaded once for the whole run (17 s).

    Read it, never write it. Whoever uses it is marked slow.
    """

    async def build() -> None:
        await execute(server.dsn, f"CREATE DATABASE medium TEMPLATE {core_template} STRATEGY file_copy")
        connection = await asyncpg.connect(server.of("medium"), timeout=10)
        try:
            await load(connection, Size.MEDIUM)
        finally:
            await connection.close(timeout=5)

    asyncio.run(build())
    yield server.of("medium")
    asyncio.run(execute(server.dsn, "DROP DATABASE medium WITH (FORCE)"))  # half a gigabyte


@pytest.fixture
def filled_dsn(server: Server, sample_template: str) -> Iterator[str]:
    """A fresh database with the small sample data, to be written."""
    yield from _fresh(server, sample_template)


@pytest.fixture
def empty_dsn(server: Server) -> Iterator[str]:
    """A fresh database without anything in it."""
    yield from _fresh(server, "template1")


@pytest.fixture
def dsn(server: Server, core_template: str) -> Iterator[str]:
    """A fresh database with the core migrations, nothing in its tables."""
    yield from _fresh(server, core_template)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """The console's way to `dsn`, opened, read-only."""
    async with Database(dsn) as opened:
        yield opened


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """A plain superuser connection to any DSN: `await connect(dsn)`; closed at the test's end."""
    opened: list[Connection] = []

    async def connection(dsn: str) -> Connection:
        opened.append(await asyncpg.connect(dsn, timeout=10))
        return opened[-1]

    yield connection
    for one in opened:
        one.terminate()  # also right for one whose server is gone


async def execute(dsn: str, sql: str) -> None:
    """Run statements over a connection of their own."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(sql)
    finally:
        await connection.close(timeout=5)


async def migrate(dsn: str) -> None:
    """Apply the core migrations to an empty database."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await runner.up(connection, source.read(migrations("core")))
    finally:
        await connection.close(timeout=5)


def _fresh(server: Server, template: str) -> Iterator[str]:
    name = f"t_{uuid4().hex[:12]}"
    # Copying files beats copying through WAL by far for a template of many small relations and fsync off.
    asyncio.run(execute(server.dsn, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
    yield server.of(name)
    asyncio.run(execute(server.dsn, f"DROP DATABASE {name} WITH (FORCE)"))
