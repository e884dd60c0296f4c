"""Indexes that would answer what a statement asks of a table. Pure; whether one is worth it is weighed elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gbtui.database.sql import identifier
from gbtui.monitor.advice.workload.conditions import Access, Condition, Order
from gbtui.monitor.advice.workload.tables import Table

BOUNDS: Final = ("above", "below")
_ONE: Final = 3.0
"""Rows that are as good as one: how many values a column has is known from a sample."""
_MOST_KEYS: Final = 3
"""Columns of equality: more make an index larger and narrow it hardly."""
_RARE: Final = 0.2
"""A condition that fewer rows fulfil makes a partial index worth its narrowness."""
_DULL: Final = 0.5
"""A column of equality that leaves more rows than this tells nothing."""
_ALONE: Final = 0.2
"""An index whose conditions leave more than this is not used: reading the table is cheaper."""
_INCLUDED: Final = 2
_NARROW: Final = 64
"""Columns, and bytes of each, that are worth carrying so that the table need not be looked into."""
_ENTRY: Final = 2_600
"""Bytes that an entry of a b-tree may have (2,704 with its head): a row with a longer one is refused."""
_WIDE: Final = 200
"""Bytes on the average from which on some value of a type without a bound is taken to be too long."""
_ORDERED: Final = 0.95
_LARGE: Final = 10_000
"""Correlation with the rows' place and pages (80 MB) from which on a BRIN index does what a b-tree would."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an index: a column, or an expression of it."""

    column: str
    expression: str = ""
    descending: bool = False
    nulls_first: bool = False
    operators: str = ""

    @property
    def name(self) -> str:
        """As a condition calls it."""
        return self.expression.format(self.column) if self.expression else self.column

    def __str__(self) -> str:
        """As in CREATE INDEX; what is the default is left out."""
        name = identifier(self.column)
        told = self.expression.format(name) if self.expression else name
        nulls = "" if self.nulls_first == self.descending else f" NULLS {'FIRST' if self.nulls_first else 'LAST'}"
        return f"{told}{f' {self.operators}' if self.operators else ''}{' DESC' * self.descending}{nulls}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that could be made."""

    table: Table
    method: str
    keys: tuple[Key, ...]
    equal: int = 0
    """How many of the keys, from the front, are compared with =: their order among themselves is free."""
    include: tuple[str, ...] = ()
    predicate: str = ""

    def __hash__(self) -> int:
        return hash((self.table.id, self.method, self.keys, self.include, self.predicate))

    @property
    def definition(self) -> str:
        """What stands behind CREATE INDEX."""
        using = f" USING {self.method}" if self.method != "btree" else ""
        include = f" INCLUDE ({', '.join(map(identifier, self.include))})" if self.include else ""
        where = f" WHERE {self.predicate}" if self.predicate else ""
        return f"ON {self.table.full}{using} ({', '.join(map(str, self.keys))}){include}{where}"

    @property
    def statement(self) -> str:
        """To be run as it stands; of a partitioned table, where that cannot be CONCURRENTLY, the steps' first."""
        if self.table.partitioned:
            return f"CREATE INDEX {self.definition.replace('ON ', 'ON ONLY ', 1)};"
        return f"CREATE INDEX CONCURRENTLY {self.definition};"

    @property
    def bytes(self) -> float:
        """About how large: entries of 12 bytes and their keys, pages filled to nine tenths; GIN and BRIN by rule."""
        wide = sum(
            (self.table.columns[name].width or 8) for name in (*(key.column for key in self.keys), *self.include)
        )
        if self.method == "brin":
            return self.table.pages / 128 * 64 + 24_576
        if self.method == "gin":
            return self.table.rows * wide * 0.5
        return self.table.rows * (12 + wide) / 0.9

    @property
    def refusing(self) -> tuple[str, ...]:
        """Columns of a b-tree that may hold more than it takes: a row with that could not be written any more."""
        if self.method != "btree":
            return ()
        names = dict.fromkeys((*(key.column for key in self.keys), *self.include))
        return tuple(one for one in names if (self.table.columns[one].longest or _ENTRY + 1) > _ENTRY)

    def serves(self, other: "Candidate") -> bool:
        """Whether what the other is for, this one does too."""
        mine, theirs = [key.column + key.expression for key in self.keys], [k.column + k.expression for k in other.keys]
        return (
            self.table.id == other.table.id
            and self.method == other.method
            and self.predicate == other.predicate
            and set(other.include) <= {*self.include, *(key.column for key in self.keys)}
            and set(mine[: other.equal]) == set(theirs[: other.equal])
            and self.keys[other.equal : len(other.keys)] == other.keys[other.equal :]
        )


def proposals(access: Access, table: Table) -> Iterator[tuple[Candidate, ...]]:
    """Indexes that together answer a statement's question; one each, but several where an OR needs them all."""
    if not table.analysed:
        return
    tests = [test for test in access.tests if test.column in table.columns]
    for candidate in _of_all(tests, access, table):
        yield (candidate,)
    for branches in access.alternatives:
        found = [next(_of_all(branch, replace(access, order=(), needed=None), table), None) for branch in branches]
        if all(one is not None for one in found):
            yield tuple(dict.fromkeys(one for one in found if one is not None))


def _of_all(tests: Sequence[Condition], access: Access, table: Table) -> Iterator[Candidate]:
    """For conditions that all hold; none that could keep a row from being written."""
    for made in _every(tests, access, table):
        if all((table.columns[one].width or 0) <= _WIDE for one in made.refusing):
            yield made


