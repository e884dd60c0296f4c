"""A server with the roles on it: they belong to a whole server, and other tests' has none."""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from gbtui.commands import access
from gbtui.config import load
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.security.access import binding
from gbtui.security.audit import Audit
from tests.conftest import _FAST, Server, execute, migrate
from tests.security.world import LOGINS, World, fill


@dataclass(frozen=True)
class Walled:
    """The server, and its database `walled` with two tenants in it."""

    server: Server
    world: World

    def dsn(self, login: str | None = None) -> str:
        """Of the database, for a login; None: the superuser."""
        return self.server.of("walled", login)


@pytest.fixture(scope="session")
def bare() -> Iterator[Server]:
    """A server of its own, without the roles."""
    home = Path(tempfile.mkdtemp(prefix="gbtui-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration=_FAST)
    try:
        yield Server(Server(embedded.start(), home).of("postgres"), home)
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def walled(bare: Server) -> Walled:
    """Roles by `gbtui access init`, logins bound as by `gbtui access grant`; read it, roll back what you try."""

    async def build() -> World:
        await execute(bare.dsn, "CREATE DATABASE core")
        await migrate(bare.of("core"))
        await execute(bare.dsn, "CREATE DATABASE walled TEMPLATE core STRATEGY file_copy")
        assert await asyncio.to_thread(command, bare.of("walled"), "init") == 0
        db = await asyncpg.connect(bare.of("walled"), timeout=10)
        try:
            world = await fill(db)
            await db.execute("ANALYZE")
            await _grant(db, bare.of("walled"))
        finally:
            await db.close(timeout=5)
        return world

    return Walled(bare, asyncio.run(build()))


async def _grant(db: "asyncpg.Connection", dsn: str) -> None:
    async with Database(dsn, read_only=False) as database, database.writing() as writer:
        audit = Audit(database, required=True)
        for login, given in LOGINS.items():
            await db.execute(f"CREATE ROLE {login} LOGIN")
            role, *orgs = given.split(" --org ")
            if role.startswith("gb_"):
                await binding.grant(writer, audit, login, role, orgs)
            elif role:
                await db.execute(f"GRANT {role} TO {login}")


def command(dsn: str, *words: str) -> int:
    """`gbtui access WORDS --read-write` on a server."""
    parser = argparse.ArgumentParser()
    access.add_arguments(parser)
    arguments = parser.parse_args(words)
    arguments.config = load({"dsn": dsn, "read_only": False}, {})
    return access.run(arguments)
