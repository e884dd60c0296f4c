"""Reads what advice from the workload needs: statements, tables, plans; where hypopg is, it asks the planner itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.own_reading import own_reading
from gbtui.database.sql import statement
from gbtui.database.statement_text.lexing import meant
from gbtui.domain.explain.asked import Asked as Counted
from gbtui.domain.explain.explain import Explainer
from gbtui.domain.explain.plan import Plan
from gbtui.errors import GbtuiError, UsageError
from gbtui.monitor.advice.shapes import Shape
from gbtui.monitor.advice.workload.advise import Asked, Option, QueryAdvice, advise
from gbtui.monitor.advice.workload.candidates import Candidate, proposals
from gbtui.monitor.advice.workload.conditions import Access, accesses
from gbtui.monitor.advice.workload.existing import is_there
from gbtui.monitor.advice.workload.tables import ColumnRow, Table, tables
from gbtui.monitor.advice.workload.weighing import Weight, weigh
from gbtui.monitor.server.counting import Counting
from gbtui.security.audit import Audit

if TYPE_CHECKING:
    from gbtui.database.database import Database

LOOKED_AT: Final = 100
"""Statements, by their time; those behind them take little together."""
SMALL: Final = 128
"""Pages (1 MB) of a table under which no index is advised: it is read as fast whole."""
_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Workload:
    """What was advised, the statements looked at, and what stood in the way."""

    advice: tuple[QueryAdvice, ...]
    statements: tuple[Asked, ...]
    remarks: tuple[str, ...]


async def read_workload(database: "Database", most: int = LOOKED_AT) -> Workload:
    """Advice for the statements that took the most time since the reset. Raises the GbtuiError tree."""
    (state,) = await database.fetch("server/statements_state")
    if not state["schema"] or not state["loaded"]:
        raise UsageError("No statements are counted", "pg_stat_statements is not installed here, or not loaded")
    if "total_exec_time" not in state["columns"]:
        raise UsageError("No statements are counted", "pg_stat_statements is too old: ALTER EXTENSION … UPDATE")
    wanted = statement("server/workload_statements", schema=state["schema"])
    rows = await database.fetch(wanted, most)
    counted = [
        (Counted(row["query"], "", "", row["query_id"], cut=row["cut"]), row["calls"], row["total_ms"]) for row in rows
    ]
    told = "toplevel" in state["columns"]  # so has the view that says since when
    writes = await _writes(database, str(state["schema"])) if told else 1.0
    return await weigh_all(database, counted, writes=writes)


async def _writes(database: "Database", schema: str) -> float:
    """The part of the writes counted by table that fell into the time that statements are counted for; 1: not known."""
    (since,) = await database.rows(Counting, "server/counting")
    (info,) = await database.fetch(statement("server/statements_info", schema=schema))
    if since.stats_reset is None or info["stats_reset"] is None or since.at <= since.stats_reset:
        return 1.0
    return float(min(1.0, max(0.0, (since.at - info["stats_reset"]) / (since.at - since.stats_reset))))


async def weigh_all(
    database: "Database", counted: Sequence[tuple[Counted, int, float]], *, writes: float = 1.0
) -> Workload:
    """The same for statements given with their calls and milliseconds; `writes`: the part of the tables' writes that
    fell into their time.
    """
    names = {token.name for one, _, _ in counted for token in meant(one.query) if token.name}
    known = [replace(table, written=table.written * writes) for table in await _tables(database, sorted(names))]
    hypopg = await _hypopg(database)
    remarks = [] if hypopg else ["hypopg is not installed: what an index would save is estimated from generic plans"]
    if unknown := [table.name for table in known if table.pages >= SMALL and not table.analysed]:
        remarks.append(f"nothing is known of {', '.join(unknown[:3])}: ANALYZE, or GRANT pg_read_all_data to see it")
    statements = [Asked(one.query_id, one.query, calls, total_ms) for one, calls, total_ms in counted]
    async with own_reading(database, _SECONDS) as connection:
        scale = _Scale(connection, Explainer(database, Audit(database)), known, hypopg)
        for asked, (one, _, _) in zip(statements, counted, strict=True):
            try:
                await scale.weigh(asked, one)
            except GbtuiError as error:
                asked.why = error.message or error.title
    advice = advise(statements, sum(asked.total_ms for asked in statements))
    return Workload(tuple(advice), tuple(statements), tuple(remarks))


async def _tables(database: "Database", names: Sequence[str]) -> list[Table]:
    rows = await database.rows(ColumnRow, "server/workload_columns", list(names))
    shapes = [
        Shape._make(tuple(value) if isinstance(value, list) else value for value in row.values())
        for row in await database.fetch("server/index_shapes")
    ]
    return tables(rows, shapes)


async def _hypopg(database: "Database") -> str:
    """The schema that the extension lies in; "" where it is not."""
    rows = await database.fetch("server/extensions")
    return next((str(row["schema"]) for row in rows if row["name"] == "hypopg"), "")


class _Scale:
    """Weighs statements over one connection. Each plan in a savepoint that is rolled back: no lock outlives it."""

    def __init__(self, connection: Connection, explainer: Explainer, known: Sequence[Table], hypopg: str) -> None:
        self._connection = connection
        self._explainer = explainer
        self._known = known
        self._columns = {table.name: frozenset(table.columns) for table in known}
        self._create = statement("server/hypothetical_create", schema=hypopg).text if hypopg else ""
        self._reset = statement("server/hypothetical_reset", schema=hypopg).text if hypopg else ""

    async def weigh(self, asked: Asked, one: Counted) -> None:
        """Find what would help a statement, and by how much."""
        text = await self._explainer.allowed(one)
        looks = accesses(text, self._columns)
        found = [
            (access, table, chosen)
            for access in looks
            for table in self._known
            if table.name == access.table and access.schema in ("", table.schema)
            for chosen in proposals(access, table)
        ]
        new = [
            (access, lacking)
            for access, table, chosen in found
            if table.pages >= SMALL and (lacking := tuple(each for each in chosen if not is_there(each)))
        ]
        if not new:
            asked.why = _why(found)
            return
        plan = await self._plan(text)
        for access, chosen in new:
            measured = await self._ask(text, chosen, plan) if self._create else None
            look = next(at for at, one in enumerate(looks) if one is access)
            asked.options.append(Option(chosen, measured or weigh(plan, access, chosen), look))

    async def _plan(self, text: str, *create: str) -> Plan:
        await self._connection.execute("SAVEPOINT before_plan")
        try:
            self._names = [await self._connection.fetchval(self._create, one) for one in create]
            return (await self._explainer.plan_on(self._connection, text))[0]
        finally:
            await self._connection.execute("ROLLBACK TO SAVEPOINT before_plan; RELEASE SAVEPOINT before_plan")

    async def _ask(self, text: str, chosen: Sequence[Candidate], plan: Plan) -> Weight | None:
        """What the planner makes of indexes that are not there. None: it cannot be asked (hypopg knows no GIN)."""
        try:
            after = await self._plan(text, *(f"CREATE INDEX {one.definition}" for one in chosen))
        except asyncpg.PostgresError:
            return None
        finally:
            await self._connection.execute(self._reset)
        used = {node.index for node in after.root.walk()}
        saved = (plan.root.cost - after.root.cost) / plan.root.cost if plan.root.cost else 0.0
        return Weight(max(0.0, saved) if used.issuperset(self._names) else 0.0, "hypopg")


def _why(found: Sequence[tuple[Access, Table, tuple[Candidate, ...]]]) -> str:
    if not found:
        return "no condition of it that an index could answer"
    if all(table.pages < SMALL for _, table, _ in found):
        return "its tables are small: they are read as fast whole"
    return "the index that it wants is there"
