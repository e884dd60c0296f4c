"""Rules about what the schema becomes: types, names, keys with indexes, tenants, functions with other rights."""

from typing import Final

from postgast import pg_query_pb2 as ast

from gbtui.schema import scan
from gbtui.schema.lint.finding import Context, Rule, Table, name_of, strings

_NAME_BYTES: Final = 63  # PostgreSQL cuts longer names without a word
_TYPES: Final = {
    "json": "jsonb",
    "bpchar": "text",
    "timestamp": "timestamptz",
    "timetz": "timestamptz",
    "money": "numeric",
    "serial": "bigint GENERATED ALWAYS AS IDENTITY",
    "serial4": "bigint GENERATED ALWAYS AS IDENTITY",
    "smallserial": "bigint GENERATED ALWAYS AS IDENTITY",
    "bigserial": "bigint GENERATED ALWAYS AS IDENTITY",
}
# A row that belongs to one of these belongs to a tenant.
_TENANT_COLUMNS: Final = frozenset({"bot_id", "session_id"})


def _columns(statement: ast.Node) -> list[ast.ColumnDef]:
    """The columns that the statement defines, in CREATE TABLE or ALTER TABLE ADD."""
    if statement.HasField("create_stmt"):
        return [each.column_def for each in statement.create_stmt.table_elts if each.HasField("column_def")]
    if statement.HasField("alter_table_stmt"):
        definitions = [getattr(each.alter_table_cmd, "def") for each in statement.alter_table_stmt.cmds]
        return [each.column_def for each in definitions if each.HasField("column_def") and each.column_def.colname]
    return []


def _types(statement: ast.Node, context: Context) -> None:
    for column in _columns(statement):
        names = strings(column.type_name.names)
        if not names:
            continue
        kind, better = names[-1], _TYPES.get(names[-1])
        if kind == "varchar" and column.type_name.typmods:
            better = "text with CHECK (length(…))"
        if better:
            context.say("type", f"{column.colname} is {kind}", f"{better} serves better", "advice")
        keys = {ast.ConstrType.Name(each.constraint.contype) for each in column.constraints}
        if kind in {"int4", "int2"} and "CONSTR_PRIMARY" in keys:
            context.say("type", f"primary key {column.colname} is {kind} and can run out", "bigint or uuid", "advice")


def _qualified(statement: ast.Node, context: Context) -> None:
    """Unqualified names land wherever the role's search_path points."""
    relation: ast.RangeVar | None = None
    match statement.WhichOneof("node"):
        case "create_stmt":
            relation = statement.create_stmt.relation
        case "alter_table_stmt":
            relation = statement.alter_table_stmt.relation
        case "index_stmt":
            relation = statement.index_stmt.relation
        case "view_stmt":
            relation = statement.view_stmt.view
    if relation is not None and relation.relname and not relation.schemaname:
        context.say("unqualified", f"{relation.relname} has no schema", f"write public.{relation.relname}", "advice")


def _partition(statement: ast.Node, context: Context) -> None:
    if not statement.HasField("create_stmt") or not statement.create_stmt.HasField("partbound"):
        return
    parent = statement.create_stmt.inh_relations[0].range_var
    if not context.is_new(parent):
        context.say(
            "partition-of",
            f"PARTITION OF makes everybody on {name_of(parent)} wait",
            "CREATE TABLE (LIKE …) with the bound as CHECK, then ATTACH; close it to all but its owner",
        )


def _functions(statement: ast.Node, context: Context) -> None:
    """SECURITY DEFINER runs with its owner's rights: whoever may call it must not choose what its names mean."""
    if statement.HasField("grant_stmt") and not statement.grant_stmt.is_grant:
        for each in statement.grant_stmt.objects:
            context.definers.pop(".".join(strings(each.object_with_args.objname)), None)
    if not statement.HasField("create_function_stmt"):
        return
    function = statement.create_function_stmt
    name = ".".join(strings(function.funcname))
    options = {each.def_elem.defname: each.def_elem for each in function.options}
    definer = options.get("security")
    if definer is None or not definer.arg.boolean.boolval:
        return
    sets = [each.def_elem.arg.variable_set_stmt.name for each in function.options if each.def_elem.defname == "set"]
    if "search_path" not in sets:
        context.say("definer-search-path", f"{name} is SECURITY DEFINER without SET search_path", "pg_catalog, pg_temp")
    context.definers[name] = context.line


def judge_whole(context: Context) -> None:
    """What can be said only at a file's end: names cut, rights left open, keys without index, tenants' tables."""
    for name, line in context.definers.items():
        context.line = line
        context.say("definer-public", f"everybody may run {name}", "REVOKE ALL ON FUNCTION … FROM PUBLIC in this file")
    assert context.migration is not None  # called inside a migration
    _long_names(context.migration.up, context)
    for table in context.tables.values():
        if table.migration == context.migration.name:
            _judge_table(table, context)


def _long_names(sql: str, context: Context) -> None:
    """Read from the text: the parser has already cut them."""
    for token in scan.tokens(sql):
        name = token.text.strip('"')
        if token.kind in {"word", "quoted"} and len(name.encode()) > _NAME_BYTES:
            context.line, _ = scan.line_and_column(sql, token.start)
            context.say("long-name", f"{name} is cut to {_NAME_BYTES} bytes", "a shorter name", "advice")


def _judge_table(table: Table, context: Context) -> None:
    context.line = table.line
    if _TENANT_COLUMNS & set(table.columns) and "org_id" not in table.columns:
        context.say("tenant-without-org", f"{table.name} belongs to a tenant and has no org_id", "org_id uuid NOT NULL")
    for columns, line in table.keys:
        if not any(index[: len(columns)] == columns or index[:1] == columns[-1:] for index in table.indexes):
            context.line = line
            context.say(
                "foreign-key-without-index",
                f"{table.name} ({', '.join(columns)}) has no index: a delete on the other side reads it all",
                f"an index that begins with {columns[-1]}",
                "advice",
            )


RULES: Final = {
    rule.name: rule
    for rule in (
        Rule("types", "types that age well", _types),
        Rule("qualified", "names with their schema", _qualified),
        Rule("partition", "partitions are attached, not created in place", _partition),
        Rule("functions", "SECURITY DEFINER with a search_path and without PUBLIC", _functions),
    )
}
