"""Every table, every role, whose rows, every way to them: what happens, and the page docs/security-matrix.md of it.

What must happen stands in EXPECTED, by the kind of table: it is what the documents ask (isolation of bots by
organization, of users by session), not what the policies say.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import asyncpg

from tests.conftest import Connection
from tests.security.world import KEYS, World

SEES, NONE, DENIED, REFUSED = "sees", "none", "denied", "refused"
"""Outcomes: rows come or change; none do; no right to the table; a right, but not to this row."""


@dataclass(frozen=True)
class Actor:
    """A login in a certain situation, which is what settings make of gb_app."""

    name: str
    login: str
    org: str = ""
    person: str = ""
    session_of: str = ""


ACTORS: Final = (
    Actor("gb_app, no tenant", "w_app"),
    Actor("gb_app, acme", "w_app", "acme"),
    Actor("gb_app, acme, ann", "w_app", "acme", person="ann"),
    Actor("gb_app, acme, ann's session", "w_app", "acme", session_of="ann"),
    Actor("gb_app, ann alone", "w_app", person="ann"),
    Actor("gb_viewer", "w_viewer"),
    Actor("gb_viewer of acme", "w_bound_viewer"),
    Actor("gb_operator", "w_operator"),
    Actor("gb_operator of acme", "w_bound"),
    Actor("gb_monitor", "w_monitor"),
    Actor("gb_dba", "w_dba"),
    Actor("no role", "w_nobody"),
    Actor("pg_read_all_data", "w_reader"),
)
ROWS: Final = {"own": ("acme", "ann"), "another's": ("acme", "amy"), "other tenant": ("globex", "gus")}
"""Whose row: acme's and ann's, acme's and another person's, another tenant's."""
WAYS: Final = ("select", "copy", "update", "insert", "delete", "truncate")
SECRETS: Final = {
    "public.users": "password_hash",
    "public.user_login_tokens": "token",
    "public.user_sessions": "session_token",
    "public.user_email_accounts": "encrypted_password",
}
_RECORDS: Final = ("gb_meta.audit_log", "gb_meta.audit_seals")
"""What nobody changes, its owner neither."""
_OF_PERSON: Final = ("session", "sessions", "member", "users", "personal", "mailbox", "mail")


def expected(kind: str, table: str, actor: Actor, whose: str, way: str) -> str:
    """What the documents ask."""
    read = way in ("select", "copy")
    if actor.name == "gb_dba":
        return REFUSED if table in _RECORDS and way in ("update", "delete", "truncate") else SEES
    if actor.name == "no role":
        return DENIED
    if way == "truncate":
        return DENIED
    if actor.name == "pg_read_all_data":
        return DENIED if not read else SEES if kind == "lookup" else NONE
    if actor.name == "gb_monitor":
        return DENIED if kind not in ("server", "lookup") or not read else SEES
    if actor.login != "w_app":
        return _person(kind, actor, whose) if read else DENIED
    return _app(kind, table, actor, whose, way)


def _person(kind: str, actor: Actor, whose: str) -> str:
    """A viewer or an operator: all without secrets; bound, the tenant's own, and nothing that is a person's alone."""
    if kind == "closed":
        return DENIED
    if kind == "lookup":
        return SEES
    if "of acme" not in actor.name:
        return SEES
    if kind in ("personal", "mailbox", "mail", "server"):
        return NONE
    return NONE if whose == "other tenant" else SEES


def _app(kind: str, table: str, actor: Actor, whose: str, way: str) -> str:
    """The platform: the tenant of the setting; of it one person's, or one session's."""
    if kind in ("record", "server", "closed", "lookup"):
        return DENIED
    if table == "public.organizations" and way in ("insert", "delete"):
        return DENIED
    if table == "public.users" and way == "delete":
        return DENIED
    if table == "public.users" and way == "insert":
        return SEES if actor.org or (actor.person and whose == "own") else REFUSED
    if table == "public.users" and way == "update":
        return SEES if actor.person and whose == "own" else NONE
    seen = _app_sees(kind, actor, whose)
    return SEES if seen else REFUSED if way == "insert" else NONE


