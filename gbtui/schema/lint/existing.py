"""Rules about what is there already: statements that make others wait, rewrite tables or lose data."""

from typing import Final

from postgast import pg_query_pb2 as ast

from gbtui.schema.lint.finding import Context, Rule, name_of

# Cheap as a column's default: evaluated once, kept in the catalog, no rewrite.
_STABLE: Final = frozenset({"now", "current_setting", "transaction_timestamp", "statement_timestamp"})
_SERIAL: Final = frozenset({"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"})
_LOSING: Final = {"OBJECT_TABLE": "table", "OBJECT_SCHEMA": "schema", "OBJECT_MATVIEW": "materialized view"}


def _index(statement: ast.Node, context: Context) -> None:
    if not statement.HasField("index_stmt"):
        return
    index = statement.index_stmt
    if not index.concurrent and not context.is_new(index.relation):
        context.say(
            "index-not-concurrently",
            f"CREATE INDEX on {name_of(index.relation)} makes its writers wait until it is built",
            "CREATE INDEX CONCURRENTLY in a migration of its own with run_in_transaction = false",
        )


def _alter(statement: ast.Node, context: Context) -> None:
    if not statement.HasField("alter_table_stmt"):
        return
    alter = statement.alter_table_stmt
    if ast.ObjectType.Name(alter.objtype) != "OBJECT_TABLE":
        return
    for wrapped in alter.cmds:
        _alter_command(wrapped.alter_table_cmd, alter.relation, context)


def _alter_command(command: ast.AlterTableCmd, relation: ast.RangeVar, context: Context) -> None:
    table, kind = name_of(relation), ast.AlterTableType.Name(command.subtype)
    definition = getattr(command, "def")
    if kind == "AT_AddConstraint":
        _add_constraint(definition.constraint, relation, context)
    elif kind == "AT_ValidateConstraint" and (table, command.name) in context.unvalidated:
        context.say(
            "validate-in-same-file",
            f"{command.name} is validated in the transaction that adds it, under the lock of adding it",
            "VALIDATE CONSTRAINT in the next migration",
        )
    elif context.is_new(relation):
        return
    elif kind == "AT_AddColumn":
        _add_column(definition.column_def, table, context)
    elif kind == "AT_SetNotNull":
        context.say(
            "set-not-null",
            f"SET NOT NULL reads all of {table} while everybody waits",
            "CHECK (… IS NOT NULL) NOT VALID, VALIDATE in the next migration, then SET NOT NULL, then drop the CHECK",
        )
    elif kind == "AT_AlterColumnType":
        context.say(
            "column-type",
            f"another type for {table}.{command.name} may rewrite the table while everybody waits",
            "a new column, filled in batches; or ignore it where the types are binary compatible",
        )
    elif kind == "AT_DropColumn":
        _loses(context, f"column {table}.{command.name}")
    elif kind == "AT_DetachPartition" and not definition.partition_cmd.concurrent:
        context.say(
            "detach-not-concurrently", f"DETACH makes everybody on {table} wait", "DETACH PARTITION … CONCURRENTLY"
        )


def _add_constraint(constraint: ast.Constraint, relation: ast.RangeVar, context: Context) -> None:
    table, kind = name_of(relation), ast.ConstrType.Name(constraint.contype)
    if constraint.skip_validation:
        context.unvalidated.add((table, constraint.conname))
    elif context.is_new(relation):
        return
    elif kind in {"CONSTR_FOREIGN", "CONSTR_CHECK"}:
        both = f" and {name_of(constraint.pktable)}" if kind == "CONSTR_FOREIGN" else ""
        context.say(
            "constraint-not-valid",
            f"the new constraint reads all of {table}{both} while others wait",
            "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in the next migration",
        )
    elif kind in {"CONSTR_UNIQUE", "CONSTR_PRIMARY"} and not constraint.indexname:
        context.say(
            "unique-using-index",
            f"the new key builds its index on {table} while everybody waits",
            "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX",
        )
    elif kind == "CONSTR_EXCLUSION":
        context.say("exclusion", f"the exclusion constraint is built on {table} while everybody waits")


