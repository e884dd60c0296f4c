"""The batches delete what a preview says on schemas of any shape: rings, self references, keys that restrict."""

import random
from collections import Counter
from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.relations.preview import Effect, preview
from gbtui.domain.relations.thing import Thing
from gbtui.errors import QueryError
from gbtui.lifecycle.deleting import SET, Reins, delete
from gbtui.lifecycle.deletion_log import Order
from gbtui.security.audit import Audit
from tests.conftest import Connect
from tests.domain.test_relations import scatter


@pytest.mark.parametrize("seed", range(6))
async def test_what_the_preview_says_is_what_goes(dsn: str, connect: Connect, tmp_path: Path, seed: int) -> None:
    db = await connect(dsn)
    keys = await scatter(db, random.Random(seed))

    async def counts() -> Counter[str]:
        return Counter({f"t{n}": await db.fetchval(f"SELECT count(*) FROM t{n}") for n in range(5)})

    async with Database(dsn, read_only=False) as database:
        catalog, audit = Catalog(database), Audit(database, tmp_path / "audit.jsonl")
        for root in range(1, 6):
            thing = Thing("public", "t0", (str(root),))
            seen = await preview(database, catalog, thing)
            before = await counts()
            if seen.stops:
                with pytest.raises(QueryError, match="It is stopped"):
                    await delete(database, audit, catalog, Order(thing), Reins())
                assert (await counts())["t0"] == before["t0"]
                continue
            done = await delete(database, audit, catalog, Order(thing), Reins())
            assert before - await counts() == Counter(seen.rows(Effect.DELETED)), (seed, root)
            set_null = {name.removeprefix(SET): rows for name, rows in done.items() if name.startswith(SET)}
            said = {f"{one.table}.{one.columns[0]}": one.rows for one in seen.lines if one.effect is Effect.NULL}
            assert set_null == said, (seed, root)
            assert all(name in keys for name in set_null)
