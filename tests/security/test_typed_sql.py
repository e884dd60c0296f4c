"""What a bound login types is answered within its walls; what it may not read the server refuses, with the GRANT."""

from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.domain.explain.explain import Explainer
from gbtui.domain.sql_line.run import SqlLine
from gbtui.domain.sql_line.stream import stream
from gbtui.domain.sql_line.wish import read
from gbtui.errors import DeniedError
from gbtui.security.audit import Audit
from tests.security.conftest import Walled
from tests.security.world import mark


async def test_a_bound_login_reads_its_own_rows_alone_in_every_way(walled: Walled, tmp_path: Path) -> None:
    async with Database(walled.dsn("w_bound")) as database:
        line, seen = SqlLine(database), ""
        columns = {"message_history": "message", "bots": "name", "organizations": "slug", "users": "username"}
        for table, column in columns.items():
            wish = read(f"SELECT {column} FROM public.{table}")
            answer = await line.run(wish)
            assert answer.user == "w_bound"
            seen += str(answer.rows)
            path = tmp_path / f"{table}.csv"
            await stream(database, wish, path, most=1 << 20, seconds=5.0, progress=lambda _rows, _held: None)
            seen += path.read_text()
        explainer = Explainer(database, Audit(database, tmp_path / "audit.jsonl"))
        plan = await explainer.plan(explainer.typed("SELECT message FROM public.message_history WHERE message LIKE $1"))
        analysed = await explainer.analyze(plan, [f"%{mark('globex')}%"], 5.0)
        assert mark("acme") in seen
        assert mark("globex") not in seen
        assert analysed.plan.root.actual_rows == 0
        with pytest.raises(DeniedError) as caught:
            await line.run(read("SELECT password_hash FROM public.users"))
        assert caught.value.hint == 'GRANT SELECT ON "users" TO "w_bound"'