def _app_sees(kind: str, actor: Actor, whose: str) -> bool:
    tenant, own = whose != "other tenant", whose == "own"
    if kind in ("personal", "mailbox", "mail"):
        return bool(actor.person) and own
    if kind == "users":
        if actor.person:
            return own
        return bool(actor.org) and tenant and (own or not actor.session_of)
    if not actor.org or not tenant:
        return False
    if kind == "member":
        return not actor.session_of and (own or not actor.person)
    if kind in ("session", "sessions"):
        return own or not (actor.person or actor.session_of)
    return True


@dataclass
class Cell:
    """One thing tried, and what came of it."""

    table: str
    kind: str
    actor: Actor
    whose: str
    way: str
    outcome: str
    empty: bool = False
    """Whether there is no row to be seen."""

    @property
    def wanted(self) -> str:
        wanted = expected(self.kind, self.table, self.actor, self.whose, self.way)
        return NONE if self.empty and wanted in (SEES, REFUSED) and self.way != "truncate" else wanted


class Tried:
    """Tries things on one connection, each in a savepoint that is rolled back."""

    def __init__(self, connection: Connection, world: World) -> None:
        self.connection = connection
        self.world = world

    async def settings(self, actor: Actor) -> None:
        """What gb_app says of itself, for the transaction."""
        acme = self.world.tenants["acme"]
        told = {
            "gb.org_id": str(acme.org_id) if actor.org else "",
            "gb.user_id": str(acme.key("public.users", actor.person)) if actor.person else "",
            "gb.session_id": str(acme.key("public.user_sessions", actor.session_of)) if actor.session_of else "",
        }
        await self.connection.execute("".join(f"SET LOCAL {name} = '{value}';" for name, value in told.items()))

    async def outcome(self, sql: str) -> str:
        """What comes of a statement: its rows or its count, or how it is refused."""
        try:
            return await self._outcome(sql)
        except asyncpg.InsufficientPrivilegeError as error:
            return REFUSED if "row-level security" in str(error) or "audit records" in str(error) else DENIED
        except asyncpg.IntegrityConstraintViolationError:
            return SEES  # what was written stands there already, or is pointed at: no wall was in the way
        finally:
            await self.connection.execute("ROLLBACK TO tried")

    async def _outcome(self, sql: str) -> str:
        if sql.startswith("COPY "):
            written = io.BytesIO()
            await self.connection.copy_from_query(sql.removeprefix("COPY "), output=written)
            return SEES if written.getvalue() else NONE
        status = await self.connection.execute(sql)
        return NONE if status.endswith(" 0") else SEES


