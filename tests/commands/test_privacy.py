"""With redaction on no way out of the database shows an address or a number: planted and looked for everywhere."""

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from textual.pilot import Pilot

from gbtui.commands.console import connected
from gbtui.config import load
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected, Look, Progress
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.widgets.tail_view import TailView
from screens import SCREENS
from tests.conftest import Connect, Connection, Server
from tests.domain.platform import Place, place
from tests.ui.fakes import settle, text
from tests.waiting import until

MAIL, PHONE, CARD = "ana.baker@secret-mail.example", "0151-12345678", "4111 1111 1111 1111"
PLANTED = f"{MAIL} {PHONE} {CARD}"
_DIGITS = re.compile(r"\D+")


def leaks(output: str) -> list[str]:
    """What of the planted can be read in an output, with whatever stands between the digits."""
    digits = _DIGITS.sub("", output)
    found = [word for word in ("ana.baker", "secret-mail") if word in output]
    return found + [number for number in ("015112345678", "4111111111111111") if number in digits]


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def planted(writer: Connection) -> Place:
    """A tenant, bot, user, session, tool, collection, click, message and record, each with all three in every text."""
    made = await place(writer, PHONE)
    await writer.execute("UPDATE organizations SET name = $1", PLANTED)
    await writer.execute("UPDATE bots SET name = $1", PLANTED)
    await writer.execute("UPDATE users SET username = $1, email = $2", PLANTED, MAIL)
    for sender in ("user", "bot"):
        await writer.execute(
            "INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            made.session_id, made.user_id, made.bot_id, made.org_id, f"this is {PLANTED} and more", sender,
        )  # fmt: skip
    await writer.execute(
        "INSERT INTO clicks (session_id, element_id, org_id) VALUES ($1, $2, $3)", made.session_id, PLANTED, made.org_id
    )
    for table, link, column in (
        ("basic_tools", "session_tool_associations", "tool_id"),
        ("kb_collections", "user_kb_associations", "collection_id"),
    ):
        script = ", script" if table == "basic_tools" else ""
        await writer.execute(
            f"INSERT INTO {table} (id, bot_id, org_id, name{script}) VALUES ('one', $1, $2, $3{script and ', $3'})",
            made.bot_id, made.org_id, PLANTED,
        )  # fmt: skip
        await writer.execute(
            f"INSERT INTO {link} (session_id, {column}, org_id) VALUES ($1, 'one', $2)", made.session_id, made.org_id
        )
    await writer.execute(
        "SELECT gb_meta.audit($1::text, $1, $1, $2::uuid, reason => $1, os_user => $1,"
        " detail => jsonb_build_object($1, $1, 'number', 4111111111111111))",
        PLANTED, made.org_id,
    )  # fmt: skip
    # The statement a backend ran last is text of tenants too.
    await writer.execute(f"SELECT '{PLANTED}'")
    return made


