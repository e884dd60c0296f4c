"""What a migration file must not do, whatever its DDL: reasons to refuse it before it reaches the server."""

from typing import Final

from gbtui.schema.scan import Piece, Token, line_and_column, statements

_ENDS_TRANSACTION: Final = frozenset({"begin", "start", "commit", "end", "abort"})


def problems(sql: str, *, in_transaction: bool) -> tuple[str, ...]:
    """Sentences naming what forbids running this text as one migration; none for a good one."""
    if "\0" in sql:
        return ("it holds a NUL character",)
    if sql.startswith("\ufeff"):
        return ("it begins with a byte order mark, which the server takes for a syntax error",)
    pieces = statements(sql)
    if not sql:
        return ("it is empty; write SELECT 1; for a deliberate no-op",)
    if not pieces:
        return ("it holds no statement, only comments or space; write SELECT 1; for a deliberate no-op",)
    found = [problem for piece in pieces for problem in _piece_problems(sql, piece, in_transaction=in_transaction)]
    if not in_transaction and len(pieces) > 1:
        found.append(
            f"it runs without a transaction and holds {len(pieces)} statements; "
            "they would be one implicit transaction: one statement a file"
        )
    return tuple(found)


def _piece_problems(sql: str, piece: Piece, *, in_transaction: bool) -> list[str]:
    line, _ = line_and_column(sql, piece.start)
    found = []
    if _controls_transaction(piece):
        found.append(f"line {line}: {piece.words[0].upper()} would end or nest the migration's own transaction")
    if changes_search_path(piece):
        found.append(f"line {line}: it changes search_path, so Diesel's own table would not be found; qualify names")
    if in_transaction and runs_only_alone(piece):
        found.append(f"line {line}: this statement cannot run in a transaction; set run_in_transaction = false")
    return found


def _controls_transaction(piece: Piece) -> bool:
    first = piece.words[0]
    if first == "rollback":
        return "to" not in piece.words[:3]  # ROLLBACK TO savepoint stays inside
    return first in _ENDS_TRANSACTION or piece.begins("prepare", "transaction")


def changes_search_path(piece: Piece) -> bool:
    """Whether running the statement changes search_path (a function's SET clause does not)."""
    words = piece.words
    if words[0] == "discard" or (words[0] == "reset" and words[1:2] in {("search_path",), ("all",)}):
        return True
    if words[0] == "set":
        setting = words[2:3] if words[1:2] in {("local",), ("session",)} else words[1:2]
        return setting in {("search_path",), ("schema",)}
    if words[0] in {"select", "with"} and _calls_set_config(piece.tokens):
        return True
    return words[0] == "do" and any(
        _body_changes_search_path(t) for t in piece.tokens if t.kind in {"dollar", "string"}
    )


def _calls_set_config(tokens: tuple[Token, ...]) -> bool:
    return any(
        token.word == "set_config" and any("search_path" in t.text.lower() for t in tokens[at + 1 : at + 3])
        for at, token in enumerate(tokens)
    )


def _body_changes_search_path(body: Token) -> bool:
    """A DO block runs now, so its statements count; its blocks are read flat, which is enough to find a SET."""
    inner = body.text.strip("'") if body.kind == "string" else body.text[(skip := body.text.index("$", 1) + 1) : -skip]
    for piece in statements(inner):
        for at, word in enumerate(piece.words):
            if word in {"set", "perform", "select"}:
                tail = Piece(piece.tokens[at:])
                if changes_search_path(tail) or _calls_set_config(tail.tokens):
                    return True
    return False


def runs_only_alone(piece: Piece) -> bool:
    """Whether PostgreSQL refuses the statement inside a transaction block."""
    words = piece.words
    if "concurrently" in words[:8]:
        return words[:3] != ("refresh", "materialized", "view")
    return words[0] == "vacuum" or words[:2] in {
        ("alter", "system"),
        ("create", "database"),
        ("drop", "database"),
        ("create", "tablespace"),
        ("drop", "tablespace"),
    }
