"""A stretch of a list that is read page by page."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows in the list's order, and where it goes on."""

    rows: tuple[R, ...]
    behind: Any = None
    """What is handed back to read what stands behind these rows; None: they are the last."""
    before: Any = None
    """What is handed back to read what stands in front of them; None: nothing does, or pages only go down."""
    told: tuple[str, ...] = ()
    """Sentences saying what was looked through, where that is not everything."""
