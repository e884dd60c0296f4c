"""No wall has a hole: every table, role, tenant, session and way, and what must come of each."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from tests.security.conftest import Walled
from tests.security.matrix import ACTORS, Cell, Rows, Tried, cells, document

PAGE = Path(__file__).parents[2] / "docs" / "security-matrix.md"


@pytest.fixture(scope="session")
def tried(walled: Walled) -> list[Cell]:
    """All of it, once."""

    async def run() -> list[Cell]:
        owner = await asyncpg.connect(walled.dsn(), timeout=10)
        rows = await Rows.read(owner, walled.world)
        await owner.close(timeout=5)
        found: list[Cell] = []
        for login in dict.fromkeys(actor.login for actor in ACTORS):
            connection = await asyncpg.connect(walled.dsn(login), timeout=10)
            for actor in ACTORS:
                if actor.login == login:
                    found += await cells(Tried(connection, walled.world), actor, rows)
            await connection.close(timeout=5)
        return found

    return asyncio.run(run())


def test_every_cell_is_what_the_documents_ask(tried: list[Cell]) -> None:
    wrong = [cell for cell in tried if cell.outcome != cell.wanted]
    told = [f"{c.table} {c.actor.name} / {c.whose} / {c.way}: {c.outcome}, not {c.wanted}" for c in wrong]
    assert told == []
    assert len(tried) > 5000


def test_the_page_says_what_was_tried(tried: list[Cell]) -> None:
    """GBTUI_MATRIX=write makes it anew."""
    page = document(tried)
    if os.environ.get("GBTUI_MATRIX") == "write":
        PAGE.write_text(page)
    assert PAGE.read_text() == page
