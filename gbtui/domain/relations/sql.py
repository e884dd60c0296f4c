"""The one place where names from the catalog are written into statements: quoted each, and values only as parameters.

Every value comes as text, whatever its column's type, and is cast there: so one way fits all tables. Types are the
server's own words for them (format_type), operators those by which the foreign key itself compares.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from gbtui.database.sql import Statement, identifier
from gbtui.domain.relations.catalog import ForeignKey, Graph, OnDelete, Table
from gbtui.domain.relations.closure import IDENTITY, Closure, identity

_EQUAL: Final = "OPERATOR(pg_catalog.=)"
_TYPES: Final = {"tableoid": "pg_catalog.oid", "ctid": "pg_catalog.tid"}


def table_name(table: Table) -> str:
    """Schema and name."""
    return f"{identifier(table.schema)}.{identifier(table.name)}"


def deleted(closure: Closure, oid: int, limit: int | None = None) -> Statement:
    """How many rows of a table go; with a limit, looking at no more than that on each way: at least so many."""
    return _counting(closure, {oid}, limit, f"SELECT pg_catalog.count(*) AS rows FROM d{_at(closure, oid)}")


def touched(closure: Closure, key: ForeignKey, limit: int | None = None) -> Statement:
    """How many rows point by `key` to what goes, and do not go themselves."""
    child, wanted, stays = closure.table(key.child), {key.parent}, ""
    if key.child in closure.tables:
        wanted.add(key.child)
        same = " AND ".join(f"x.{_q(name)} {_EQUAL} c.{_q(name)}" for name in identity(child))
        stays = f" WHERE NOT EXISTS (SELECT FROM d{_at(closure, key.child)} x WHERE {same})"
    rows = f"SELECT FROM {_source(child)} c JOIN d{_at(closure, key.parent)} p ON {_match(key)}{stays}{_limit(limit)}"
    return _counting(closure, wanted, limit, f"SELECT pg_catalog.count(*) AS rows FROM ({rows}) one")


def pointing(closure: Closure, key: ForeignKey, *, members: bool = False) -> Statement:
    """At most $1 rows that point by `key` to one of the rows whose referenced columns are $2 …; what names them.

    `members`: only such as the delete of the root row, whose key stands behind, removes.
    """
    child, parent = closure.table(key.child), closure.table(key.parent)
    columns = closure.needed(key.child) if key.child in closure.tables else identity(child)
    member = f" AND {_member(closure, key.child, 'c', 2 + len(key.references))}" if members else ""
    return _made(
        f"SELECT {_texts(columns)} FROM {_given(parent, key.references, 2)} JOIN {_source(child)} c"
        f" ON {_match(key)}{member} LIMIT $1"
    )


def row(closure: Closure, columns: Sequence[str]) -> Statement:
    """The root row by its key, these columns of it as text."""
    return _made(f"SELECT {_texts(columns)} FROM {_source(closure.root)} c WHERE {_is_root(closure.root, 'c', 1)}")


def one(table: Table, columns: Sequence[str], cut: int) -> Statement:
    """Columns of the row that $1 … name, as text of at most so many characters."""
    texts = ", ".join(
        f'pg_catalog."left"(c.{_q(name)}::pg_catalog.text, {int(cut)}) AS c{n}' for n, name in enumerate(columns)
    )
    return _made(f"SELECT {texts} FROM {_source(table)} c WHERE {_is_root(table, 'c', 1)}")


def counted(graph: Graph, key: ForeignKey) -> Statement:
    """How many rows point by `key` to the row whose referenced columns are $2 …, counted to $1."""
    return _made(f"SELECT pg_catalog.count(*) AS rows FROM (SELECT {_down(graph, key)} LIMIT $1) found")


def listed(graph: Graph, key: ForeignKey, columns: Sequence[str]) -> Statement:
    """At most $1 of those rows, these columns of each as text."""
    return _made(f"SELECT {_texts(columns)} {_down(graph, key)} LIMIT $1")


def across(graph: Graph, key: ForeignKey, further: ForeignKey, columns: Sequence[str]) -> Statement:
    """At most $1 of the rows to which those rows point by another key; these columns of each as text."""
    target = _source(graph.tables[further.parent])
    pairs = zip(further.references, further.operators, further.columns, strict=True)
    same = " AND ".join(f"t.{_q(r)} OPERATOR({_q(s)}.{o}) c.{_q(column)}" for r, (s, o), column in pairs)
    said = ", ".join(f"t.{_q(name)}::pg_catalog.text AS c{number}" for number, name in enumerate(columns))
    return _made(f"SELECT {said} {_down(graph, key, f' JOIN {target} t ON {same}')} LIMIT $1")


def above(graph: Graph, key: ForeignKey, columns: Sequence[str]) -> Statement:
    """The row to which one points by `key` whose columns are $1 …; these columns of it as text."""
    parent, child = graph.tables[key.parent], graph.tables[key.child]
    pairs = zip(key.references, key.operators, key.columns, strict=True)
    same = " AND ".join(
        f"c.{_q(reference)} OPERATOR({_q(schema)}.{operator}) ${n}::pg_catalog.text::{_type(child, column)}"
        for n, (reference, (schema, operator), column) in enumerate(pairs, 1)
    )
    return _made(f"SELECT {_texts(columns)} FROM {_source(parent)} c WHERE {same}")


def page(schema: str, name: str, columns: Sequence[tuple[str, bool]], time: str, *, of_organization: bool) -> Statement:
    """At most $5 rows of a table with `id` from time $1 to before $2, behind the time $3 and the id $4, in that order.

    `columns`: names, and whether each comes as text. `of_organization`: only rows whose `org_id` is $6.
    """
    texts = ", ".join(f"c.{_q(one)}{'::pg_catalog.text' if as_text else ''} AS {_q(one)}" for one, as_text in columns)
    at = f"c.{_q(time)}"
    whose = " AND c.org_id = $6::pg_catalog.uuid" if of_organization else ""
    return _made(
        f"SELECT {texts} FROM {_q(schema)}.{_q(name)} c"
        f" WHERE {at} >= $1::pg_catalog.text::pg_catalog.timestamptz"
        f" AND {at} < $2::pg_catalog.text::pg_catalog.timestamptz"
        f" AND ({at}, c.id) > ($3::pg_catalog.text::pg_catalog.timestamptz, $4::pg_catalog.uuid){whose}"
        f" ORDER BY {at}, c.id LIMIT $5"
    )


def by_id(schema: str, name: str, columns: Sequence[tuple[str, bool]]) -> Statement:
    """The rows of a table whose `id` is one of $1; columns as `page` gives them."""
    texts = ", ".join(f"c.{_q(one)}{'::pg_catalog.text' if as_text else ''} AS {_q(one)}" for one, as_text in columns)
    given = "ANY ($1::pg_catalog.text[]::pg_catalog.uuid[])"
    return _made(f"SELECT {texts} FROM {_q(schema)}.{_q(name)} c WHERE c.id = {given}")


def delete(table: Table) -> Statement:
    """Delete the rows that $1 … name."""
    names = identity(table)
    same = " AND ".join(f"c.{_q(name)} {_EQUAL} p.{_q(name)}" for name in names)
    return _made(f"DELETE FROM {_source(table)} c USING {_given(table, names, 1)} WHERE {same}")


def detach(table: Table, key: ForeignKey) -> Statement:
    """What `key` does on delete (SET NULL, SET DEFAULT), for the rows that $1 … name."""
    value = "NULL" if key.on_delete is OnDelete.SET_NULL else "DEFAULT"
    sets = ", ".join(f"{_q(name)} = {value}" for name in key.sets)
    names = identity(table)
    same = " AND ".join(f"c.{_q(name)} {_EQUAL} p.{_q(name)}" for name in names)
    return _made(f"UPDATE {_source(table)} c SET {sets} FROM {_given(table, names, 1)} WHERE {same}")


def arguments(rows: Iterable[Sequence[str | None]]) -> list[list[str | None]]:
    """Rows, at least one, as the parameters that `pointing`, `delete` and `detach` take: one array a column."""
    return [list(column) for column in zip(*rows, strict=True)]


# --- what statements are made of -------------------------------------------------------------------------


def _made(text: str) -> Statement:
    return Statement("relations", text, {"privilege": "none"})


def _q(name: str) -> str:
    return identifier(name)


def _down(graph: Graph, key: ForeignKey, join: str = "") -> str:
    """Where the rows are that point by `key` to the row whose referenced columns are $2 …"""
    parent = graph.tables[key.parent]
    values = [f"${n}::pg_catalog.text::{_type(parent, name)}" for n, name in enumerate(key.references, 2)]
    return f"FROM {_source(graph.tables[key.child])} c{join} WHERE {_match(key, values)}"


def _limit(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {int(limit)}"


def _source(table: Table) -> str:
    """Tables that inherit have rows which no foreign key of the parent's knows."""
    return f"ONLY {table_name(table)}" if table.inherited else table_name(table)