def _add_column(column: ast.ColumnDef, table: str, context: Context) -> None:
    name = f"{table}.{column.colname}"
    kinds = {ast.ConstrType.Name(c.constraint.contype): c.constraint for c in column.constraints}
    if "CONSTR_NOTNULL" in kinds and not kinds.keys() & {"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"}:
        context.say("add-not-null", f"{name} is NOT NULL without a default: it fails on a table with rows")
    stored = "CONSTR_GENERATED" in kinds and kinds["CONSTR_GENERATED"].generated_kind == "s"
    serial = column.type_name.names and column.type_name.names[-1].string.sval in _SERIAL
    volatile = "CONSTR_DEFAULT" in kinds and _is_volatile(kinds["CONSTR_DEFAULT"].raw_expr)
    if stored or serial or volatile or "CONSTR_IDENTITY" in kinds:
        context.say(
            "add-column-rewrites",
            f"{name} gets a value computed for each row: the table is rewritten while everybody waits",
            "add it without, set the default afterwards, and fill it in batches",
        )


def _is_volatile(expression: ast.Node) -> bool:
    """A function call that is not known to be stable; the catalog would know, the text does not."""
    if expression.HasField("type_cast"):
        return _is_volatile(expression.type_cast.arg)
    call = expression.func_call if expression.HasField("func_call") else None
    return call is not None and call.funcname[-1].string.sval not in _STABLE


def _drop(statement: ast.Node, context: Context) -> None:
    if statement.HasField("truncate_stmt"):
        for relation in statement.truncate_stmt.relations:
            _loses(context, f"all rows of {name_of(relation.range_var)}")
    if not statement.HasField("drop_stmt"):
        return
    drop = statement.drop_stmt
    kind = ast.ObjectType.Name(drop.remove_type)
    if kind == "OBJECT_INDEX" and not drop.concurrent:
        context.say(
            "drop-index-not-concurrently", "DROP INDEX makes everybody on its table wait", "DROP INDEX CONCURRENTLY"
        )
    if kind in _LOSING:
        names = (".".join(part.string.sval for part in each.list.items) or each.string.sval for each in drop.objects)
        _loses(context, f"{_LOSING[kind]} {', '.join(names)}")


def _loses(context: Context, what: str) -> None:
    assert context.migration is not None  # rules run inside a migration
    if "destructive" not in context.migration.marks:
        context.say("unmarked-destructive", f"{what} is lost", "write “-- gbtui: destructive” into the file's head")


def _rename(statement: ast.Node, context: Context) -> None:
    if not statement.HasField("rename_stmt"):
        return
    rename = statement.rename_stmt
    kind = ast.ObjectType.Name(rename.rename_type)
    if kind in {"OBJECT_TABLE", "OBJECT_COLUMN"} and not context.is_new(rename.relation):
        what = f"{name_of(rename.relation)}{'.' + rename.subname if rename.subname else ''}"
        context.say(
            "rename",
            f"programs that still say {what} fail at once",
            "add the new name beside the old one, move the programs, drop the old one later",
        )


def _backfill(statement: ast.Node, context: Context) -> None:
    kind = statement.WhichOneof("node")
    if kind not in {"update_stmt", "delete_stmt"}:
        return
    relation = getattr(statement, kind).relation
    if context.is_new(relation):
        return
    verb = "UPDATE" if kind == "update_stmt" else "DELETE"
    context.say(
        "backfill-in-migration",
        f"{verb} of {name_of(relation)} holds its rows' locks until the migration commits",
        "in batches, each in a transaction of its own",
    )


def _rewrite(statement: ast.Node, context: Context) -> None:
    if statement.HasField("cluster_stmt"):
        context.say("rewrite", "CLUSTER rewrites the table while everybody waits")
    if statement.HasField("vacuum_stmt") and any(o.def_elem.defname == "full" for o in statement.vacuum_stmt.options):
        context.say("rewrite", "VACUUM FULL rewrites the table while everybody waits")


RULES: Final = {
    rule.name: rule
    for rule in (
        Rule("index", "indexes of existing tables are built CONCURRENTLY", _index),
        Rule("alter", "ALTER TABLE that scans, rewrites or loses", _alter),
        Rule("drop", "what is lost is marked destructive", _drop),
        Rule("rename", "names that programs use stay", _rename),
        Rule("backfill", "rows are changed in batches, not in DDL", _backfill),
        Rule("rewrite", "nothing rewrites a table that is in use", _rewrite),
    )
}
