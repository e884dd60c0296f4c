"""No SQL is made of text: the source of every room is read for it. Names are quoted, limits are numbers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.resources import QUERIES

ROOT = QUERIES.parent
RUNS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "prepare", "cursor", "copy_from_query"}
STATEMENT = re.compile(r"[a-z_]+/[a-z_/{}0-9]*")
"""The name of a file in queries/, chosen among several: not SQL."""
WRITTEN = {
    ("gbtui/schema/plan.py", "what"): "ctid or the constants' count: a literal of that function",
    ("gbtui/schema/plan.py", "relation.name"): "quoted by the server: format(%I)",
    ("gbtui/lifecycle/search_index.py", "part.name"): "quoted by the server: format(%I)",
    ("gbtui/lifecycle/partitions/detaching.py", "part.name"): "Partition.name: quoted by identifier()",
    ("gbtui/lifecycle/partitions/past.py", "part.name"): "Partition.name: quoted by identifier()",
    ("gbtui/demo/sample/load.py", "one['target']"): "quoted by the server: regclass",
    ("gbtui/demo/sample/load.py", "how"): "one of two literals",
    ("gbtui/demo/sample/load.py", "table"): "the tables of that module",
    (
        "gbtui/lifecycle/search_index.py",
        "expression(table, language)",
    ): "a literal by table, a language of a fixed list",
    ("gbtui/lifecycle/retention/months.py", "since"): "MINVALUE or the first moment of a month, as Python writes it",
    ("gbtui/lifecycle/retention/months.py", "month.until"): "the first moment of a month, as Python writes it",
    ("gbtui/demo/traffic/tags.py", "self.tag"): "a comment of the demo's traffic, which plays the platform",
    ("gbtui/demo/traffic/tags.py", "query"): "that traffic's own statements",
}
"""What is put into SQL and is neither quoted here nor a number: where it comes from."""


def sources() -> list[Path]:
    return sorted([*(ROOT / "gbtui").rglob("*.py"), *(ROOT / "screens").rglob("*.py")])


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS and node.args:
            yield node


def parts(expression: ast.expr, known: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """What is put together to the text that is run, as far as it is put together there or just before."""
    match expression:
        case ast.JoinedStr(values):
            if STATEMENT.fullmatch("".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in values)):
                return
            for value in values:
                if isinstance(value, ast.FormattedValue):
                    inner = list(parts(value.value, {})) if isinstance(value.value, ast.Call) else []
                    yield from inner or [value.value]
        case ast.BinOp(left, ast.Add() | ast.Mod(), right):
            for side in (left, right):
                if not isinstance(side, ast.Constant):
                    yield from ([side] if not isinstance(side, ast.JoinedStr | ast.BinOp) else parts(side, known))
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.GeneratorExp(elt=elt)]):
            yield from parts(elt, {}) if isinstance(elt, ast.JoinedStr) else [elt]
        case ast.Call(func=ast.Attribute(attr="format" | "replace" | "join")):
            yield expression
        case ast.Name(name) if name in known:
            yield from parts(known[name], {})


def harmless(part: ast.expr) -> bool:
    """An identifier quoted here, a constant of the module, a number."""
    match part:
        case ast.Call(ast.Name("identifier" | "round")) | ast.Constant():
            return True
        case ast.Name(name) | ast.Attribute(attr=name):
            return name.isupper() or name in ("lock", "lock_timeout")
        case ast.IfExp(body=body, orelse=orelse):
            return harmless(body) and harmless(orelse)
    return False


def assigned(tree: ast.AST) -> dict[str, ast.expr]:
    return {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }


def wrong(source: str, name: str) -> list[str]:
    """Each piece of text in SQL that nobody vouches for."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found = [
        f"{name}:{call.lineno}: {ast.unparse(part)}"
        for function in functions
        for call in calls(function)
        for part in parts(call.args[0], assigned(function))
        if not harmless(part) and (name, ast.unparse(part)) not in WRITTEN
    ]
    return sorted(set(found))


def test_no_statement_is_made_of_text() -> None:
    assert [each for path in sources() for each in wrong(path.read_text(), str(path.relative_to(ROOT)))] == []


def test_whoever_is_vouched_for_is_still_there() -> None:
    for name, part in WRITTEN:
        assert part in (ROOT / name).read_text(), f"{name}: {part} is gone, and so its exception can be"


@pytest.mark.parametrize(
    "source",
    [
        "async def f(c, x): await c.execute(f'SELECT {x}')",
        "async def f(c, x): await c.fetch('SELECT ' + x)",
        "async def f(c, x): await c.fetchval('SELECT %s' % x)",
        "async def f(c, x): await c.fetchrow('SELECT {}'.format(x))",
        "async def f(c, x):\n    sql = f'SELECT {x}'\n    await c.prepare(sql)",
        "async def f(c, x): await c.execute(', '.join(x))",
    ],
)
def test_the_test_sees_what_it_must(source: str) -> None:
    assert wrong(source, "some.py")


@pytest.mark.parametrize(
    "source",
    [
        "async def f(c, x): await c.execute(f'DROP INDEX {identifier(x)}')",
        "async def f(c, x): await c.fetch('SELECT $1', x)",
        "async def f(d, x): await d.fetch(f'general_bots/{x}', 1)",
        "async def f(c): await c.execute(f'SET lock_timeout = {LIMIT}')",
    ],
)
def test_and_nothing_else(source: str) -> None:
    assert wrong(source, "some.py") == []
