"""What a statement asks of each table: the conditions that an index could answer. By sqlglot's tree. Pure.

A parameter stands here as the text '$1': an equality with a constant that nobody knows, which is what it is.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gbtui.database.statement_text.lexing import Kind, meant

if TYPE_CHECKING:
    from sqlglot import exp

_CONFIGURATION: Final = re.compile(r"[a-z_]{1,40}")
_PREFIX: Final = re.compile(r"([^%_\\$][^%_\\]*)%\Z")
LISTED: Final = 10.0
"""Values that a list of unknown length is taken to have."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one column (or expression) of a table."""

    kind: str
    """"equal", "join" (equal to a column of another table), "in", "above", "below", "between", "null", "flag" (a
    boolean that is true), "no flag", "prefix", "contains", "search"."""
    column: str
    expression: str = ""
    """What an index would be on, where that is not the column itself: "lower({})"."""
    values: float = 1.0
    """Of "in": how many."""

    @property
    def is_equality(self) -> bool:
        """Whether columns behind it in an index still help."""
        return self.kind in ("equal", "join", "in")

    @property
    def key(self) -> str:
        """What the index is on."""
        return self.expression.format(self.column) if self.expression else self.column


@dataclass(frozen=True, slots=True)
class Order:
    """A column that rows are wanted in the order of."""

    column: str
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Access:
    """How a statement gets at one table."""

    table: str
    schema: str
    alias: str
    tests: tuple[Condition, ...]
    """All of them hold."""
    alternatives: tuple[tuple[tuple[Condition, ...], ...], ...] = ()
    """For each OR: its branches, each of which an index must answer."""
    order: tuple[Order, ...] = ()
    """Where a LIMIT follows, and only columns of this table order it."""
    needed: frozenset[str] | None = None
    """Columns that the statement reads of it; None: all, or not known."""


@dataclass(slots=True)
class _Source:
    table: str
    schema: str
    tests: list[Condition] = field(default_factory=list)
    alternatives: list[tuple[tuple[Condition, ...], ...]] = field(default_factory=list)


