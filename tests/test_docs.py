"""What the documents promise is so: field names and types, rights, links, commands."""

import re
import shlex
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from gbtui.commands import COMMANDS
from gbtui.database.database import Database
from gbtui.domain.tail.events import Message
from gbtui.errors import DeniedError
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probes import PROBES
from tests.conftest import Connect, Server, execute, migrate

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
NAMES: Final = {
    bool: "boolean", int: "integer", float: "number", str: "string", datetime: "time", date: "date", UUID: "uuid",
    Severity: "string",
}  # fmt: skip


def told(hint: Any) -> str:
    """A type as docs/json.md names it."""
    if isinstance(hint, types.UnionType):
        (inner,) = (each for each in typing.get_args(hint) if each is not type(None))
        return f"{told(inner)}?"
    if typing.get_origin(hint) is tuple:
        return f"[{told(typing.get_args(hint)[0])}]"
    return NAMES[hint]


def sentence(record: type[Any]) -> str:
    """The fields of a record as docs/json.md lists them."""
    hints = typing.get_type_hints(record)
    return ", ".join(f"`{field.name}` {told(hints[field.name])}" for field in fields(record)) + "."


@pytest.mark.parametrize("name", PROBES)
def test_each_probe_is_described_with_its_fields(name: str) -> None:
    assert f"**{name}**: {sentence(PROBES[name].record)}" in (ROOT / "docs/json.md").read_text()


@pytest.mark.parametrize("record", [Message, Finding])
def test_messages_and_findings_are_described_with_their_fields(record: type[Any]) -> None:
    assert sentence(record) in (ROOT / "docs/json.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)|src=\"([^\":]+)\"", page.read_text()):
        assert (page.parent / "".join(target)).exists(), target


def commands(page: Path) -> Iterator[str]:
    """The lines of shell blocks that begin with gbtui (or `$ gbtui`)."""
    for block in re.findall(r"^```(?:sh)?\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^(?:\$ )?(gbtui .*)$", block, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_have_flags_that_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gbtui.__main__ import main

    texts = {}
    for name in ("", *COMMANDS):
        with pytest.raises(SystemExit):
            main([name, "--help"] if name else ["--help"])
        texts[name] = capsys.readouterr().out
    texts[""] += "--theme --refresh --no-mouse"  # the console's own, which only it imports
    for line in commands(page):
        words = shlex.split(line.partition("   ")[0].partition(" | ")[0].partition(" > ")[0], comments=True)[1:]
        known = texts[next((word for word in words if word in COMMANDS), "")]
        for flag in (word.partition("=")[0] for word in words if word.startswith("-")):
            assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", known), (line, flag)


def read_tables(names: Iterable[str]) -> set[str]:
    """Which of these tables the statements behind the panels read; nothing shows the audit log."""
    files = [*(ROOT / "queries/general_bots").glob("*.sql"), *(ROOT / "queries/meta").glob("[!a]*.sql")]
    files += (ROOT / "queries/general_bots/rooms").glob("*.sql")
    files.append(ROOT / "queries/meta/applied.sql")
    files += (ROOT / "queries/lifecycle/retention" / f"{name}.sql" for name in ("policies", "holds"))
    text = re.sub(r"--.*", "", "\n".join(file.read_text() for file in files))
    found = {table if "." in table else f"public.{table}" for table in re.findall(r"\b(?:FROM|JOIN)\s+([\w.]+)", text)}
    return found & set(names)


@pytest.mark.parametrize("version", ["18", "15"])
async def test_the_rights_that_are_advised_are_enough_and_no_more(
    version: str, request: pytest.FixtureRequest, connect: Connect
) -> None:
    server: Server = request.getfixturevalue("server" if version == "18" else "server_15")
    told = (ROOT / "docs/connecting.md").read_text()
    grants = "".join(re.findall(r"```sql\n((?:CREATE ROLE watch|GRANT SELECT).*?)```", told, re.DOTALL))
    await execute(server.dsn, "CREATE DATABASE watched")
    await migrate(server.of("watched"))
    await execute(server.of("watched"), grants)
    async with Database(server.of("watched", "watch")) as opened:
        monitor = Monitor(opened)
        for name in PROBES:
            error = (await monitor.once(name)).error
            # Who watches need not read who did what: that is a right of its own.
            assert isinstance(error, DeniedError) if name == "audit" else error is None, name
        await monitor.stop()
    admin = await connect(server.of("watched"))
    rights = await admin.fetch(
        """SELECT n.nspname || '.' || c.relname AS name, has_any_column_privilege('watch', c.oid, 'SELECT') AS may_read,
            has_table_privilege('watch', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS may_write
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'gb_meta', 'gb_part')"""
    )
    assert not any(row["may_write"] for row in rights)
    assert {row["name"] for row in rights if row["may_read"]} == read_tables(row["name"] for row in rights)
