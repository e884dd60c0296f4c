"""A conversation in a real terminal, on a real server, while it goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import pytest

from tests.conftest import Connection
from tests.domain.platform import Place, place, say
from tests.terminal.conftest import Terminal

pytestmark = pytest.mark.terminal


def on(dsn: str, work: Callable[[Connection], Coroutine[Any, Any, Any]]) -> Any:
    """Do something on the server over a connection of its own."""

    async def do() -> Any:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=5)

    return asyncio.run(do())


def test_it_is_opened_from_the_list_goes_on_and_is_left(terminal: Callable[..., Terminal], dsn: str) -> None:
    acme: Place = on(dsn, place)
    on(dsn, lambda connection: say(connection, acme, "is anybody there?"))
    console = terminal("--dsn", dsn)
    console.until("Overview")
    console.press("3")
    console.until("is anybody there")
    console.press("\r")
    console.until(r"ann-acme with support-acme of acme")
    console.until("‹ is anybody there")
    on(dsn, lambda connection: say(connection, acme, "yes, here I am", "bot"))
    console.until(r"› yes, here I am")
    console.until("following")
    console.press("k")
    console.until("stopped here  0 new")
    on(dsn, lambda connection: say(connection, acme, "good"))
    console.until("1 new")
    console.press("G")
    console.until("‹ good")
    on(dsn, lambda connection: connection.execute(
        "INSERT INTO clicks (session_id, org_id, element_id) VALUES ($1, $2, 'thumbs-up')", acme.session_id, acme.org_id
    ))  # fmt: skip
    console.until("clicked thumbs-up")
    on(dsn, lambda connection: connection.execute("DELETE FROM user_sessions"))
    console.until("this session was deleted")
    console.press("q")
    console.until("▸ Sessions ")
    console.press("\x11")
    assert console.wait() == 0