@dataclass(frozen=True)
class Rows:
    """The tables by kind, and what the owner knows of each row: how to name it, and an INSERT of it again."""

    kinds: dict[str, str]
    names: dict[tuple[str, str], str]
    """(table, whose) -> the condition that finds it."""
    inserts: dict[tuple[str, str], str]
    columns: dict[str, str]
    """A column of each that can be written."""

    @classmethod
    async def read(cls, owner: Connection, world: World) -> "Rows":
        """As the owner sees them."""
        kinds = {
            row["table_name"]: row["kind"]
            for row in await owner.fetch("SELECT table_name, kind FROM gb_meta.access_tables ORDER BY 1")
        }
        rows = cls(kinds, {}, {}, {table: await owner.fetchval(_COLUMN, table) for table in kinds})
        for table in kinds:
            for whose in ROWS:
                await rows._add(owner, world, table, whose)
        return rows

    async def _add(self, owner: Connection, world: World, table: str, whose: str) -> None:
        tenant, person = ROWS[whose]
        held = world.tenants[tenant].rows.get(table, {})
        if whose == "another's" and person not in held:
            return
        key = held.get(person, held.get(""))
        condition = "true" if key is None else f"{KEYS.get(table, 'id')} = '{key}'"
        if key is None and whose != "other tenant":
            return  # of no tenant at all
        told = await owner.fetchval(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {condition} LIMIT 1")
        self.names[table, whose] = condition
        if told is not None:
            literal = told.replace("'", "''")
            columns = ", ".join(f'"{name}"' for name in json.loads(told))
            self.inserts[table, whose] = (
                f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
                f" SELECT {columns} FROM jsonb_populate_record(NULL::{table}, '{literal}')"
            )

    def statements(self, table: str, whose: str) -> Iterator[tuple[str, str]]:
        """(way, SQL) of one row."""
        condition = self.names[table, whose]
        column = KEYS.get(table, self.columns[table])
        yield "select", f"SELECT FROM {table} WHERE {condition}"
        yield "copy", f"COPY SELECT {column} FROM {table} WHERE {condition}"
        yield "update", f"UPDATE {table} SET {column} = {column} WHERE {condition}"
        if (table, whose) in self.inserts:
            yield "insert", self.inserts[table, whose]
        yield "delete", f"DELETE FROM {table} WHERE {condition}"
        yield "truncate", f"TRUNCATE {table} CASCADE"


_COLUMN: Final = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
    ORDER BY attnum LIMIT 1
"""


async def cells(tried: Tried, actor: Actor, rows: Rows) -> list[Cell]:
    """Every table's cells for one actor."""
    found = []
    async with tried.connection.transaction():
        await tried.settings(actor)
        await tried.connection.execute("SAVEPOINT tried")
        for table, whose in rows.names:
            for way, sql in rows.statements(table, whose):
                empty = (table, whose) not in rows.inserts
                outcome = await tried.outcome(sql)
                found.append(Cell(table, rows.kinds[table], actor, whose, way, outcome, empty))
    return found


_SIGNS: Final = {SEES: "●", NONE: "·", DENIED: "–", REFUSED: "x"}
_HEAD: Final = """# The matrix

Generated by `GBTUI_MATRIX=write pytest tests/security/test_matrix.py`, which tries every cell on a real server and
fails where one is not what the documents ask: {count} cells, {leaks} leaks. What each role is for stands in
[access.md](access.md).

Each entry has three groups: **own** (acme's row, ann's) / **another's** (acme's row, another person's; left out where a
table is of no person) / **other tenant** (globex's row). In each group, in this order: select, COPY TO, update, insert,
delete, TRUNCATE. ● it happens, · no row is seen or changed, – no right to the table, x the row is refused.

Beside the tables the same test file tries partitions and detached months, views, functions, COPY FROM, foreign keys as
an oracle, EXPLAIN, and forged settings, roles and functions.
"""


def document(found: list[Cell]) -> str:
    """The cells as a page: a table for each actor's name would be long, so a line for each kind of table."""
    leaks = sum(cell.outcome != cell.wanted for cell in found)
    lines = [_HEAD.format(count=f"{len(found):,}", leaks=leaks)]
    by: dict[tuple[str, str], dict[str, str]] = {}
    for cell in found:
        groups = by.setdefault((cell.actor.name, cell.table), {})
        groups[cell.whose] = groups.get(cell.whose, "") + _SIGNS[cell.outcome]
    for actor in ACTORS:
        alike: dict[str, list[str]] = {}
        for (name, table), groups in by.items():
            if name == actor.name:
                alike.setdefault(" / ".join(groups.values()), []).append(table.removeprefix("public."))
        lines.append(f"## {actor.name}\n\n| tables | own / another's / other tenant |\n|---|---|")
        lines += [f"| {', '.join(tables)} | `{signs}` |" for signs, tables in alike.items()]
        lines.append("")
    return "\n".join(lines)
