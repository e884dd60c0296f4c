"""`:audit` in the console: records as they come, what changed in a row, an empty answer that says what it is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from textual.pilot import Pilot

from gbtui.database.database import Database
from gbtui.domain.audit_list import change
from gbtui.domain.tenant_list import scope_of
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.platform.audit import AUDIT
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected, Look
from gbtui.ui.describe import Describe
from screens.audit import Audit
from tests.conftest import Connect, Connection
from tests.ui.fakes import settle, text
from tests.waiting import until

assert AUDIT.pages is not None
PAGES = AUDIT.pages
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$hunter2hunter2"


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@asynccontextmanager
async def opened(dsn: str, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[int]]:
    """A console on the server, at its audit record."""
    async with Database(dsn) as database:
        monitor = Monitor(database)
        await monitor.start()

        async def opener(_: object) -> Connected:
            return Connected(
                monitor, "prod", lambda: "primary", None, change=partial(change, database),
                organization=lambda name: scope_of(database, name),
                pages={"audit": partial(PAGES, database)},
            )  # fmt: skip

        app = Console(opener, Look("prod", "prod"))
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.current_mode == "overview" and app.screen.is_mounted)
            app.run_line("audit")
            await until(lambda: isinstance(app.screen, Audit) and app.screen.taken_at is not None)
            await settle(pilot)
            yield pilot
        await monitor.stop()


def shown(pilot: Pilot[int]) -> Audit:
    assert isinstance(pilot.app.screen, Audit)
    return pilot.app.screen


def said(pilot: Pilot[int]) -> str:
    assert isinstance(pilot.app, Console)
    return text(pilot.app)


async def change_users(writer: Connection) -> None:
    await writer.execute(
        "INSERT INTO users (username, email, password_hash) VALUES ('ann', 'ann@example.org', $1)", HASH
    )
    await writer.execute(
        "UPDATE users SET username = 'ann \x1b]0;owned\x07 [b]x[/b]', password_hash = password_hash || 'x'"
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_records_come_by_themselves_and_a_row_shows_what_changed(
    dsn: str, writer: Connection, size: tuple[int, int]
) -> None:
    async with opened(dsn, size) as pilot:
        await change_users(writer)
        await until(lambda: len(shown(pilot).table.rows) == 2)
        await settle(pilot)
        assert "row.updated" in said(pilot)
        assert "\x1b" not in said(pilot)
        await pilot.press("d")
        await until(lambda: isinstance(pilot.app.screen, Describe))
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, Describe)
        told = {(field.label, field.value) for field in screen.details.fields}
        assert ("username", "− ann") in told
        assert ("", "+ ann \ufffd]0;owned\ufffd [b]x[/b]") in told
        assert ("password_hash", "changed; it is secret and left out") in told
        assert "hunter2" not in screen.text
        await pilot.press("q")
        await until(lambda: isinstance(pilot.app.screen, Audit))


async def test_the_server_narrows_by_object_and_action(dsn: str, writer: Connection) -> None:
    await change_users(writer)
    await writer.execute(
        "INSERT INTO gb_meta.audit_log (action, actor, created_at) SELECT 'backend.cancel', 'kim',"
        " now() + make_interval(secs => n) FROM generate_series(1, 600) n"
    )
    async with opened(dsn) as pilot:
        assert len(shown(pilot).table.rows) == 200
        await pilot.press("slash", *"action:row", "enter")
        await until(lambda: [row.action for row in shown(pilot).table.shown_rows] == ["row.updated", "row.inserted"])
        await pilot.press("escape")
        await until(lambda: len(shown(pilot).table.shown_rows) == 200)


async def test_an_empty_list_says_what_leaves_no_record(dsn: str, writer: Connection) -> None:
    async with opened(dsn) as pilot:
        await until(lambda: "without a trigger" in said(pilot))
        seen = said(pilot)
        assert "message_history" in seen
        assert "log_statement" in seen
        await change_users(writer)
        await until(lambda: len(shown(pilot).table.rows) == 2)
        await pilot.press("slash", *"table:user_login_tokens", "enter")
        await until(lambda: "user_login_tokens: no trigger" in said(pilot))


async def test_a_tenant_narrows(dsn: str, writer: Connection) -> None:
    await writer.execute("INSERT INTO organizations (name, slug) VALUES ('a', 'acme'), ('g', 'globex')")
    async with opened(dsn) as pilot:
        await until(lambda: len(shown(pilot).table.rows) == 2)
        assert isinstance(pilot.app, Console)
        pilot.app.run_line("org acme")
        await until(lambda: [row.org for row in shown(pilot).table.rows] == ["acme"])


async def test_more_than_a_page_is_read_on_the_way_down(dsn: str, writer: Connection) -> None:
    await writer.execute(
        "INSERT INTO gb_meta.audit_log (action, created_at)"
        " SELECT 'x', now() - make_interval(secs => n) FROM generate_series(1, 450) n"
    )
    async with opened(dsn) as pilot:
        await pilot.press("G", "j")
        await until(lambda: len(shown(pilot).table.rows) == 400)
        await pilot.press("G", "j")
        await until(lambda: len(shown(pilot).table.rows) == 450)


async def test_without_a_right_the_grant_is_named(dsn: str, writer: Connection) -> None:
    await writer.execute("CREATE ROLE audit_blind LOGIN; GRANT USAGE ON SCHEMA gb_meta TO audit_blind")
    try:
        async with opened_denied(dsn.replace("://gbtui@", "://audit_blind@")) as pilot:
            await until(lambda: "GRANT SELECT ON TABLE gb_meta.audit_log" in said(pilot))
    finally:
        await writer.execute("DROP OWNED BY audit_blind; DROP ROLE audit_blind")


@asynccontextmanager
async def opened_denied(dsn: str) -> AsyncIterator[Pilot[int]]:
    async with Database(dsn) as database:
        monitor = Monitor(database)
        await monitor.start()

        async def opener(_: object) -> Connected:
            return Connected(monitor, "prod", lambda: "primary", None)

        app = Console(opener, Look("prod", "prod"))
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda: app.current_mode == "overview" and app.screen.is_mounted)
            app.run_line("audit")
            await until(lambda: isinstance(app.screen, Audit))
            yield pilot
        await monitor.stop()
