"""What is said at the edges of a screen, where it is longer than the line."""

from gbtui.text import cells
from gbtui.ui.chrome import short
from tests.ui.fakes import connected, console, running, settle, text

BANNER = (
    "3 migrations are pending: add_feedback, index_documents, drop_old_sessions; one of them takes long; "
    "gbtui migrate plan shows what they lock, gbtui migrate up applies them"
)


def test_whole_clauses_that_fit() -> None:
    assert short(BANNER, 80) == "3 migrations are pending: add_feedback, index_documents, drop_old_sessions"
    assert short("one word after another " * 9, 30) == "one word after another one wor"
    assert cells(short("東京" * 40, 31)) <= 31


async def test_a_long_banner_tells_its_first_clauses_and_where_the_rest_is() -> None:
    app = console(connected(banner=BANNER))
    async with running(app) as pilot:
        line = text(app).split("\n")[1]
        assert line == " 3 migrations are pending: add_feedback, index_documents … :notice"
        await pilot.press(":", *"notice", "enter")
        await settle(pilot)
        assert "gbtui migrate up" in text(app)


async def test_where_nothing_is_said_that_is_said() -> None:
    app = console()
    async with running(app) as pilot:
        await pilot.press(":", *"banner", "enter")
        await settle(pilot)
        assert "nothing is said at the edges" in text(app)
