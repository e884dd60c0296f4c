"""How a record's fields look: columns, texts and meanings from its names, types and docstrings. Pure."""

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias, cast

from gbtui.monitor import figures
from gbtui.monitor.plain import remark
from gbtui.text import NOTHING, cells, clean, count, rate
from gbtui.ui.widgets.columns import Column

_WIDEST: Final = 34
_LONG: Final = ("advice", "query", "what", "value", "description", "statement", "last_text", "message", "definition")
"""Fields of long text: they take what the others leave."""
_HIDDEN: Final = ("own", "memory", "brief")
_NUMBER: Final = re.compile(r"\b(int|float)\b(?!, \.\.\.)")
Align: TypeAlias = Literal["left", "right"]
Clock = Callable[[datetime], str]


def say(name: str, value: Any, clock: Clock) -> str:
    """A field's value as a person reads it; the unit follows from the field's name."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case datetime():
            return clock(value)
        case date():
            return value.isoformat()
        case Enum():
            return str(value.name).lower()
        case int() | float():
            return _number(name, value)
        case tuple() | list() | frozenset() | set():
            return ", ".join(say(name, item, clock) for item in value)
        case Mapping():
            return ", ".join(f"{key}={item}" for key, item in value.items())
        case _:
            return str(value)


def tell(row: Any, name: str, clock: Clock) -> str:
    """A field of a row: a count that stopped says so, and so does what was left on the server because it is secret."""
    said = remark(row, name)
    return say(name, getattr(row, name), clock) if said is None else said


def _number(name: str, value: float) -> str:
    if (told := figures.figure(name, value)) is not None:
        return told
    if name in ("pid", "id", "query_id", "line", "version_num") or name.endswith("_pid"):
        return str(value)
    return count(value) if isinstance(value, int) or value == int(value) else rate(value)


def columns(record: type[Any], rows: Sequence[Any], clock: Clock) -> list[Column[Any]]:
    """Columns for a record's fields, as wide as these rows need; the longest text takes what is left.

    Those that the record names in LATER wait to be chosen.
    """
    names = [field.name for field in dataclasses.fields(record) if field.name not in _HIDDEN]
    told = meanings(record)
    numbers = {field.name for field in dataclasses.fields(record) if _NUMBER.search(str(field.type))}
    later = getattr(record, "LATER", ())
    long = next((name for name in _LONG if name in names and name not in later), "")
    made = [
        replace(
            _column(name, rows, clock, told.get(name, ""), "right" if name in numbers else "left"),
            shown=name not in later,
        )
        for name in names
    ]
    made.sort(key=lambda column: column.id == long)
    return [replace(column, width=0) if column.id == long else column for column in made]


def _column(name: str, rows: Sequence[Any], clock: Clock, meaning: str, align: Align) -> Column[Any]:
    texts = [clean(tell(row, name, clock)) for row in rows]
    title = heading(name)
    width = min(_WIDEST, max([cells(title) + 1, _least(name), *map(cells, texts)]))
    return Column(
        name,
        title,
        width,
        text=lambda row: tell(row, name, clock),
        align=align,
        sort=lambda row: sortable(getattr(row, name)),
        help=meaning,
        plain=lambda row: getattr(row, name),
        style=lambda row: "dim" if getattr(row, name) in (None, "", 0, False, ()) else "",
    )


def figure(name: str, title: str, width: int, tell: Callable[[Any], str], help: str = "") -> Column[Any]:
    """A column of one number: the field `name`, as `tell` says it; nothing and zero stand back."""

    def value(row: Any) -> Any:
        return getattr(row, name)

    def style(row: Any) -> str:
        return "" if value(row) else "dim"

    return Column(
        name, title, width, lambda row: tell(value(row)), "right", sort=value, plain=value, style=style, help=help
    )


def _least(name: str) -> int:
    """Room for figures that were small when the columns were made: "99.9 MB/min", "99.9 MB/s", "99.9 MB"."""
    room = {"_bytes_per_min": 11, "_bytes_per_s": 9, "_bytes": 7}
    return next((cells for ending, cells in room.items() if name.endswith(ending)), 0)


def sortable(value: Any) -> Any:
    """A value that can be held against others of its field; None stays None and comes last."""
    match value:
        case bool():
            return int(value)
        case tuple() | list() | frozenset() | set() | Mapping():
            return len(value)
        case Enum():
            return value.value
        case str():
            return value.casefold()
        case _:
            return value


_UNITS: Final = (
    ("_bytes_per_s", "/s"), ("_per_s", "/s"), ("_bytes", ""), ("_estimate", " ~"), ("_age", ""), ("_ms", ""),
)  # fmt: skip
"""What a field's name ends with, and what stands for it in a heading."""


def heading(name: str) -> str:
    """A column's title: the field's name without what the unit says anyway."""
    for ending, short in (
        ("_bytes_per_s", "/s"),
        ("_bytes_per_min", ""),
        ("_per_s", "/s"),
        ("_bytes", ""),
        ("_estimate", " ~"),
        ("_age", ""),
        ("_ms", ""),
    ):
        if name.endswith(ending) and name != ending.strip("_"):
            name = name.removesuffix(ending) + short
            break
    return name.replace("_", " ")


def meanings(record: type[Any]) -> Mapping[str, str]:
    """What the string under each field of a dataclass says, on one line."""
    return _meanings(cast(Hashable, record))


@cache
def _meanings(record: Hashable) -> Mapping[str, str]:
    assert isinstance(record, type)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(record)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found: dict[str, str] = {}
    for field, after in pairwise(body):
        said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and after.value.value
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(said, str):
            found[field.target.id] = " ".join(said.split())
    return found
