"""Asking the server for plans: of a statement it counted, of what a backend runs, of a text somebody wrote.

Nothing is executed but by `analyze`, and that only under a read-only transaction. Planning alone runs something, too:
functions that are IMMUTABLE are worked out while it plans, and STABLE ones for its estimates, with the rights of who
asks. A text from pg_stat_statements is that of whoever ran it, so a statement whose planning may run the function of a
third party is refused (docs/explain.md says how that is found out).
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.own_reading import own_reading
from gbtui.database.sql import statement
from gbtui.database.statement_text.acting import acts
from gbtui.database.statement_text.lexing import first_word, highest_parameter, meant
from gbtui.database.translate import translate
from gbtui.domain.explain.asked import Asked, checked, why_not
from gbtui.domain.explain.plan import Plan, read
from gbtui.errors import DeadlineError, LockedError, LostError, UsageError
from gbtui.security.deed import Deed
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

PLANNING_SECONDS: Final = 10.0
"""Planning opens every relation of a statement: more than that means that something else is wrong."""
_SET: Final = "SELECT pg_catalog.set_config($1, $2, true)"
_GET: Final = "SELECT pg_catalog.current_setting('gbtui.plan')"
_NAME_BYTES: Final = 63
_GENERIC_SINCE: Final = 160_000


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan, of what, and what it rests on."""

    asked: Asked
    text: str
    plan: Plan
    notes: tuple[str, ...]
    seconds: float
    """That the server took, and the way to it."""


class Explainer:
    """Plans of statements of one database. Each method raises the GbtuiError tree."""

    def __init__(self, database: "Database", audit: "Audit") -> None:
        self._database = database
        self._audit = audit

    async def of_statement(self, query_id: int, user_id: int = 0, database_id: int = 0) -> Asked:
        """A statement that the server counts, with its whole text; without user and database: of this database."""
        (state,) = await self._database.fetch("server/statements_state")
        if not state["schema"]:
            raise UsageError("cannot be explained", "pg_stat_statements is not installed in this database")
        wanted = statement("server/explain/statement", schema=state["schema"])
        rows = await self._database.fetch(wanted, query_id, user_id, database_id)
        if not rows:
            raise UsageError("cannot be explained", "the server has forgotten this statement")
        return Asked(**dict(rows[0]))

    async def of_backend(self, pid: int, backend_start: datetime) -> Asked:
        """What a backend runs or ran last: whole, or as the server counts it where its text is cut."""
        rows = await self._database.fetch("server/explain/backend", pid, backend_start)
        if not rows:
            raise UsageError("cannot be explained", f"pid {pid} is gone")
        asked = Asked(**dict(rows[0]))
        if not asked.query.strip():
            raise UsageError("cannot be explained", f"pid {pid} has run nothing yet")
        if not asked.cut or not asked.query_id:
            return asked
        try:
            return await self.of_statement(asked.query_id)
        except UsageError:
            return asked

    def typed(self, text: str) -> Asked:
        """A statement that somebody wrote."""
        return Asked(text, self._database.facts.database, self._database.facts.user, 0, cut=False)

    async def plan(self, asked: Asked) -> Explained:
        """Its plan, whatever its parameters are; nothing of it is executed."""
        text = await self.allowed(asked)
        began = time.monotonic()
        async with own_reading(self._database, PLANNING_SECONDS) as connection:
            plan, notes = await self.plan_on(connection, text)
        return Explained(asked, text, plan, notes, time.monotonic() - began)

    async def allowed(self, asked: Asked) -> str:
        """The one statement that may be planned; UsageError says why there is none."""
        text = checked(asked, self._database.facts.database)
        await self._refuse_foreign_functions(text, executed=False)
        return text

    async def plan_on(self, connection: Connection, text: str) -> tuple[Plan, tuple[str, ...]]:
        """The plan of a text that is `allowed`, and what it rests on; in the read-only transaction of a connection."""
        generic = self._database.facts.version_num >= _GENERIC_SINCE
        try:
            await _one_statement(connection, text)
            return await (_generic(connection, text) if generic else _prepared(connection, text))
        except asyncpg.PostgresError as exc:
            raise _told(exc, text, self._database.facts.user) from exc

    def why_not_analyze(self, explained: Explained, values: Sequence[str] = ()) -> str:
        """Why a statement cannot be run to see what its plan truly does; "" where it can."""
        if first_word(explained.text) not in ("SELECT", "WITH", "VALUES", "TABLE"):
            return "only a SELECT is run: this one writes"
        if doing := acts(explained.text):
            return f"{doing}, and no rollback takes that back"
        wanted = highest_parameter(explained.text)
        if wanted != len(values):
            if not wanted:
                return "it has no parameters to give values to"
            lack = "its parameter has no value" if wanted == 1 else f"its {wanted} parameters have no values"
            if values:
                lack = f"it has {plural(wanted, 'parameter')}, and {plural(len(values), 'value')} stand behind :analyze"
            return f"{lack}: give them in order, for example :analyze 42, 'open'"
        return ""

    async def analyze(self, explained: Explained, values: Sequence[str], seconds: float) -> Explained:
        """Run it, read-only and rolled back, and see what its plan truly does. On record before it begins."""
        text, asked = explained.text, explained.asked
        if why := self.why_not_analyze(explained, values):
            raise UsageError("not analysed", why)
        await self._refuse_foreign_functions(text, executed=True)
        # Not its text: people's words may stand in it, and the query id leads to it.
        told = {"query_id": asked.query_id, "of": asked.user, "database": asked.database, "values": len(values)}
        await self._audit.write(Deed("statement.analyzed", "pg_stat_statements", str(asked.query_id), detail=told))
        began = time.monotonic()
        async with own_reading(self._database, seconds) as connection:
            try:
                await _one_statement(connection, text)
                plan, notes = await _prepared(connection, text, values, analyse=True)
            except asyncpg.PostgresError as exc:
                raise _told(exc, text, self._database.facts.user) from exc
        return replace(explained, plan=plan, notes=notes, seconds=time.monotonic() - began)

    async def _refuse_foreign_functions(self, text: str, *, executed: bool) -> None:
        rows = await self._database.fetch("server/explain/functions", sorted(_names(text)), executed)
        if rows:
            kind, name, owner, named = (rows[0][key] for key in ("kind", "name", "owner", "named"))
            behind = (
                "here is" if kind == "operator" else "behind an operator, view, policy, default or index here stands"
            )
            way = "it names" if named else behind
            doing = "running" if executed else "planning"
            raise UsageError(
                "not explained",
                f"{way} the {kind} {name} of {owner}: {doing} the statement would run it with your rights",
                f"read the {kind} first: trusted are a superuser's and your own",
            )


