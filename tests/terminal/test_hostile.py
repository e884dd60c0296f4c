"""What others named and wrote, on every screen of a real terminal: nothing of it acts."""

import asyncio
import re
from collections.abc import Callable
from typing import Final

import asyncpg
import pytest

from gbtui.database.sql import identifier
from screens import SCREENS
from tests.conftest import Connection
from tests.terminal.conftest import Terminal

pytestmark = pytest.mark.terminal
Open = Callable[..., Terminal]

# A title, a colour, a cursor at home, a link, an answer to be typed for the reader, C1, bidi, a second line.
EVIL: Final = (
    "x\x1b]0;OWNED\x07\x1b[31m\x1b[H\x1b]8;;http://evil\x07y\x1b[6n\x9b2J\x1bP+q\x1b\\\u202e\u2066z\r\b\nw[b]bold[/b]"
)
SAME: Final = EVIL.replace("\n", " ")
ACTS: Final = (
    b"\x1b]0;OWNED",
    b"\x1b]8;;http://evil",
    b"\x1b[6n",
    b"\x1bP+q",
    "\x9b".encode(),
    "\u202e".encode(),
    "\u2066".encode(),
)
"""What the terminal would obey."""


async def plant(dsn: str) -> None:
    """Every text column that a person or a program fills, and names of tables, indexes, roles, databases' settings."""
    db = await asyncpg.connect(dsn)
    try:
        org = await db.fetchval(
            "INSERT INTO organizations (name, slug) VALUES ($1, 'acme') RETURNING org_id", SAME[:200]
        )
        bot = await db.fetchval("INSERT INTO bots (name, org_id) VALUES ($1, $2) RETURNING id", EVIL[:200], org)
        user = await db.fetchval(
            "INSERT INTO users (username, email, password_hash) VALUES ($1, $2, '$argon2id$v=19$m=1,t=1,p=1$YQ$YQ')"
            " RETURNING id",
            EVIL, "a\x1b]0;OWNED\x07@example.org",
        )  # fmt: skip
        session = await db.fetchval(
            "INSERT INTO user_sessions (user_id, bot_id, session_token) VALUES ($1, $2, 'sha256:0123456789abcdef')"
            " RETURNING id",
            user, bot,
        )  # fmt: skip
        for sender in ("user", "bot", "user"):
            await db.execute(
                "INSERT INTO message_history (session_id, user_id, bot_id, message, sender)"
                " VALUES ($1, $2, $3, $4, $5)",
                session, user, bot, EVIL * 3, sender,
            )  # fmt: skip
        await db.execute("INSERT INTO bot_configuration (bot_id, key, value) VALUES ($1, $2, $2)", bot, EVIL)
        await db.execute("INSERT INTO bot_memories (bot_id, key, value) VALUES ($1, $2, $2)", bot, EVIL)
        await db.execute(
            "INSERT INTO system_automations (bot_id, name, schedule, script) VALUES ($1, $2, '@daily', $2)", bot, EVIL
        )
        await db.execute("INSERT INTO kb_collections (bot_id, name, description) VALUES ($1, $2, $2)", bot, EVIL)
        await db.execute(
            "INSERT INTO basic_tools (bot_id, name, description, script) VALUES ($1, $2, $2, $2)", bot, EVIL
        )
        await db.execute(
            "SELECT gb_meta.audit($1::text, $1, $1, $2, reason => $1, os_user => $1,"
            " detail => jsonb_build_object($1, $1))",
            EVIL[:100], org,
        )  # fmt: skip
        name = EVIL.encode()[:60].decode(errors="ignore")
        await db.execute(f"CREATE TABLE {identifier(name)} ({identifier(name)} int)")
        await db.execute(f"CREATE INDEX {identifier('i' + name[:50])} ON {identifier(name)} ({identifier(name)})")
        await db.execute(f"COMMENT ON TABLE {identifier(name)} IS 'x'")
    finally:
        await db.close()


def test_nothing_acts_on_any_screen(terminal: Open, dsn: str) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(plant(dsn))
    other = loop.run_until_complete(_idle(dsn))
    console = terminal("--dsn", dsn, size=(120, 40))
    try:
        console.until(r"Overview.*\d\d:\d\d:\d\d", 90)
        for entry in SCREENS:
            if entry.digit:
                console.press(entry.digit)
            else:
                console.press(":")
                console.until(r"\n:")
                console.press(f"{entry.name}\r")
            console.until(rf"▸ {re.escape(entry.title)} ")
            console.until(rf"▸ {re.escape(entry.title)} .*\n(?:.*\n)?.*\w", 60)
            if entry.name == "audit":  # all of a record
                console.press("d")
                console.until("object")
                console.press("\x1b")
    finally:
        loop.run_until_complete(other.close())
        loop.close()
    console.press("\x11")
    assert console.wait() == 0
    for sign in ACTS:
        assert sign not in console.raw, sign
    assert b"OWNED" in console.raw, "it was there to be seen"


async def _idle(dsn: str) -> Connection:
    """A backend with such a name and such a statement."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "app\x1b]0;OWNED\x07"})
    await connection.execute("SELECT 1 /* \x1b]0;OWNED\x07 \u202e */")
    return connection
