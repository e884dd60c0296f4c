"""The console in a real terminal, on a real server."""

import asyncio
import os
import re
import signal
from collections.abc import Callable

import asyncpg
import pytest

from tests.terminal.conftest import Terminal

pytestmark = pytest.mark.terminal
Open = Callable[..., Terminal]
ESCAPE = "\x1b"


def test_it_opens_walks_resizes_and_quits(terminal: Open, dsn: str) -> None:
    console = terminal("--dsn", dsn)
    console.until(r"Overview.*\d\d:\d\d:\d\d")
    for digit, title in ("2", "Tenants"), ("3", "Sessions"), ("4", "Tail"), ("0", "Health"), ("1", "Overview"):
        console.press(digit)
        console.until(rf"▸ {title} ")
    console.resize(120, 40)
    console.until("mark all")
    assert len(console.text.splitlines()[0]) > 100
    assert "keys" in console.text.splitlines()[39]
    console.press("0")
    console.until("who waits for whom")
    console.press(":")
    console.press("connections\r")
    console.until(r"Health ▸ Connections")
    console.press("q")
    console.until(r"▸ Health ")
    console.press("q")
    console.until("q again quits")
    console.press("q")
    assert console.wait() == 0


def test_control_q_quits_at_once_and_the_terminal_is_as_it_was(terminal: Open, dsn: str) -> None:
    console = terminal("--dsn", dsn)
    console.until("Overview")
    console.press("\x11")
    assert console.wait() == 0
    assert console.raw.rfind(b"\x1b[?1049l") > console.raw.rfind(b"\x1b[?1049h")
    assert console.raw.rfind(b"\x1b[?25h") > 0


@pytest.mark.parametrize("mark", [":", "/"])
def test_control_q_quits_while_something_is_typed(terminal: Open, dsn: str, mark: str) -> None:
    console = terminal("--dsn", dsn)
    console.until("Overview")
    console.press("4")
    console.until("▸ Tail")
    console.press(f"{mark}umbrella")
    console.until(rf"\n{mark}umbrella")
    console.press("\x11")
    assert console.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_gives_the_terminal_back(terminal: Open, dsn: str, number: int) -> None:
    console = terminal("--dsn", dsn)
    console.until("Overview.*READ-ONLY")
    os.kill(console.pid, number)
    assert console.wait() == 128 + number
    assert console.raw.rfind(b"\x1b[?1049l") > console.raw.rfind(b"\x1b[?1049h")


def test_a_terminal_that_is_gone_ends_it(terminal: Open, dsn: str) -> None:
    console = terminal("--dsn", dsn)
    console.until("Overview.*READ-ONLY")
    console.hang_up()
    assert console.wait() == 128 + signal.SIGHUP


def test_a_torn_arrow_key_is_no_escape_and_no_letter(terminal: Open, dsn: str) -> None:
    console = terminal("--dsn", dsn)
    console.until("Overview")
    console.press("3")
    console.until("no session yet")
    console.press("/x")
    console.until("/x")
    console.press(ESCAPE)
    console.press("[A")
    console.until(r"\n/x")


def test_hostile_messages_never_reach_the_terminal(terminal: Open, dsn: str) -> None:
    asyncio.run(_write(dsn, "hello \x1b]0;owned\x07 \x1b[31mred \u202eturned [bold]plain[/bold]"))
    console = terminal("--dsn", dsn, size=(120, 24))
    console.until("Overview")
    console.press("4")
    console.until(r"hello .*owned.*red .*turned \[bold\]plain\[/bold\]")
    assert b"\x1b]0;owned" not in console.raw
    assert b"\x1b[31m" not in console.raw
    assert "\u202e".encode() not in console.raw
    console.press("q")


async def _write(dsn: str, message: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            org = await connection.fetchval(
                "INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id"
            )
            bot = await connection.fetchval("INSERT INTO bots (org_id, name) VALUES ($1, 'support') RETURNING id", org)
            session = await connection.fetchval(
                "INSERT INTO user_sessions (org_id, bot_id, session_token) VALUES ($1, $2, $3) RETURNING id",
                org, bot, "x" * 64,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO message_history (org_id, bot_id, session_id, sender, message) "
                "VALUES ($1, $2, $3, 'user', $4)",
                org, bot, session, message,
            )  # fmt: skip
    finally:
        await connection.close(timeout=5)


def test_nobody_at_home_is_said_and_asked_again(terminal: Open, tmp_path: object) -> None:
    console = terminal("--dsn", f"host={tmp_path} dbname=nowhere")
    console.until(r"attempt [2-9]")
    assert "connecting to" in console.text
    console.press("q")
    assert console.wait() == 1


def test_without_colour_and_with_ascii_alone(terminal: Open, dsn: str) -> None:
    console = terminal("--dsn", dsn, NO_COLOR="1", LANG="C", LC_ALL="C", PYTHONUTF8="1")
    console.until("Overview")
    console.press("0")
    console.until("> Health ")
    console.press("\x11")
    assert console.wait() == 0
    assert not re.search(rb"\x1b\[[0-9;]*[34]8[;:]", console.raw)
    assert all(line.isascii() for line in console.text.splitlines())
