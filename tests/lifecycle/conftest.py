"""A database with rows of every age."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.security.audit import Audit
from tests.conftest import Connect
from tests.lifecycle.ages import FILL, MONTHS, POLICIES, Scene


@pytest.fixture
async def here(dsn: str, connect: Connect, tmp_path: Path) -> AsyncIterator[Scene]:
    db = await connect(dsn)
    await db.execute(MONTHS.format(table="public.message_history", first=-8))
    await db.execute(FILL)
    async with Database(dsn, read_only=False) as database:
        scene = Scene(database, db, Audit(database, tmp_path / "audit.jsonl", required=True))
        for kind, slug, days in POLICIES:
            await scene.keep(kind, slug, days)
        yield scene