def _at(closure: Closure, oid: int) -> int:
    return closure.tables.index(oid)


def _type(table: Table, name: str) -> str:
    return _TYPES[name] if name in IDENTITY and not table.key else table.column(name).type


def _texts(columns: Sequence[str]) -> str:
    return ", ".join(f"c.{_q(name)}::pg_catalog.text AS c{number}" for number, name in enumerate(columns))


def _match(key: ForeignKey, value: Sequence[str] = ()) -> str:
    """The key's own comparison, of `p`'s columns (or of `value`) with `c`'s; an operator's name is signs alone."""
    left = value or [f"p.{_q(name)}" for name in key.references]
    pairs = zip(left, key.operators, key.columns, strict=True)
    return " AND ".join(
        f"{one} OPERATOR({_q(schema)}.{operator}) c.{_q(name)}" for one, (schema, operator), name in pairs
    )


def _given(table: Table, names: Sequence[str], first: int) -> str:
    """Rows given as arrays of text, from parameter `first` on, as `p` with their columns' names and types."""
    arrays = ", ".join(f"pg_catalog.unnest(${first + number}::pg_catalog.text[])" for number in range(len(names)))
    inner = ", ".join(f"v{number}" for number in range(len(names)))
    cast = ", ".join(f"v{number}::{_type(table, name)} AS {_q(name)}" for number, name in enumerate(names))
    return f"(SELECT {cast} FROM ROWS FROM ({arrays}) AS u ({inner})) p"