def accesses(text: str, columns: Mapping[str, frozenset[str]]) -> list[Access]:
    """Every table that a statement looks into by a condition or an order; none of a text that is not understood.

    `columns`: of each table by its bare name those that it has, to find whose an unqualified column is.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    plain = " ".join(f"'{token.text}'" if token.kind is Kind.PARAMETER else token.text for token in meant(text))
    try:
        tree = sqlglot.parse_one(plain, read="postgres")
        found: list[Access] = []
        if isinstance(tree, exp.Update | exp.Delete):
            found += _written(tree, columns)
        for scope in traverse_scope(tree):
            if isinstance(scope.expression, exp.Select):
                tables = {name: source for name, source in scope.sources.items() if isinstance(source, exp.Table)}
                found += _selected(scope.expression, tables, columns)
    except (SqlglotError, RecursionError, ValueError):
        return []
    return found


def _written(tree: "exp.Update | exp.Delete", columns: Mapping[str, frozenset[str]]) -> list[Access]:
    from sqlglot import exp

    tables = {
        table.alias_or_name: table for table in tree.find_all(exp.Table) if table.find_ancestor(exp.Select) is None
    }
    reader = _Reader(tables, columns)
    if where := tree.args.get("where"):
        reader.conditions(where.this)
    return reader.accesses((), None)


def _selected(
    select: "exp.Select", tables: "Mapping[str, exp.Table]", columns: Mapping[str, frozenset[str]]
) -> list[Access]:
    from sqlglot import exp

    reader = _Reader(tables, columns)
    if where := select.args.get("where"):
        reader.conditions(where.this)
    for join in select.args.get("joins") or ():
        if join.args.get("on"):
            outer = join.side in ("LEFT", "FULL", "RIGHT")
            reader.conditions(join.args["on"], only=join.this.alias_or_name if outer else None)
        for column in join.args.get("using") or ():
            reader.joined(column.name)
    plain = not any(select.args.get(name) for name in ("group", "distinct", "having"))
    aggregated = any(one.find_ancestor(exp.Select) is select for one in select.find_all(exp.AggFunc))
    order = (
        reader.ordered(select.args.get("order")) if select.args.get("limit") and plain and not aggregated else ("", ())
    )
    return reader.accesses(order[1], order[0], needed=reader.needed(select))


class _Reader:
    """Collects the conditions of one SELECT (or the WHERE of a write) by table."""

    def __init__(self, tables: "Mapping[str, exp.Table]", columns: Mapping[str, frozenset[str]]) -> None:
        self._sources = {alias: _Source(table.name, table.db) for alias, table in tables.items() if table.name}
        self._columns = columns

    def accesses(
        self, order: Sequence[Order], ordered: str | None, needed: Mapping[str, frozenset[str] | None] | None = None
    ) -> list[Access]:
        """What was found, of each table that there is a condition on, or an order with a limit."""
        return [
            Access(
                source.table,
                source.schema,
                alias,
                tuple(dict.fromkeys(source.tests)),
                tuple(source.alternatives),
                tuple(order) if alias == ordered else (),
                (needed or {}).get(alias),
            )
            for alias, source in self._sources.items()
            if source.tests or source.alternatives or (order and alias == ordered)
        ]

    def conditions(self, condition: "exp.Expr", *, only: str | None = None) -> None:
        """What AND puts together; `only`: what it says of other tables keeps no row out (an outer join)."""
        from sqlglot import exp

        parts = condition.unnest().flatten() if isinstance(condition.unnest(), exp.And) else [condition]
        for part in parts:
            inner = part.unnest()
            if isinstance(inner, exp.And):
                self.conditions(inner, only=only)
            elif isinstance(inner, exp.Or):
                self._either(inner, only)
            else:
                for alias, test in self._tests(inner):
                    if only in (None, alias):
                        self._sources[alias].tests.append(test)

    def _either(self, condition: "exp.Expr", only: str | None) -> None:
        """An OR helps if every branch of it asks something of the same table."""
        from sqlglot import exp

        branches: list[dict[str, list[Condition]]] = []
        for branch in condition.flatten():
            parts = branch.unnest().flatten() if isinstance(branch.unnest(), exp.And) else [branch.unnest()]
            told: dict[str, list[Condition]] = {}
            for part in parts:
                for alias, test in self._tests(part.unnest()):
                    told.setdefault(alias, []).append(test)
            branches.append(told)
        for alias, source in self._sources.items():
            if only in (None, alias) and all(alias in branch for branch in branches):
                source.alternatives.append(tuple(tuple(branch[alias]) for branch in branches))

    def joined(self, column: str) -> None:
        """JOIN … USING: the column of each table that has it equals that of the others."""
        for source in self._sources.values():
            if column in self._columns.get(source.table, frozenset()):
                source.tests.append(Condition("join", column))

    def ordered(self, order: "exp.Order | None") -> tuple[str, tuple[Order, ...]]:
        """The table whose columns alone order the rows, and these; ("", ()) if there is none."""
        from sqlglot import exp

        found: list[Order] = []
        aliases = set()
        for one in order.expressions if order else ():
            place = self._place(one.this) if isinstance(one.this, exp.Column) else None
            if place is None:
                return "", ()
            aliases.add(place[0])
            descending = bool(one.args.get("desc"))
            first = one.args.get("nulls_first")
            explicit = re.search(r"NULLS (FIRST|LAST)", one.sql("postgres"))
            found.append(Order(place[1], descending, bool(first) if explicit else descending))
        return (aliases.pop(), tuple(found)) if len(aliases) == 1 else ("", ())

    def needed(self, select: "exp.Select") -> dict[str, frozenset[str] | None]:
        """Of each table the columns that are read; None where a * stands, or one cannot be placed."""
        from sqlglot import exp

        found: dict[str, set[str]] = {alias: set() for alias in self._sources}
        if any(isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star))
               for one in select.expressions):  # fmt: skip
            return dict.fromkeys(found)
        for column in select.find_all(exp.Column):
            place = self._place(column)
            if place is None:
                return dict.fromkeys(found)
            found[place[0]].add(place[1])
        return {alias: frozenset(names) for alias, names in found.items()}

    def _place(self, column: "exp.Expr") -> tuple[str, str] | None:
        """(alias, name) of a column; None if it is none of these tables'."""
        from sqlglot import exp

        column = column.unnest()
        if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star):
            return None
        if column.table:
            return (column.table, column.name) if column.table in self._sources else None
        having = [alias for alias, one in self._sources.items() if column.name in self._columns.get(one.table, ())]
        return (having[0], column.name) if len(having) == 1 else None

    def _tests(self, part: "exp.Expr") -> Iterator[tuple[str, Condition]]:
        from sqlglot import exp

        match part:
            case exp.EQ():
                yield from self._equal(part.this, part.expression)
                yield from self._equal(part.expression, part.this)
            case exp.GT() | exp.GTE():
                yield from self._compared("above", part.this, part.expression)
                yield from self._compared("below", part.expression, part.this)
            case exp.LT() | exp.LTE():
                yield from self._compared("below", part.this, part.expression)
                yield from self._compared("above", part.expression, part.this)
            case exp.Between():
                yield from self._one("between", part.this)
            case exp.In():
                yield from self._in(part)
            case exp.Is() if isinstance(part.expression, exp.Null) and not part.args.get("negate"):
                yield from self._one("null", part.this)
            case exp.Is() if isinstance(part.expression, exp.Boolean) and not part.args.get("negate"):
                yield from self._one("flag" if part.expression.this else "no flag", part.this)
            case exp.Column():
                yield from self._one("flag", part)
            case exp.Not() if isinstance(part.this.unnest(), exp.Column):
                yield from self._one("no flag", part.this)
            case exp.Like() if isinstance(part.expression, exp.Literal) and _PREFIX.fullmatch(part.expression.this):
                yield from self._one("prefix", part.this)
            case exp.ArrayContainsAll() | exp.ArrayOverlaps():
                yield from self._one("contains", part.this)
            case exp.MatchAgainst():
                yield from self._searched(part)

    def _one(self, kind: str, column: "exp.Expr", **more: float) -> Iterator[tuple[str, Condition]]:
        if place := self._place(column):
            yield place[0], Condition(kind, place[1], **more)  # type: ignore[arg-type]

    def _equal(self, column: "exp.Expr", value: "exp.Expr") -> Iterator[tuple[str, Condition]]:
        """`column` = `value`, where the value does not come from the same table."""
        from sqlglot import exp

        value = value.unnest()
        if isinstance(value, exp.Any):
            listed = isinstance(value.this.unnest(), exp.Query)
            yield from self._one("join" if listed else "in", column, **({} if listed else {"values": LISTED}))
            return
        others = {place[0] for one in value.find_all(exp.Column) if (place := self._place(one))}
        outside = any(self._place(one) is None for one in value.find_all(exp.Column))
        kind = "join" if others or outside or value.find(exp.Query) else "equal"
        if (place := self._place(column)) and place[0] not in others:
            yield place[0], Condition(kind, place[1])
            return
        folded = column.unnest()
        if isinstance(folded, exp.Lower | exp.Upper) and (place := self._place(folded.this)) and place[0] not in others:
            name = "lower" if isinstance(folded, exp.Lower) else "upper"
            yield place[0], Condition(kind, place[1], f"{name}({{}})")

    def _compared(self, kind: str, column: "exp.Expr", value: "exp.Expr") -> Iterator[tuple[str, Condition]]:
        from sqlglot import exp

        column = column.unnest()
        if isinstance(column, exp.Tuple):  # (a, b) < (x, y): the first of them bounds, all order
            yield from self._compared(kind, column.expressions[0], value)
        elif (place := self._place(column)) and not any(
            self._place(one) in (None, place) or (self._place(one) or ("",))[0] == place[0]
            for one in value.find_all(exp.Column)
        ):
            yield place[0], Condition(kind, place[1])

    def _in(self, part: "exp.In") -> Iterator[tuple[str, Condition]]:
        if part.args.get("query"):
            yield from self._one("join", part.this)
        elif part.expressions:
            yield from self._one("in", part.this, values=float(len(part.expressions)))

    def _searched(self, part: "exp.MatchAgainst") -> Iterator[tuple[str, Condition]]:
        """`to_tsvector('english', body) @@ …`, or a column that is one."""
        from sqlglot import exp

        for side in part.expressions:
            side = side.unnest()  # noqa: PLW2901
            if place := self._place(side):
                yield place[0], Condition("search", place[1])
            elif (
                isinstance(side, exp.Anonymous)
                and str(side.this).lower() == "to_tsvector"
                and len(side.expressions) == 2
            ):
                place = self._place(side.expressions[1])
                if place and _CONFIGURATION.fullmatch(side.expressions[0].name):
                    yield place[0], Condition("search", place[1], f"to_tsvector('{side.expressions[0].name}', {{}})")
