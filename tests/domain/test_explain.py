"""Plans: asked for without running anything, refused with a reason, read as a tree, told in words; on real servers."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gbtui.database.database import Database
from gbtui.domain.explain.asked import with_casts, with_fields
from gbtui.domain.explain.explain import Explainer
from gbtui.domain.explain.plan import read
from gbtui.domain.explain.words import remarks, verdict
from gbtui.errors import UsageError
from gbtui.security.audit import Audit
from tests.conftest import Connect, Server, execute, server_of

SCHEMA = """
CREATE EXTENSION pg_stat_statements;
CREATE TABLE big AS SELECT i AS id, i % 7 AS kind, 'text ' || i AS body FROM generate_series(1, 60000) AS i;
CREATE INDEX ON big (id);
CREATE TABLE parts (at date NOT NULL, n int) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE written (n int);
ANALYZE;
"""


@pytest.fixture(scope="module", params=[18, 15])
def planned(request: pytest.FixtureRequest) -> str:
    """A database with something to plan, on a server that plans generically and on one that does not."""
    server: Server = server_of(request, request.param)
    asyncio.run(execute(server.dsn, "CREATE DATABASE planned"))
    asyncio.run(execute(server.of("planned"), SCHEMA))
    return server.of("planned")


@pytest.fixture
async def opened(planned: str) -> AsyncIterator[Database]:
    async with Database(planned) as database:
        yield database


@pytest.fixture
def explainer(opened: Database) -> Explainer:
    return Explainer(opened, Audit(opened))


async def test_a_normalized_statement_has_a_plan_and_nothing_of_it_runs(explainer: Explainer) -> None:
    explained = await explainer.plan(explainer.typed("SELECT body FROM big WHERE id = $1 AND kind = $2"))
    assert [node.index for node in explained.plan.root.walk() if node.index] == ["big_id_idx"]
    assert not explained.plan.analysed
    await explainer.plan(explainer.typed("INSERT INTO written SELECT $1"))
    await explainer.plan(explainer.typed("WITH gone AS (DELETE FROM written RETURNING n) SELECT * FROM gone"))
    rows = await explainer._database.fetch("server/databases")
    assert rows, "the connection of the panels is as it was"


async def test_a_counted_statement_is_found_by_its_id_and_has_its_whole_text(
    explainer: Explainer, planned: str, connect: Connect
) -> None:
    text = "SELECT count(*) AS explained_by_id FROM big WHERE kind = 3 AND body LIKE 'text 1%'"
    admin = await connect(planned)
    await admin.fetch(text)
    row = await admin.fetchrow(
        "SELECT queryid, userid::bigint AS u, dbid::bigint AS d FROM pg_stat_statements "
        "WHERE query LIKE '%explained_by_id%' AND query NOT LIKE '%pg_stat%'"
    )
    assert row is not None
    asked = await explainer.of_statement(row["queryid"], row["u"], row["d"])
    assert "$1" in asked.query
    explained = await explainer.plan(asked)
    assert explained.plan.root.below[0].relation == "big"


async def test_what_the_server_writes_with_parameters_where_none_may_stand_is_explained_all_the_same(
    explainer: Explainer,
) -> None:
    text = "SELECT extract($1 FROM at), at - interval $2 FROM parts WHERE at > date $3 AND n IN ($4 /*, ... */)"
    explained = await explainer.plan(explainer.typed(text))
    assert any(node.relation == "parts_1" for node in explained.plan.root.walk())


async def test_partitions_that_a_parameter_chooses_are_all_shown(explainer: Explainer) -> None:
    explained = await explainer.plan(explainer.typed("SELECT n FROM parts WHERE at >= $1 AND at < $2"))
    assert {node.relation for node in explained.plan.root.walk()} >= {"parts_1", "parts_2"}


async def test_what_a_backend_runs_is_explained_whole_and_in_its_constants(
    explainer: Explainer, planned: str, connect: Connect
) -> None:
    admin = await connect(planned)
    await admin.execute("SELECT body FROM big WHERE id = 4711 AND body <> 'a''b'")
    (row,) = await admin.fetch("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    await admin.execute("SELECT body FROM big WHERE id = 4711")
    asked = await explainer.of_backend(row["pid"], row["backend_start"])
    explained = await explainer.plan(asked)
    assert any("4711" in fact for node in explained.plan.root.walk() for fact in node.facts.values())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("VACUUM big", "VACUUM is no statement that has a plan"),
        ("SELECT 1; DROP TABLE big", "more than one statement"),
        ("SELECT 1) x; DROP TABLE big; --", "more than one statement"),
        ("SELECT $1 IS NULL", "nothing in the statement says"),
        ("SELECT * FROM gone_table", "search_path"),
        ("EXECUTE something", "EXECUTE is no statement"),
        ("<insufficient privilege>", "pg_read_all_stats"),
        ("SELECT * FROM big WHERE", "syntax error"),
        ("", "there is no statement"),
    ],
)
async def test_what_cannot_be_explained_is_refused_with_the_reason(explainer: Explainer, text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        await explainer.plan(explainer.typed(text))
    assert why in str(caught.value)
    assert await explainer.plan(explainer.typed("SELECT count(*) FROM big"))


async def test_another_databases_and_a_cut_text_are_refused(explainer: Explainer) -> None:
    asked = explainer.typed("SELECT 1")
    with pytest.raises(UsageError, match="elsewhere"):
        await explainer.plan(replace(asked, database="elsewhere"))
    with pytest.raises(UsageError, match="beginning"):
        await explainer.plan(replace(asked, cut=True))


async def test_a_third_partys_function_is_not_run_by_planning(
    explainer: Explainer, planned: str, connect: Connect
) -> None:
    """IMMUTABLE ones are worked out while planning: by name, or behind an operator that looks harmless."""
    admin = await connect(planned)
    await admin.execute(
        """DROP ROLE IF EXISTS mallory; CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory;
        CREATE FUNCTION public.helper(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
            AS $$ BEGIN PERFORM pg_advisory_lock(4711); RETURN 1; END $$;
        ALTER FUNCTION public.helper(int) OWNER TO mallory;"""
    )
    try:
        with pytest.raises(UsageError, match="helper of mallory"):
            await explainer.plan(explainer.typed("SELECT id FROM big WHERE id = Helper (5)"))
        assert await explainer.plan(explainer.typed("SELECT id FROM big WHERE id = 5")), "it is not named"
        await admin.execute("CREATE OPERATOR public.@@@ (FUNCTION = public.helper, RIGHTARG = int)")
        with pytest.raises(UsageError, match="behind an operator"):
            await explainer.plan(explainer.typed("SELECT id FROM big WHERE id = @@@ 5"))
        assert not await admin.fetch("SELECT FROM pg_locks WHERE locktype = 'advisory'")
    finally:
        await admin.execute("DROP FUNCTION public.helper CASCADE; DROP OWNED BY mallory; DROP ROLE mallory")


async def test_what_acts_behind_a_third_partys_view_or_operator_is_planned_and_not_run(
    explainer: Explainer, planned: str, connect: Connect
) -> None:
    """Planning runs nothing VOLATILE; running it would end everybody's sessions with a superuser's rights."""
    admin = await connect(planned)
    await admin.execute(
        """DROP ROLE IF EXISTS mallory; CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory;
        GRANT SELECT ON big TO mallory; SET ROLE mallory;
        CREATE VIEW public.harmless AS SELECT pg_terminate_backend(id) FROM public.big WHERE id < 0; RESET ROLE"""
    )
    try:
        view = await explainer.plan(explainer.typed("SELECT * FROM harmless"))
        with pytest.raises(UsageError, match="the view harmless of mallory"):
            await explainer.analyze(view, [], 5.0)
        await admin.execute("DROP VIEW harmless; SET ROLE mallory")
        await admin.execute(
            "CREATE OPERATOR public.@@@ (FUNCTION = pg_terminate_backend, LEFTARG = int, RIGHTARG = bigint); RESET ROLE"
        )
        operator = await explainer.plan(explainer.typed("SELECT id @@@ 0::bigint FROM big WHERE id < 0"))
        with pytest.raises(UsageError, match="the operator @@@ of mallory"):
            await explainer.analyze(operator, [], 5.0)
    finally:
        await admin.execute("RESET ROLE; DROP OWNED BY mallory CASCADE; DROP ROLE mallory")


HIDDEN = {
    "long" + "e" * 59: "SELECT long" + "e" * 70 + "(5)",
    "\u00c9vil": "SELECT \u00c9vil(5)",
    "\u00a0evil": "SELECT \u00a0evil(5)",
    "\u0661evil": "SELECT \u0661evil(5)",
    "evil": "SELECT 1 -- \r + evil(5)",
    "Evil": "SELECT E''\n-- on\n'\\'' || \"Evil\"(5) -- '",
    "evil2": 'SELECT U&"ev\\0069l2"(5)',
    "evil3": "SELECT U&\"ev!0069l3\" UESCAPE '!' (5)",
}
"""A third party's function, and how a text names it that does not look as if it did."""


async def test_a_third_partys_function_does_not_hide_from_the_look_at_the_text(
    explainer: Explainer, planned: str, connect: Connect
) -> None:
    admin = await connect(planned)
    await admin.execute("DROP ROLE IF EXISTS mallory; CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory")
    try:
        for name, text in HIDDEN.items():
            await admin.execute(
                f"""CREATE FUNCTION public."{name}"(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
                ALTER FUNCTION public."{name}"(int) OWNER TO mallory"""
            )
            await admin.execute(text)
            with pytest.raises(UsageError, match=r"of mallory|by numbers"):
                await explainer.plan(explainer.typed(text))
            await admin.execute(f'DROP FUNCTION public."{name}"')
    finally:
        await admin.execute("DROP OWNED BY mallory CASCADE; DROP ROLE mallory")


async def test_analyzing_runs_a_select_with_values_and_writes_nothing(
    explainer: Explainer, planned: str, connect: Connect
) -> None:
    explained = await explainer.plan(explainer.typed("SELECT body FROM big WHERE kind = $1 AND body <> $2"))
    assert "2 parameters" in explainer.why_not_analyze(explained)
    analysed = await explainer.analyze(explained, ["3", "it's, \\odd"], 10.0)
    assert analysed.plan.analysed
    scan = next(node for node in analysed.plan.root.walk() if node.relation == "big")
    assert scan.actual_rows is not None
    assert scan.removed > 50_000
    writes = await explainer.plan(explainer.typed("INSERT INTO written VALUES (1)"))
    assert "writes" in explainer.why_not_analyze(writes)
    acting = await explainer.plan(explainer.typed("SELECT pg_terminate_backend($1)"))
    assert "acts" in explainer.why_not_analyze(acting, ["1"])
    hidden = await explainer.plan(
        explainer.typed("WITH w AS (INSERT INTO written VALUES (1) RETURNING n) SELECT * FROM w")
    )
    with pytest.raises(UsageError, match="read-only transaction"):
        await explainer.analyze(hidden, [], 10.0)
    admin = await connect(planned)
    assert await admin.fetchval("SELECT count(*) FROM written") == 0


def test_a_literal_of_a_type_becomes_a_cast() -> None:
    assert with_casts("SELECT now() - interval $1, date $2") == "SELECT now() - ($1::interval), ($2::date)"
    assert with_casts("SELECT x::date, $1") == "SELECT x::date, $1"
    assert with_fields("SELECT extract ( $2 FROM at) FROM t") == "SELECT pg_catalog.date_part ( $2 , at) FROM t"


def test_the_worst_node_is_the_one_that_takes_most_by_itself() -> None:
    def scan(name: str, **more: object) -> dict[str, object]:
        return {
            "Node Type": "Seq Scan",
            "Relation Name": name,
            "Alias": name,
            "Startup Cost": 0.0,
            "Plan Width": 4,
            **more,
        }

    inner = scan("inner", **{"Total Cost": 50.0, "Plan Rows": 10, "Filter": "(x = 1)", "Parent Relationship": "Inner"})
    outer = scan("outer", **{"Total Cost": 100.0, "Plan Rows": 1000})
    root = {
        "Node Type": "Nested Loop",
        "Total Cost": 50_200.0,
        "Startup Cost": 0.0,
        "Plan Rows": 5,
        "Plans": [outer, inner],
    }
    plan = read(json.dumps([{"Plan": root}]))
    assert plan.worst is not None
    assert plan.worst.relation == "inner"
    assert plan.worst.own > 0.9
    assert verdict(plan) == "worst: Seq Scan on inner, >99 % of the estimated cost"
    assert any("reads all of inner for each of about 1,000 rows" in remark.said for remark in remarks(plan))


def test_what_an_analysed_plan_tells() -> None:
    node = {
        "Node Type": "Sort", "Total Cost": 900.0, "Plan Rows": 10, "Actual Rows": 9, "Actual Total Time": 80.0,
        "Actual Loops": 1, "Sort Space Type": "Disk", "Sort Space Used": 20_480,
        "Plans": [{
            "Node Type": "Seq Scan", "Relation Name": "t", "Total Cost": 5000.0, "Plan Rows": 10, "Filter": "(a > 1)",
            "Actual Rows": 5000, "Actual Total Time": 60.0, "Actual Loops": 1, "Rows Removed by Filter": 900_000,
        }],
    }  # fmt: skip
    said = " ".join(remark.said for remark in remarks(read(json.dumps([{"Plan": node, "Execution Time": 81.0}]))))
    for told in ("sorts 20,480 kB on disk", "throws 900 k of 905 k rows away", "5,000 rows came, 10 were expected"):
        assert told in said, said


def test_nothing_is_made_up_where_nothing_stands_out() -> None:
    node = {"Node Type": "Result", "Total Cost": 0.01, "Plan Rows": 1}
    assert remarks(read(json.dumps([{"Plan": node}]))) == []