async def printed(dsn: str, *words: str) -> str:
    """What a command writes to its standard output and error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gbtui", *words, "--dsn", dsn, "--no-migrate", "--redact", stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return out.decode() + err.decode()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--json",),
        ("--format", "{organization} {bot} {user} {session} {sender} {text}"),
        ("text:card",),
        ("--stream", "audit", "!action:row"),
        ("--stream", "audit", "!action:row", "--json"),
    ],
)
async def test_the_tail_on_the_command_line(dsn: str, planted: Place, words: tuple[str, ...]) -> None:
    limit = "1" if "audit" in words else "2"
    out = await printed(dsn, "tail", "--limit", limit, *words)
    assert "‹card›" in out
    assert leaks(out) == []


@pytest.mark.parametrize("form", ["--json", "--csv", ""])
async def test_every_probe_that_show_prints(dsn: str, planted: Place, form: str, tmp_path: Path) -> None:
    seen = ""
    for name in ("tenants", "sessions", "idle") if form else ("sessions", "bots"):
        out = await printed(dsn, "show", name, *([form] if form else []))
        assert leaks(out) == [], name
        seen += out
    assert "‹phone›" in seen


async def test_a_filter_finds_what_is_shown_and_not_what_is_hidden(dsn: str, planted: Place) -> None:
    for hidden in ("4111", "text:/1{4}/"):
        assert json.loads(await printed(dsn, "show", "sessions", "--json", hidden)) == [], hidden
    (row,) = json.loads(await printed(dsn, "show", "sessions", "--json", "‹card›"))
    assert row["organization"] == "‹phone›"
    assert leaks(await printed(dsn, "show", "sessions", "--org", PHONE)) in ([], ["015112345678"])  # the words typed


async def test_opening_by_a_command_is_on_record(dsn: str, planted: Place, writer: Connection) -> None:
    await printed(dsn, "tail", "--limit", "1", "--last", "5", "text:card", "--org", str(planted.org_id))
    await printed(dsn, "show", "sessions", "is:waiting")
    rows = await writer.fetch(
        "SELECT action, object_table, org_id, os_user, detail FROM gb_meta.audit_log"
        " WHERE action <> $1 AND action NOT LIKE 'row.%' ORDER BY created_at",
        PLANTED,
    )
    assert [(row["action"], row["org_id"]) for row in rows] == [
        ("tail.opened", planted.org_id), ("sessions.viewed", None),
    ]  # fmt: skip
    told = json.loads(rows[0]["detail"])
    assert told == {"filter": "text:card", "redacted": True, "command": "gbtui tail", "last": 5}
    assert MAIL not in str(rows)


async def test_what_must_be_recorded_and_cannot_is_not_printed(
    server: Server, dsn: str, planted: Place, writer: Connection, tmp_path: Path
) -> None:
    role = f"reader_{planted.org_id.hex[:8]}"
    await writer.execute(f"CREATE ROLE {role} LOGIN")
    await writer.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.p]\ndsn = "{server.of(_name(dsn), role)}"\naudit = "required"\n')
    for words in (("tail", "--limit", "1"), ("show", "sessions")):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gbtui", *words, "--profile", "p", "--config", str(config), "--no-migrate",
            stdout=PIPE, stderr=PIPE, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 1
        assert out == b""
        assert b"GRANT EXECUTE ON FUNCTION gb_meta.audit TO" in err


def _name(dsn: str) -> str:
    return urlsplit(dsn).path.strip("/")


@asynccontextmanager
async def console(dsn: str, tmp_path: Path) -> AsyncIterator[tuple[Console, Pilot[int]]]:
    """The real console on a real server, with redaction on."""
    config = load({"dsn": dsn, "redact": True, "migrate": "off"}, {}, tmp_path / "none.toml")
    async with AsyncExitStack() as held:

        async def opener(progress: Progress) -> Connected:
            return await connected(config, held, progress)

        app = Console(opener, Look("test", "test"))
        async with app.run_test(size=(200, 50)) as pilot:
            await until(lambda: app.current_mode == "overview" and app.screen.is_mounted)
            await settle(pilot)
            yield app, pilot


@pytest.fixture(autouse=True)
def no_configuration(tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("")


async def test_every_screen_description_copy_and_export(
    dsn: str, planted: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TMUX", raising=False)
    seen: dict[str, str] = {}

    async def look(app: Console, pilot: Pilot[int], name: str) -> None:
        await settle(pilot)
        seen[name] = text(app)

    async with console(dsn, tmp_path) as (app, pilot):
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        for entry in SCREENS:
            app.open_panel(entry.name)
            await settle(pilot)
            assert app.current_mode == entry.name
            await until(lambda: _has_come(app))
            await look(app, pilot, entry.name)
            await pilot.press("d")
            await look(app, pilot, f"{entry.name} described")
            await pilot.press("Y", "escape" if len(app.screen_stack) > 1 else "Y", "y")
            await settle(pilot)
            if isinstance(app.screen, ListScreen) or app.current_mode == "tail":
                for ending in ("json", "csv", "md"):
                    app.run_line(f"export {tmp_path}/{entry.name}.{ending}")
            await settle(pilot)
        for probe in ("bots", "idle", "connections"):
            app.open_panel(probe)
            await settle(pilot)
            seen[probe] = text(app)
            await pilot.press("d")
            await look(app, pilot, f"{probe} described")
        app.open_session(planted.session_id)
        await until(lambda: "‹card›" in text(app))
        await look(app, pilot, "conversation")
        await pilot.press("d")
        await look(app, pilot, "turn described")
        await pilot.press("y", "escape", "a", "Y", "y")
        await settle(pilot)
        for ending in ("json", "txt", "md"):
            app.run_line(f"export {tmp_path}/talk.{ending}")
            await settle(pilot)
        await pilot.press("/", *"4111", "enter")
        await look(app, pilot, "searched")
        assert "0 found" in seen["searched"]
        await until(lambda: bool(copied))
    for name, shown in seen.items():
        assert leaks(shown) == [], name
    for name, written in files(tmp_path).items():
        assert leaks(written) == [], name
    assert leaks("\n".join(copied)) == []
    assert "‹card›" in files(tmp_path)["talk.md"]
    assert "‹card›" in files(tmp_path)["tail.json"]
    assert all("‹e-mail›" in seen[name] for name in ("tail", "sessions", "conversation", "tail described"))
    assert "REDACTED" in seen["tail"]


def files(folder: Path) -> dict[str, str]:
    """What was exported, by name."""
    return {file.name: file.read_text() for file in folder.iterdir()}


def _has_come(app: Console) -> bool:
    """Whether the screen shows rows, where it has a list or a tail."""
    screen: Any = app.screen
    if not isinstance(screen, LiveScreen):
        return True
    tables = [bool(table.rows) for table in screen.query(LiveTable)] if screen.NAME in ("tenants", "sessions") else []
    tails = [bool(view.shown_lines) for view in screen.query(TailView)]
    return all(tables + tails)
