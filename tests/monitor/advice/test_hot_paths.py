"""The platform's hot paths: there in our own schema, missed where they are not, judged by what was counted."""

import pytest

from gbtui.database.database import Database
from gbtui.monitor.advice.hot_paths import PATHS, HotPath, TableIndex, judge, serves
from gbtui.monitor.check import View
from gbtui.monitor.finding import Severity
from gbtui.monitor.judging.indexes import hot_paths
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from tests.conftest import Connect
from tests.monitor.test_indexes import NOW
from tests.waiting import until

SESSION = PATHS[0]
MEMORY = next(path for path in PATHS if path.table == "bot_memories")


def index(*keys: str, table: str = "message_history", **more: object) -> TableIndex:
    columns = ("id", "session_id", "created_at", "user_id", "bot_id", "key")
    plain: dict[str, object] = {
        "table_name": table, "partitioned": False, "table_rows": 1e6, "table_pages": 50_000, "whole_reads": 0,
        "table_columns": columns, "index_name": "i" if keys else "", "method": "btree", "valid": True, "partial": False,
        "keys": keys, "scans": 0, "rows_read": 0,
    }  # fmt: skip
    return TableIndex(**{**plain, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "found", "well"),
    [
        (SESSION, index("session_id", "created_at", "id"), True),
        (SESSION, index("session_id"), False),
        (SESSION, index("created_at", "session_id"), False),
        (SESSION, index("session_id", "created_at", partial=True), False),
        (SESSION, index("session_id", "created_at", method="gin"), False),
        (MEMORY, index("key", "bot_id", table="bot_memories"), True),
        (MEMORY, index("key", "id", "bot_id", table="bot_memories"), False),
    ],
)
def test_an_index_serves_a_path_by_its_first_columns(path: object, found: TableIndex, well: bool) -> None:
    assert serves(path, found) is well  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (index(), "absent"),
        (index(table_pages=10), "absent, small"),
        (index("session_id", "created_at", scans=10, rows_read=400), "effective"),
        (index("session_id", "created_at", scans=10, rows_read=900_000), "finds too much"),
        (index("session_id", "created_at"), "unused"),
        (index("session_id", "created_at", whole_reads=7), "passed over"),
        (index("session_id", "created_at", valid=False), "invalid"),
    ],
)
def test_a_path_is_judged_by_what_was_counted(found: TableIndex, state: str) -> None:
    (path,) = (one for one in judge([found]) if one.path == SESSION.name)
    assert path.state == state


def test_an_absent_one_is_a_finding_with_the_statement_and_a_small_tables_is_a_note() -> None:
    def found(table: TableIndex) -> list[tuple[Severity, str | None]]:
        rows = tuple(one for one in judge([table]) if one.path == SESSION.name)
        view = View({"hot_paths": Sample("hot_paths", rows, NOW)}, lambda _: (), {}, NOW)
        return [(finding.severity, finding.statement) for finding in hot_paths(view)]

    statement = "CREATE INDEX CONCURRENTLY ON public.message_history (session_id, created_at DESC);"
    assert found(index()) == [(Severity.WARNING, statement)]
    assert found(index(table_pages=1)) == [(Severity.INFO, statement)]
    assert found(index(partitioned=True)) == [(Severity.WARNING, None)]
    assert found(index("session_id", "created_at")) == []


async def test_our_own_schema_has_them_all_and_use_is_seen(dsn: str, database: Database, connect: Connect) -> None:
    monitor = Monitor(database)

    async def paths() -> dict[str, HotPath]:
        return {row.path: row for row in (await monitor.once("hot_paths")).rows}

    assert {path.state for path in (await paths()).values()} <= {"unused", "effective"}
    assert set(await paths()) >= {path.name for path in PATHS if path.equal != ("session_token",)} - {
        "a user's sessions"
    }
    admin = await connect(dsn)
    await admin.execute(
        "SET enable_seqscan = off; SELECT FROM bot_memories "
        "WHERE bot_id = '00000000-0000-0000-0000-000000000000' AND key = 'x'"
    )
    await admin.execute("SELECT pg_stat_force_next_flush()")

    async def seen() -> bool:
        return (await paths())[MEMORY.name].scans == 1

    await until(seen)
    await admin.execute("DROP INDEX user_sessions_bot_id_user_id_org_id_idx")
    gone = (await paths())["a user's session with a bot"]
    assert (gone.state, gone.index_name, gone.absent) == ("absent, small", "", True)
    await monitor.stop()
