"""Records as plain data, the contract with scripts: field names, numbers for bytes and seconds, times in UTC."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from gbtui.text import clean
from gbtui.times import rfc3339

_BOUND: Final = 1000
"""Where counts of the fields in a record's BOUNDED stop."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a text begins that a spreadsheet computes; it takes the wide signs of East Asia too."""


def columns(record: type[Any]) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return tuple(field.name for field in fields(record))


def values(row: Any) -> dict[str, Any]:
    """The fields of a row as they are."""
    return {name: getattr(row, name) for name in columns(type(row))}


def remark(row: Any, name: str) -> str | None:
    """What stands for a field's value where people read it: a count that stopped, a secret that was not read."""
    value = getattr(row, name)
    if name in getattr(row, "BOUNDED", ()) and value is not None and value > _BOUND:
        return f"{_BOUND:,}+"
    return "masked" if name in getattr(row, "MASKED", ()) and row.secret else None


def told(row: Any) -> dict[str, Any]:
    """The fields of a row for people."""
    return {name: value if (said := remark(row, name)) is None else said for name, value in values(row).items()}


def plain(row: Any) -> dict[str, Any]:
    """The fields of a row as JSON has them."""
    return {name: jsonable(value) for name, value in values(row).items()}


def jsonable(value: Any) -> Any:
    """One value: times RFC 3339 in UTC, spans in seconds, enumerations by name, tuples as lists."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple | list | set | frozenset):
        return [jsonable(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): jsonable(one) for name, one in value.items()}
    return plain(value) if is_dataclass(value) else value


def field(value: Any) -> Any:
    """One value of `plain()` as CSV has it: lists and yes-or-no as JSON, texts harmless to terminals and spreadsheets.

    A text that a spreadsheet would take for a formula gets a ' in front.
    """
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return value
    text = clean(value, keep="\n\t")
    return f"'{text}" if text.startswith(_FORMULA) else text


def mark_names(record: type[Any]) -> tuple[str, ...]:
    """What `is:` can ask of a record: its yes-or-no fields and properties, or what its module lists."""
    flags = [field.name for field in fields(record) if field.type in (bool, "bool")]
    return (*flags, *_properties(record))


def marks(row: Any) -> frozenset[str]:
    """Which of the marks hold for a row."""
    return frozenset(name for name in mark_names(type(row)) if getattr(row, name))


def _properties(record: type[Any]) -> Iterable[str]:
    for name, attribute in vars(record).items():
        returns = getattr(getattr(attribute, "fget", None), "__annotations__", {}).get("return")
        if returns in (bool, "bool"):
            yield name