def _every(tests: Sequence[Condition], access: Access, table: Table) -> Iterator[Candidate]:
    yield from _inverted(tests, table)
    equal = _equal(tests, table)
    predicate, flagged = _predicate(tests, table)
    bounded = _bounded(tests, table)
    if equal and table.rows * (_left([one for one in tests if one.is_equality], table) or 0.0) <= _ONE:
        # One row is left: neither bounds nor an order make it fewer.
        yield Candidate(table, "btree", equal, len(equal), (), predicate)
        return
    ordered = tuple(Key(one.column, "", one.descending, one.nulls_first) for one in access.order)
    if ordered and _may_follow(ordered, equal, bounded, access.order, table):
        keys = tuple(
            key for key in (*equal, *ordered) if key in ordered or key.column not in {k.column for k in ordered}
        )
        yield Candidate(table, "btree", _plain(keys, len(keys) - len(ordered)), len(keys) - len(ordered), (), predicate)
    behind = tuple(key for key in bounded[:1] if key.column not in {one.column for one in equal})
    keys = (*equal, *behind) or flagged
    share = _left(
        [test for test in tests if test.key in {key.name for key in keys} or (predicate and _is_flag(test))], table
    )
    if keys and share is not None and share <= _ALONE:
        made = Candidate(table, "btree", keys, len(equal), (), predicate)
        yield made
        if covering := _covering(made, access, share):
            yield covering
    if not equal and behind and not behind[0].operators and _lies_in_order(behind[0].column, table):
        yield Candidate(table, "brin", behind)


def _is_flag(test: Condition) -> bool:
    return test.kind in ("flag", "no flag", "null")


def _left(tests: Sequence[Condition], table: Table) -> float | None:
    """The share that all of them leave; two bounds on one column count as one narrow condition."""
    share = 1.0
    bounds: dict[str, int] = {}
    for test in tests:
        known = table.share(test)
        if known is None:
            return None
        if test.kind in BOUNDS:
            bounds[test.column] = bounds.get(test.column, 0) + 1
            if bounds[test.column] == 2:
                share = share * 0.005 / known
                continue
            if bounds[test.column] > 2:
                continue
        share *= known
    return share


def _equal(tests: Sequence[Condition], table: Table) -> tuple[Key, ...]:
    """Columns of equality, the most telling first, as long as they narrow."""
    shares = {(test.column, test.expression): table.share(test) for test in tests if test.is_equality}
    known = sorted((share, key) for key, share in shares.items() if share is not None and share <= _DULL)
    kept: list[Key] = []
    rows = table.rows
    for share, (column, expression) in known[:_MOST_KEYS]:
        if kept and rows <= _ONE:
            break
        kept.append(Key(column, expression))
        rows *= share
    return tuple(kept)


def _bounded(tests: Sequence[Condition], table: Table) -> list[Key]:
    """Columns with bounds, the narrowest first."""
    found: dict[Key, float] = {}
    for test in tests:
        if test.kind in (*BOUNDS, "between"):
            share = _left(
                [one for one in tests if one.column == test.column and one.kind in (*BOUNDS, "between")], table
            )
            found[Key(test.column)] = 1.0 if share is None else share
        elif test.kind == "prefix":
            found[Key(test.column, operators="text_pattern_ops")] = table.share(test) or 1.0
    return sorted(found, key=lambda key: found[key])


def _predicate(tests: Sequence[Condition], table: Table) -> tuple[str, tuple[Key, ...]]:
    """What few rows fulfil and a statement says in so many words, for a partial index; and a key for want of one."""
    words = {"flag": "{}", "no flag": "NOT {}", "null": "{} IS NULL"}
    rare = [
        test for test in tests if test.kind in words and (share := table.share(test)) is not None and share <= _RARE
    ]  # fmt: skip
    told = sorted({words[test.kind].format(identifier(test.column)) for test in rare})
    return " AND ".join(told), tuple(Key(test.column) for test in rare[:1])


def _may_follow(
    ordered: Sequence[Key], equal: Sequence[Key], bounded: Sequence[Key], order: Sequence[Order], table: Table
) -> bool:
    """Whether rows come out of an index in the wanted order: bounds may be on the first of its columns alone."""
    known = all(one.column in table.columns for one in order)
    return known and (not bounded or bounded[0].column == ordered[0].column or bool(equal))


def _plain(keys: tuple[Key, ...], equal: int) -> tuple[Key, ...]:
    """An index is read both ways: where all of its order is turned round, the plain direction does."""
    ordered = keys[equal:]
    if all(key.descending and key.nulls_first for key in ordered):
        return (*keys[:equal], *(Key(key.column) for key in ordered))
    return keys


def _covering(made: Candidate, access: Access, share: float) -> Candidate | None:
    """The same with the few other columns that are read, where many rows come from it."""
    columns = made.table.columns
    if access.needed is None or any(key.expression for key in made.keys) or share * made.table.rows < 1_000:
        return None
    more = sorted(access.needed - {key.column for key in made.keys})
    if (
        not more
        or len(more) > _INCLUDED
        or any((columns[one].longest or _NARROW + 1) > _NARROW for one in more if one in columns)
    ):
        return None
    return replace(made, include=tuple(more)) if all(one in columns for one in more) else None


def _inverted(tests: Sequence[Condition], table: Table) -> Iterator[Candidate]:
    """GIN for what is contained or searched for."""
    for test in tests:
        column = table.columns[test.column]
        if test.kind == "contains" and column.type == "jsonb":
            yield Candidate(table, "gin", (Key(test.column, operators="jsonb_path_ops"),))
        elif test.kind == "contains" and column.category == "A":
            yield Candidate(table, "gin", (Key(test.column),))
        elif test.kind == "search" and (test.expression or column.type == "tsvector"):
            yield Candidate(table, "gin", (Key(test.column, test.expression),))


def _lies_in_order(column: str, table: Table) -> bool:
    return table.pages >= _LARGE and abs(table.columns[column].correlation or 0.0) >= _ORDERED
