"""Which row a finding is about. Pure."""

from collections.abc import Iterable
from typing import Any, Final

_NAMES: Final = ("id", "pid", "gid", "name", "table", "index", "version", "organization", "query_id", "relation")
"""Fields by which a finding may call a row."""


def is_about(row: Any, subject: str) -> bool:
    """Whether a row is what a finding calls `subject`: a pid, a name, a table with or without its schema."""
    return subject in names(row)


def names(row: Any) -> Iterable[str]:
    """All that a row may be called."""
    schema = getattr(row, "schema", None)
    for field in _NAMES:
        value = getattr(row, field, None)
        if value is not None and value != "":
            yield str(value)
            if schema:
                yield f"{schema}.{value}"
