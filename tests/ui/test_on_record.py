"""Opening what people wrote goes on record: meanwhile, or where it is required, before anything is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from gbtui.domain.tail import Batch
from gbtui.errors import AuditError
from gbtui.security.audit import Audit, Where
from gbtui.security.deed import Deed
from tests.screens.talks import TALK, FrozenTalks
from tests.ui.fakes import ACME, GLOBEX, MESSAGES, FrozenTail, connected, console, running, settle, text
from tests.waiting import until

SAID = "Where is my parcel?"


class Book(Audit):
    """Takes what it is given, or refuses."""

    def __init__(self, *, required: bool = False, refuses: bool = False) -> None:
        self.required, self.refuses, self.local = required, refuses, ""
        self.deeds: list[Deed] = []

    async def write(self, deed: Deed, *more: Deed) -> Where:
        """As the real one does."""
        if self.refuses:
            raise AuditError(
                "Not recorded, so not done", "permission denied", "GRANT EXECUTE ON FUNCTION gb_meta.audit"
            )
        self.deeds += (deed, *more)
        return Where.DATABASE

    @property
    def told(self) -> list[tuple[str, Any, Any]]:
        """What, of which tenant, with which filter."""
        return [(deed.action, deed.org_id, deed.detail.get("filter")) for deed in self.deeds]


def opened(book: Book) -> Any:
    return console(connected(audit=book, tail=FrozenTail(), conversations=FrozenTalks()))


async def test_the_tail_once_a_tenant_and_filter() -> None:
    book = Book()
    app = opened(book)
    async with running(app) as pilot:
        await pilot.press("4")
        await settle(pilot)
        assert book.told == [("tail.opened", None, None)]
        await pilot.press("/", *"parcel", "enter")
        await settle(pilot)
        assert book.told[1:] == [("tail.opened", None, "parcel")]
        await pilot.press("escape", "o")
        await settle(pilot)
        assert book.told[2:] == [("tail.opened", ACME, None)]
        await pilot.press("o", "1", "4")
        await settle(pilot)
        assert len(book.told) == 3  # all of them were opened before


async def test_history_conversations_sessions_and_exports(tmp_path: Path) -> None:
    book = Book()
    app = opened(book)
    async with running(app) as pilot:
        await pilot.press("4")
        await settle(pilot)
        app.run_line(f"export {tmp_path}/tail.json")
        await pilot.press("t", *"10m", "enter")
        await settle(pilot)
        await pilot.press("3")
        await settle(pilot)
        app.run_line(f"export {tmp_path}/sessions.csv")
        app.open_session(TALK)
        await until(lambda: SAID in text(app))
        app.run_line(f"export {tmp_path}/talk.md")
        await settle(pilot)
        await until((tmp_path / "talk.md").exists)
    assert [deed.action for deed in book.deeds] == [
        "tail.opened", "tail.exported", "history.read", "sessions.viewed", "sessions.exported", "conversation.viewed",
        "conversation.exported",
    ]  # fmt: skip
    assert (book.deeds[-2].object_id, book.deeds[-2].org_id) == (str(TALK), ACME)
    assert not any(SAID in str(deed.detail) for deed in book.deeds)


async def _tail(app: Any, pilot: Any) -> None:
    await pilot.press("4")


async def _sessions(app: Any, pilot: Any) -> None:
    await pilot.press("3")


async def _conversation(app: Any, pilot: Any) -> None:
    app.open_session(TALK)


@pytest.mark.parametrize("go", [_tail, _sessions, _conversation])
async def test_where_it_is_required_nothing_is_shown_before(go: Callable[[Any, Any], Any]) -> None:
    book = Book(required=True, refuses=True)
    app = opened(book)
    async with running(app, (120, 40)) as pilot:
        await go(app, pilot)
        await until(lambda: "GRANT EXECUTE" in text(app))
        for listener in cast(FrozenTail, app.connected.tail).heard:
            listener(Batch(MESSAGES))
        await settle(pilot)
        assert SAID[:12] not in text(app)
        book.refuses = False
        await pilot.press("r")
        await until(lambda: SAID[:12] in text(app))
        assert len(book.deeds) == 1


async def test_where_it_is_required_another_tenant_waits_for_its_own_record() -> None:
    book = Book(required=True)
    app = opened(book)
    async with running(app, (120, 40)) as pilot:
        app.run_line("org acme")
        await pilot.press("4")
        await until(lambda: SAID in text(app))
        book.refuses = True
        app.run_line("org globex")
        await until(lambda: "GRANT EXECUTE" in text(app))
        assert "hostile" not in text(app)
        assert [deed.org_id for deed in book.deeds] == [ACME]
        book.refuses = False
        await pilot.press("r")
        await until(lambda: "hostile" in text(app))
        assert book.deeds[-1].org_id == GLOBEX


async def test_else_reading_goes_on_and_it_is_said() -> None:
    book = Book(refuses=True)
    app = opened(book)
    async with running(app, (120, 40)) as pilot:
        await pilot.press("4")
        await until(lambda: SAID in text(app))
        await until(lambda: "not on record: permission denied" in text(app))
