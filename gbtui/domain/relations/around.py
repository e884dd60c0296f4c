"""One row and what is around it, a step at a time: what it points to, what points to it, what tables of links join.

Each step asks a few bounded statements, and says where it did not count.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gbtui.database.sql import Statement
from gbtui.domain.relations import sql
from gbtui.domain.relations.catalog import Catalog, ForeignKey, Graph, Table
from gbtui.domain.relations.thing import Thing
from gbtui.errors import DeniedError, GbtuiError, QueryError
from gbtui.security.deed import secretive
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database

MOST: Final = 1001
"""Where a count stops: 1001 means more than a thousand."""
SHOWN: Final = 20
"""Rows of a group that are shown."""
DEEPEST: Final = 12
"""Steps from where one began."""
_STEP_SECONDS: Final = 3.0
_ONE_SECONDS: Final = 1.0
_CUT: Final = 2_000
_NAMES: Final = ("slug", "username", "name", "title", "display_name", "email_address", "subject", "path", "key")
"""Columns by which a row may be called, the best first."""
_TIMES: Final = ("created_at", "timestamp", "updated_at", "joined_at", "sent_at")
_LINK_COLUMNS: Final = 1


class Way(StrEnum):
    """How a node hangs on the one above it."""

    HERE = "here"
    UP = "up"
    """What it points to."""
    DOWN = "down"
    """All that points to it by one key."""
    ACROSS = "across"
    """All that a table of links connects it with."""
    ONE = "one"
    """One row of a group."""
    REST = "rest"
    """What is not shown of a group."""


@dataclass(frozen=True, slots=True)
class Node:
    """A row, or a group of rows."""

    way: Way
    title: str
    table: str
    note: str = ""
    count: int | None = None
    """Rows of a group, counted to a thousand; None: not counted, `note` says why."""
    thing: Thing | None = None
    """The row that it is."""
    values: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    """What keys need of the row; of a group those of the row it hangs on."""
    key: ForeignKey | None = None
    further: ForeignKey | None = None
    """Of a group across: the second key of the table of links."""
    depth: int = 0

    @property
    def opens(self) -> bool:
        """Whether there may be something below it."""
        if self.depth >= DEEPEST or self.way is Way.REST:
            return False
        return self.thing is not None or self.count != 0


class Around:
    """Walks the rows of a database by its foreign keys. Each method raises the GbtuiError tree."""

    def __init__(self, database: "Database", catalog: Catalog) -> None:
        self._database, self._catalog = database, catalog

    async def here(self, thing: Thing) -> Node | None:
        """The row itself, where one begins; None if there is none. QueryError: no key knows its table."""
        graph = await self._catalog.graph()
        table = graph.named(thing.schema, thing.table)
        if table is None or not table.key:
            raise QueryError("Nothing is around it", f"no foreign key knows {thing.full}")
        columns = _wanted(graph, table)
        if lacking := table.denied(table.key):
            raise DeniedError("Permission denied", table.full, lacking)
        found = await self._ask(sql.one(table, columns, _CUT), *thing.key)
        return self._node(table, Way.HERE, columns, found[0], 0) if found else None

    async def fields(self, thing: Thing) -> dict[str, str]:
        """The row's columns by name, long ones cut, without those that are secret or may not be read."""
        graph = await self._catalog.graph()
        table = graph.named(thing.schema, thing.table)
        if table is None:
            return {}
        columns = [column.name for column in table.columns if column.readable and not secretive(column.name)]
        found = await self._ask(sql.one(table, columns, _CUT), *thing.key)
        if not found:
            return {}
        return {clean(name): self._shown(value) for name, value in zip(columns, found[0], strict=True)}

    async def below(self, node: Node) -> list[Node]:
        """What stands one step below a node."""
        graph = await self._catalog.graph()
        if node.thing is not None:
            return await self._around(graph, node)
        return await self._rows(graph, node)

    async def _around(self, graph: Graph, node: Node) -> list[Node]:
        assert node.thing is not None
        table = graph.named(node.thing.schema, node.thing.table)
        if table is None:
            return []
        deadline = asyncio.get_running_loop().time() + _STEP_SECONDS
        found = [await self._parent(graph, node, key) for key in _distinct(graph.parents(table.oid))]
        nodes = [one for one in found if one is not None]
        for key in _distinct(graph.children(table.oid)):
            further = _link(graph, key)
            late = asyncio.get_running_loop().time() > deadline
            nodes.append(await self._group(graph, node, key, further, late=late))
        return nodes

    async def _parent(self, graph: Graph, node: Node, key: ForeignKey) -> Node | None:
        """What the row points to by a key; None if by this one to nothing."""
        table = graph.tables[key.parent]
        values = [node.values.get(name) for name in key.columns]
        if None in values:
            return None
        columns = _wanted(graph, table)
        if lacking := table.denied(table.key):
            return Node(Way.UP, table.title, table.title, f"missing {lacking}", depth=node.depth + 1)
        try:
            found = await self._ask(sql.above(graph, key, columns), *values)
        except GbtuiError as error:
            return Node(Way.UP, table.title, table.title, _why(error), depth=node.depth + 1)
        return self._node(table, Way.UP, columns, found[0], node.depth + 1) if found else None

    async def _group(
        self, graph: Graph, node: Node, key: ForeignKey, further: ForeignKey | None, *, late: bool
    ) -> Node:
        """All that points to the row by a key, or what lies across it, counted."""
        child = graph.tables[key.child]
        title = graph.tables[further.parent].title if further else child.title
        way = Way.ACROSS if further else Way.DOWN
        note = f"by {child.title}" if further else _by(graph, key)

        def group(count: int | None, why: str = "") -> Node:
            told = f"{note}; {why}" if note and why else why or note
            return Node(
                way, title, child.title, told, count, values=node.values, key=key, further=further, depth=node.depth + 1
            )

        values = [node.values.get(name) for name in key.references]
        if None in values:
            return group(0)
        if lacking := child.denied(key.columns):
            return group(None, f"missing {lacking}")
        if child.large and not key.indexed:
            return group(None, f"not counted: no index on {', '.join(key.columns)}")
        if late:
            return group(None, "not counted: it takes too long")
        try:
            found = await self._ask(sql.counted(graph, key), MOST, *values)
        except GbtuiError as error:
            return group(None, f"not counted: {_why(error)}")
        return group(int(found[0][0] or 0), "row-level security may hide some" if child.filtered else "")

    async def _rows(self, graph: Graph, node: Node) -> list[Node]:
        """Some rows of a group."""
        assert node.key is not None
        table = graph.tables[node.further.parent if node.further else node.key.child]
        if not table.key or node.count is None:
            return []
        columns = _wanted(graph, table)
        if lacking := table.denied(table.key):
            return [Node(Way.REST, table.title, table.title, f"missing {lacking}", depth=node.depth + 1)]
        made = (
            sql.across(graph, node.key, node.further, columns) if node.further else sql.listed(graph, node.key, columns)
        )
        values = [node.values.get(name) for name in node.key.references]
        found = await self._ask(made, SHOWN, *values)
        rows = [self._node(table, Way.ONE, columns, row, node.depth + 1) for row in found]
        if node.count > len(rows):
            left = "more" if node.count >= MOST else f"{node.count - len(rows):,} more"
            rows.append(Node(Way.REST, f"… {left}", table.title, depth=node.depth + 1))
        return rows

    def _node(
        self, table: Table, way: Way, columns: Sequence[str], row: Sequence[str | None], depth: int
    ) -> Node:  # fmt: skip
        values = dict(zip(columns, row, strict=True))
        key = tuple(values[name] or "" for name in table.key)
        name = next((values[one] for one in _NAMES if values.get(one)), None)
        at = next((values[one] for one in _TIMES if values.get(one)), None)
        called = self._shown(name) if name else key[0][:8]
        note = "" if name or at is None else at[:19]
        return Node(
            way,
            called,
            table.title,
            note,
            thing=Thing(table.schema, table.name, key, called),
            values=values,
            depth=depth,
        )

    def _shown(self, value: str | None) -> str:
        return "" if value is None else self._database.shown_text(clean(value, keep="\n"))

    async def _ask(self, made: Statement, *arguments: object) -> list[tuple[str | None, ...]]:
        found = await self._database.fetch(made, *arguments, timeout=_ONE_SECONDS)
        return [tuple(row.values()) for row in found]


