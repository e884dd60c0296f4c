"""What a rule says, and what it may know while it reads: the migration, the tables it made, its keys and indexes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from postgast import pg_query_pb2 as ast

from gbtui.schema.source import Migration

Severity = Literal["danger", "advice"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: `danger` loses data or makes others wait, `advice` is about what the schema becomes."""

    rule: str
    severity: Severity
    migration: str
    line: int
    message: str
    advice: str


@dataclass(slots=True)
class Table:
    """A table that the migrations create: its columns, its foreign keys (columns, line) and its indexes' columns."""

    name: str
    columns: list[str] = field(default_factory=list)
    keys: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    migration: str = ""
    line: int = 0


@dataclass(slots=True)
class Context:
    """The state of one run over a batch of migrations."""

    migration: Migration | None = None
    line: int = 0
    tables: dict[str, Table] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    unvalidated: set[tuple[str, str]] = field(default_factory=set)
    definers: dict[str, int] = field(default_factory=dict)

    def begin(self, migration: Migration) -> None:
        """A new file: findings and what holds for one file alone start again, tables stay known."""
        self.migration, self.line, self.found = migration, 1, []
        self.unvalidated, self.definers = set(), {}

    def say(self, rule: str, message: str, advice: str = "", severity: Severity = "danger") -> None:
        """Write a finding at the current statement."""
        assert self.migration is not None  # begin() comes first
        self.found.append(Finding(rule, severity, self.migration.name, self.line, message, advice))

    def is_new(self, relation: ast.RangeVar) -> bool:
        """Whether this batch creates the table."""
        return name_of(relation) in self.tables

    def see(self, statement: ast.Node) -> None:
        """Note the tables, keys and indexes that a statement makes."""
        match statement.WhichOneof("node"):
            case "create_stmt":
                self._see_table(statement.create_stmt)
            case "index_stmt":
                index = statement.index_stmt
                if table := self.tables.get(name_of(index.relation)):
                    table.indexes.append(tuple(part.index_elem.name for part in index.index_params))
            case "alter_table_stmt":
                self._see_alter(statement.alter_table_stmt)

    def _see_table(self, create: ast.CreateStmt) -> None:
        assert self.migration is not None  # begin() comes first
        table = Table(name_of(create.relation), migration=self.migration.name, line=self.line)
        for element in create.table_elts:
            if element.HasField("column_def"):
                self._see_column(table, element.column_def)
            elif element.HasField("constraint"):
                self._see_constraint(table, element.constraint, ())
        self.tables[table.name] = table

    def _see_alter(self, alter: ast.AlterTableStmt) -> None:
        table = self.tables.get(name_of(alter.relation))
        if table is None:
            return
        for command in alter.cmds:
            definition = getattr(command.alter_table_cmd, "def")
            if definition.HasField("column_def"):
                self._see_column(table, definition.column_def)
            elif definition.HasField("constraint"):
                self._see_constraint(table, definition.constraint, ())

    def _see_column(self, table: Table, column: ast.ColumnDef) -> None:
        if column.colname:
            table.columns.append(column.colname)
        for constraint in column.constraints:
            self._see_constraint(table, constraint.constraint, (column.colname,))

    def _see_constraint(self, table: Table, constraint: ast.Constraint, columns: tuple[str, ...]) -> None:
        kind = ast.ConstrType.Name(constraint.contype)
        if kind == "CONSTR_FOREIGN":
            table.keys.append((columns or strings(constraint.fk_attrs), self.line))
        elif kind in {"CONSTR_PRIMARY", "CONSTR_UNIQUE"}:
            table.indexes.append(columns or strings(constraint.keys))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, what it watches for in one line, and the function that judges one statement."""

    name: str
    about: str
    judge: Callable[[ast.Node, Context], None]


def name_of(relation: ast.RangeVar) -> str:
    """Schema and name, public where no schema is written."""
    return f"{relation.schemaname or 'public'}.{relation.relname}"


def strings(nodes: Iterable[ast.Node]) -> tuple[str, ...]:
    """The texts of a list of name nodes."""
    return tuple(node.string.sval for node in nodes)
