"""Rules for the DDL of migrations, judged on the server's own grammar (libpg_query by way of postgast).

Importing this needs the extra `lint`: the parser is heavy, and nothing at start-up asks for it.
"""

from collections.abc import Sequence

import postgast

from gbtui.schema import scan
from gbtui.schema.lint import existing, shape
from gbtui.schema.lint.finding import Context, Finding, Rule
from gbtui.schema.source import Migration

__all__ = ["RULES", "Finding", "lint"]

RULES: dict[str, Rule] = {**existing.RULES, **shape.RULES}

_IGNORE = "gbtui-lint: ignore"


def lint(migrations: Sequence[Migration]) -> tuple[Finding, ...]:
    """Judge the up.sql of these migrations, in the order they run.

    Tables that one of them creates are new to all that follow: nobody reads them yet, so locks on them hurt
    nobody. A comment `-- gbtui-lint: ignore RULE …` silences rules in its file.
    """
    context = Context()
    found: list[Finding] = []
    for migration in migrations:
        context.begin(migration)
        for statement, line in _statements(migration.up, context):
            context.line = line
            context.see(statement)
            for rule in RULES.values():
                rule.judge(statement, context)
        shape.judge_whole(context)
        ignored = _ignored(migration.up)
        found += [finding for finding in context.found if finding.rule not in ignored]
    return tuple(found)


def _statements(sql: str, context: Context) -> list[tuple[postgast.pg_query_pb2.Node, int]]:
    try:
        parsed = postgast.parse(sql)
    except postgast.PgQueryError as error:
        context.say(
            "syntax", f"the parser refuses it: {error}", "the server will too, unless it is newer than the parser"
        )
        return []
    # The parser's offsets count bytes and include leading comments; our own pieces begin at the first word.
    pieces = scan.statements(sql)
    lines = [scan.line_and_column(sql, piece.start)[0] for piece in pieces]
    return [(raw.stmt, line) for raw, line in zip(parsed.stmts, lines, strict=True)]


def _ignored(sql: str) -> set[str]:
    words: set[str] = set()
    for comment in scan.comments(sql):
        _, mark, names = comment.text.partition(_IGNORE)
        if mark:
            words.update(names.replace(",", " ").split())
    return words