def _names(text: str) -> frozenset[str]:
    """Every name: a function may be called without parentheses, by attribute (row.name) or as a cast's type."""
    return frozenset(spelled for token in meant(text) if token.name for spelled in _spelled(token.name))


def _spelled(name: str) -> set[str]:
    """What the server may make of a name: it folds more than ASCII in some encodings, and cuts after 63 bytes of its
    own encoding, which are 15 to 63 characters.
    """
    cut = range(15, _NAME_BYTES + 1) if len(name.encode("utf-8", "replace")) > _NAME_BYTES else ()
    return {name, name.lower(), *(each[:end] for each in (name, name.lower()) for end in cut)}


async def _one_statement(connection: Connection, text: str) -> None:
    """Let the server's own parser look at it: the extended protocol takes exactly one statement, and infers types."""
    await connection.prepare(text)


async def _generic(connection: Connection, text: str) -> tuple[Plan, tuple[str, ...]]:
    await connection.fetchval(_SET, "gbtui.statement", text)
    await connection.execute(statement("server/explain/generic").text)
    plan = read(await connection.fetchval(_GET))
    return plan, (_whatever(text),)


async def _prepared(
    connection: Connection, text: str, values: Sequence[str] | None = None, *, analyse: bool = False
) -> tuple[Plan, tuple[str, ...]]:
    """By PREPARE and EXECUTE: with the values, or NULLs in their places and a plan that does not look at them."""
    wanted = highest_parameter(text)
    given = list(values) if values is not None else [None] * wanted
    settings = {
        "gbtui.statement": text,
        "gbtui.values": json.dumps(given),
        "gbtui.explain": "ANALYZE, BUFFERS, " if analyse else "",
        "plan_cache_mode": "force_custom_plan" if analyse else "force_generic_plan",
    }
    for name, value in settings.items():
        await connection.fetchval(_SET, name, value)
    await connection.execute(statement("server/explain/prepared").text)
    plan = read(await connection.fetchval(_GET))
    if analyse:
        return plan, ("run once with your rights, read-only, and rolled back",)
    if wanted and any("Subplans Removed" in node.facts for node in plan.root.walk()):
        # NULL leaves every partition out; no value would.
        await connection.fetchval(_SET, "enable_partition_pruning", "off")
        await connection.execute(statement("server/explain/prepared").text)
        plan = read(await connection.fetchval(_GET))
        return plan, (_whatever(text), "all partitions are shown: which are left out, the parameters decide")
    return plan, (_whatever(text),)


def _whatever(text: str) -> str:
    """What the estimates rest on."""
    if highest_parameter(text):
        return "a generic plan: estimated for values on the average; the server may choose another for the true ones"
    return "planned with the constants that stand in it; estimates, nothing was run"


def _told(exc: asyncpg.PostgresError, text: str, role: str) -> Exception:
    error = translate(exc, role=role)
    if isinstance(error, (DeadlineError, LockedError, LostError)) or error.hint.startswith("GRANT "):
        return error
    return why_not(error.message, text)
