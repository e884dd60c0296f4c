"""The trap table of docs/table-advice.md."""

from typing import Final

from gbtui.resources import QUERIES

from .page import right
from .table_traps import TABLE_TRAPS

PAGE: Final = QUERIES.parent / "docs" / "table-advice.md"


def table() -> str:
    """A line each: the trap, what is right, who errs."""
    lines = [f"| `{trap.name}` | {right(trap.right)} | {trap.errs} |" for trap in TABLE_TRAPS]
    return "\n".join(["| trap | right answer | who errs |", "|---|---|---|", *lines])