def _is_root(table: Table, alias: str, first: int) -> str:
    return " AND ".join(
        f"{alias}.{_q(name)} {_EQUAL} ${first + number}::pg_catalog.text::{_type(table, name)}"
        for number, name in enumerate(identity(table))
    )


def _member(closure: Closure, oid: int, alias: str, first: int, seen: frozenset[int] = frozenset()) -> str:
    """Whether a row hangs on the root row by cascades; ways that go round are not followed."""
    ways = [_is_root(closure.root, alias, first)] if oid == closure.root.oid else []
    for number, key in enumerate(closure.parents(oid)):
        if key.parent in seen | {oid}:
            continue
        above = f"{alias}{number}"
        pairs = zip(key.references, key.operators, key.columns, strict=True)
        same = " AND ".join(f"{above}.{_q(r)} OPERATOR({_q(s)}.{o}) {alias}.{_q(c)}" for r, (s, o), c in pairs)
        further = _member(closure, key.parent, above, first, seen | {oid})
        ways.append(f"EXISTS (SELECT FROM {_source(closure.table(key.parent))} {above} WHERE {same} AND {further})")
    return f"({' OR '.join(ways)})" if ways else "false"


def _counting(closure: Closure, wanted: set[int], limit: int | None, last: str) -> Statement:
    """What goes of each table that `wanted` hang on, a set each, then `last` over them."""
    needed = frozenset[int]().union(*(closure.upwards(oid) for oid in wanted))
    sets = [
        text
        for number, ring in enumerate(closure.rings)
        if needed & set(ring)
        for text in (_ring(closure, number, limit) if closure.is_ring(ring) else _single(closure, ring[0], limit))
    ]
    return _made(f"WITH RECURSIVE {', '.join(sets)} {last}")


def _single(closure: Closure, oid: int, limit: int | None) -> list[str]:
    table = closure.table(oid)
    columns = ", ".join(f"c.{_q(name)}" for name in closure.needed(oid))
    ways = []
    if oid == closure.root.oid:
        ways.append(f"SELECT {columns} FROM {_source(table)} c WHERE {_is_root(table, 'c', 1)}")
    for key in closure.parents(oid):
        parent = _at(closure, key.parent)
        ways.append(f"SELECT {columns} FROM {_source(table)} c JOIN d{parent} p ON {_match(key)}{_limit(limit)}")
    # A row has one parent by each key, so one way alone brings it once; UNION keeps it from being counted twice.
    return [f"d{_at(closure, oid)} AS ({' UNION '.join(f'({way})' for way in ways)})"]


def _ring(closure: Closure, number: int, limit: int | None) -> list[str]:
    """A ring's rows as (table, columns as text), then a set for each table."""
    ring, name = closure.rings[number], f"r{number}"
    first, again = [], []
    for oid in ring:
        table, at = closure.table(oid), _at(closure, oid)
        texts = ", ".join(f"c.{_q(column)}::pg_catalog.text" for column in closure.needed(oid))
        said = f"SELECT {at} AS t, ARRAY[{texts}] AS k FROM {_source(table)} c"
        if oid == closure.root.oid:
            first.append(f"{said} WHERE {_is_root(table, 'c', 1)}")
        for key in closure.parents(oid):
            if key.parent not in ring:
                first.append(f"{said} JOIN d{_at(closure, key.parent)} p ON {_match(key)}{_limit(limit)}")
                continue
            above, columns = closure.table(key.parent), closure.needed(key.parent)
            values = [f"r.k[{columns.index(one) + 1}]::{_type(above, one)}" for one in key.references]
            again.append(f"{said} WHERE r.t = {_at(closure, key.parent)} AND {_match(key, values)}")
    base, step = " UNION ALL ".join(f"({one})" for one in first), " UNION ALL ".join(f"({one})" for one in again)
    sets = [f"{name} (t, k) AS (({base}) UNION SELECT x.t, x.k FROM {name} r CROSS JOIN LATERAL ({step}) x)"]
    for oid in ring:
        table = closure.table(oid)
        cast = ", ".join(f"k[{n}]::{_type(table, c)} AS {_q(c)}" for n, c in enumerate(closure.needed(oid), 1))
        sets.append(f"d{_at(closure, oid)} AS (SELECT {cast} FROM {name} WHERE t = {_at(closure, oid)}{_limit(limit)})")
    return sets