def _wanted(graph: Graph, table: Table) -> list[str]:
    """What is read of a row: what names it, what keys need, what it is called; as far as this role may."""
    keys = [name for key in graph.parents(table.oid) for name in key.columns]
    keys += [name for key in graph.children(table.oid) for name in key.references]
    there = {column.name: column.readable for column in table.columns}
    told = [name for name in (*_NAMES, *_TIMES) if name in there]
    return [name for name in dict.fromkeys([*table.key, *keys, *told]) if there[name] and not _hidden(name, keys)]


def _hidden(name: str, keys: Sequence[str]) -> bool:
    return name not in keys and secretive(name)


def _distinct(keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    """Of several keys between the same columns one is enough."""
    found = {(key.child, key.parent, key.columns): key for key in keys if not key.partial}
    return list(found.values())


def _link(graph: Graph, key: ForeignKey) -> ForeignKey | None:
    """The other key of a table that only links rows of two others; None for any other table.

    It has two keys and hardly a column besides, and nothing points to it.
    """
    keys = _distinct(graph.parents(key.child))
    others = [one for one in keys if one.parent != key.parent]
    if len(keys) != 2 or len(others) != 1 or graph.children(key.child):
        return None
    table = graph.tables[key.child]
    used = {*table.key, *(name for one in keys for name in one.columns), *_TIMES}
    return others[0] if len([column for column in table.columns if column.name not in used]) <= _LINK_COLUMNS else None


def _by(graph: Graph, key: ForeignKey) -> str:
    """By which columns, where a table points to another in more than one way."""
    several = [one for one in _distinct(graph.children(key.parent)) if one.child == key.child]
    return f"by {', '.join(key.columns)}" if len(several) > 1 or key.child == key.parent else ""


def _why(error: GbtuiError) -> str:
    return clean(error.hint if isinstance(error, DeniedError) and error.hint else error.message or error.title)
