"""From driver records to frozen records: by column name, with hostile text cleaned and, if asked, masked on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import asyncpg

from gbtui.redact import redacted
from gbtui.text import clean

R = TypeVar("R")


def rows(record_cls: type[R], raw: Sequence[asyncpg.Record | Mapping[str, Any]], *, redact: bool = False) -> list[R]:
    """Make one `record_cls` (a dataclass) of each row.

    Columns and fields must have the same names; a missing or an extra one is a mistake of the program
    (TypeError). Text loses its control characters here, so that nothing behind this line can be hostile;
    newlines and tabs stay. With `redact` addresses and numbers of people are masked here, for all that comes behind.
    """
    if not raw:
        return []
    names = _field_names(record_cls)
    columns = tuple(raw[0].keys())
    if set(columns) != set(names) or len(columns) != len(names):
        missing, extra = sorted(set(names) - set(columns)), sorted(set(columns) - set(names))
        raise TypeError(f"{record_cls.__name__}: columns missing {missing}, extra {extra}, of {list(columns)}")
    made = [record_cls(**dict(zip(columns, map(_clean, row.values()), strict=True))) for row in raw]
    return list(map(redacted, made)) if redact else made


def _field_names(record_cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record_cls) if field.init)


def _clean(value: Any) -> Any:
    """Clean text, also inside arrays and inside records; leave everything else as the driver gave it."""
    if isinstance(value, str):
        return clean(value, keep="\n\t")
    if isinstance(value, list):
        return _cleaned(value)
    return value


def _cleaned(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(_clean(value) for value in values)
