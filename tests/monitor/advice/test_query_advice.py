"""Advice from the workload: for every trap the right index or none; merged, weighed against writes, by hypopg too."""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import pytest

from gbtui.__main__ import main
from gbtui.database.database import Database
from gbtui.domain.explain.asked import Asked as Counted
from gbtui.domain.explain.explain import Explainer
from gbtui.monitor.advice.workload.reading import read_workload, weigh_all
from gbtui.monitor.monitor import Monitor
from gbtui.resources import QUERIES
from gbtui.security.audit import Audit
from tests.conftest import Server, execute, server_of

from .statement_traps import SCHEMA, TRAPS, Trap

PAGE = QUERIES.parent / "docs" / "query-advice.md"


@pytest.fixture(scope="module", params=[18, 15])
def weighed(request: pytest.FixtureRequest) -> str:
    """The traps' tables: on a server without hypopg, and on one that has it (where it is installed)."""
    server: Server = server_of(request, request.param)
    asyncio.run(execute(server.dsn, "CREATE DATABASE weighed"))
    for part in SCHEMA.strip().rstrip(";").split(";\n"):
        asyncio.run(execute(server.of("weighed"), part))
    if request.param == 15:
        try:
            asyncio.run(execute(server.of("weighed"), "CREATE EXTENSION hypopg"))
        except Exception:
            pytest.skip("hypopg is not installed here")
    return server.of("weighed")


@pytest.fixture
async def database(weighed: str) -> AsyncIterator[Database]:
    async with Database(weighed) as opened:
        yield opened


def told(statement: str) -> str:
    """An advised statement as the traps write it."""
    return (
        statement.removesuffix(";").replace('"', "").replace("public.", "").replace("CREATE INDEX ", "")
        .removeprefix("CONCURRENTLY ").removeprefix("ON ")
    )  # fmt: skip


async def answer(database: Database, *traps: Trap) -> tuple[str, ...]:
    counted = [(Counted(one.text, "", "", at, cut=False), 1000, one.total_ms) for at, one in enumerate(traps)]
    return tuple(sorted(told(one.statement) for one in (await weigh_all(database, counted)).advice))


async def test_every_trap_gets_the_right_answer(database: Database) -> None:
    wrong = [
        f"{one.text}\n   right: {one.right}\n   got: {got}"
        for one in TRAPS
        if (got := await answer(database, one)) != tuple(sorted(one.right))
    ]
    assert len(TRAPS) >= 40
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def table() -> str:
    """The traps as the page has them."""
    lines = ["| statement | right answer | trap | who errs |", "|---|---|---|---|"]
    for one in TRAPS:
        right = " and ".join(f"`{each}`" for each in one.right) or "none"
        text = one.text.replace("|", "\\|")
        lines.append(f"| `{text}` | {right} | {one.trap} | {one.errs} |")
    return "\n".join(lines)


def test_the_page_has_the_traps() -> None:
    """GBTUI_SNAPSHOTS=write brings it up to date."""
    text = PAGE.read_text()
    before, _, _ = text.partition("\n| statement |")
    wanted = f"{before}\n{table()}\n"
    if os.environ.get("GBTUI_SNAPSHOTS") == "write":
        PAGE.write_text(wanted)
    assert PAGE.read_text() == wanted


async def test_one_index_serves_several_statements_where_the_order_of_equalities_allows_it(database: Database) -> None:
    texts = (
        "SELECT * FROM t WHERE email = $1",
        "SELECT * FROM t WHERE org = $1 AND amount = $2 ORDER BY created_at LIMIT 5",
        "SELECT * FROM t WHERE amount = $1",
        "SELECT body FROM t WHERE email = $1 AND id > $2",
    )
    got = await answer(database, *(Trap(text, (), "") for text in texts))
    assert got == ("t (amount)", "t (email)")
    some = ("SELECT * FROM t WHERE org = $1 AND code = $2 AND status > $3", "SELECT * FROM u WHERE t_id = $1")
    more = (
        "SELECT * FROM t WHERE org = $1 ORDER BY created_at LIMIT 3",
        "SELECT * FROM t WHERE org = $1 AND amount > $2",
    )
    assert await answer(database, *(Trap(text, (), "") for text in (*some, *more))) == (
        "t (code)", "t (org, amount)", "t (org, created_at)", "u (t_id)",
    )  # fmt: skip


async def test_what_an_index_would_keep_from_being_written_is_told(database: Database) -> None:
    texts = {
        "SELECT * FROM t WHERE email = $1": "whose email is longer than about 2,600 bytes",
        "SELECT * FROM t WHERE to_tsvector('english', body) @@ plainto_tsquery($1)": "more than 1 MB",
    }
    for text, risk in texts.items():
        (advice,) = (await weigh_all(database, [(Counted(text, "", "", 1, cut=False), 10, 1e6)])).advice
        assert risk in advice.risk
    counted = Counted("SELECT * FROM t WHERE org = $1 AND amount > $2", "", "", 1, cut=False)
    (advice,) = (await weigh_all(database, [(counted, 10, 1e6)])).advice
    assert "refused" not in advice.risk
    counted = Counted("SELECT org, email FROM t WHERE org = $1", "", "", 1, cut=False)
    found = (await weigh_all(database, [(counted, 10, 1e6)])).advice
    assert not [one.statement for one in found if "INCLUDE" in one.statement], "of an e-mail address there is no bound"


async def test_what_is_advised_is_not_advised_again_once_it_is_there(weighed: str) -> None:
    """And what was advised, the planner uses."""
    query = Trap("SELECT * FROM t WHERE org = $1 ORDER BY created_at DESC LIMIT $2", (), "")
    async with Database(weighed) as opened:
        (advice,) = (await weigh_all(opened, [(Counted(query.text, "", "", 1, cut=False), 10, 1e6)])).advice
        assert advice.rests_on == ("estimate" if opened.facts.version_num >= 180_000 else "hypopg")
        await execute(weighed, advice.statement)
        try:
            again = await weigh_all(opened, [(Counted(query.text, "", "", 1, cut=False), 10, 1e6)])
            assert again.advice == ()
            assert again.statements[0].why == "the index that it wants is there"
            explainer = Explainer(opened, Audit(opened))
            plan = (await explainer.plan(explainer.typed(query.text))).plan
            assert "t_org_created_at_idx" in {node.index for node in plan.root.walk()}
        finally:
            await execute(weighed, "DROP INDEX t_org_created_at_idx")


async def test_the_command_and_the_panel_say_the_same(weighed: str, capsys: pytest.CaptureFixture[str]) -> None:
    await execute(weighed, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    await execute(weighed, "SELECT pg_stat_reset(), pg_stat_statements_reset()")
    for _ in range(3):
        await execute(weighed, "SELECT count(*) AS by_command FROM u WHERE t_id = 4711")
    async with Database(weighed) as opened:
        found = await read_workload(opened)
        monitor = Monitor(opened)
        sample = await monitor.once("query_advice")
        await monitor.stop()
    assert [told(one.statement) for one in found.advice] == ["u (t_id)"], found.statements
    assert [one.statement for one in sample.rows] == [one.statement for one in found.advice]
    assert await asyncio.to_thread(main, ["advise", "--json", "--dsn", weighed]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [one["statement"] for one in printed["advice"]] == [one.statement for one in found.advice]
    assert await asyncio.to_thread(main, ["advise", "--all", "--dsn", weighed]) == 0
    out = capsys.readouterr().out
    assert 'CREATE INDEX CONCURRENTLY ON "public"."u" ("t_id");' in out
    assert "is no statement that has a plan" in out
