"""Tables as advice sees them: how large, how often written, what ANALYZE knows of their columns, their indexes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gbtui.database.sql import identifier
from gbtui.monitor.advice.shapes import Shape
from gbtui.monitor.advice.workload.conditions import Condition

# The planner's own defaults for what a parameter hides (selfuncs.h): one bound, two bounds, an operator of GIN.
_ONE_BOUND: Final = 1 / 3
_TWO_BOUNDS: Final = 0.005
_CONTAINED: Final = 0.001
_FOUND: Final = 0.005


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One row of queries/server/workload_columns.sql."""

    table_id: int
    schema: str
    table_name: str
    partitioned: bool
    table_rows: float
    table_pages: float
    written: float
    column_name: str
    type: str
    category: str
    n_distinct: float | None
    null_share: float | None
    width: int | None
    longest: int | None
    """Bytes that a value has at most; None: its type knows no bound."""
    correlation: float | None
    top_share: float | None
    top_value: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table, partitions summed up."""

    id: int
    schema: str
    name: str
    partitioned: bool
    rows: float
    pages: float
    written: float
    """Rows inserted, and updated other than in place, since the statistics were reset."""
    columns: Mapping[str, ColumnRow]
    indexes: Sequence[Shape] = field(default=())

    @property
    def full(self) -> str:
        """Schema and name, quoted."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def analysed(self) -> bool:
        """Whether anything is known of its columns."""
        return any(column.n_distinct is not None for column in self.columns.values())

    def distinct(self, column: str) -> float | None:
        """How many values a column has; None: not known. PostgreSQL tells many as a share of the rows, below 0."""
        known = self.columns[column].n_distinct if column in self.columns else None
        return None if known is None else max(1.0, known if known > 0 else -known * self.rows)

    def share(self, test: Condition) -> float | None:
        """The share (0 to 1) of its rows that a condition leaves; None: not known."""
        column = self.columns.get(test.column)
        if column is None or column.n_distinct is None:
            return None
        distinct, nulls = self.distinct(test.column) or 1.0, column.null_share or 0.0
        match test.kind:
            case "equal" | "join":
                return (1.0 - nulls) / distinct
            case "in":
                return min(1.0, test.values * (1.0 - nulls) / distinct)
            case "null":
                return nulls
            case "flag" | "no flag":
                top = column.top_share or 0.5
                wanted = "t" if test.kind == "flag" else "f"
                return top if column.top_value == wanted else max(0.0, 1.0 - nulls - top)
            case "above" | "below":
                return _ONE_BOUND * (1.0 - nulls)
            case "between" | "prefix":
                return _TWO_BOUNDS
            case "contains":
                return _CONTAINED
            case _:
                return _FOUND


def tables(rows: Iterable[ColumnRow], shapes: Iterable[Shape]) -> list[Table]:
    """Tables with their columns and the indexes that queries may use."""
    of: dict[int, list[ColumnRow]] = {}
    for row in rows:
        of.setdefault(row.table_id, []).append(row)
    held: dict[int, list[Shape]] = {}
    for shape in shapes:
        if shape.valid and shape.ready:
            held.setdefault(shape.table_id, []).append(shape)
    return [
        Table(
            one[0].table_id, one[0].schema, one[0].table_name, one[0].partitioned, one[0].table_rows,
            one[0].table_pages, one[0].written, {row.column_name: row for row in one}, tuple(held.get(number, ())),
        )
        for number, one in of.items()
    ]  # fmt: skip
