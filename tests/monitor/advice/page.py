"""The trap table as docs/index-advice.md has it."""

from typing import Final

from gbtui.resources import QUERIES

from .traps import KEEP, TRAPS

PAGE: Final = QUERIES.parent / "docs" / "index-advice.md"


def table() -> str:
    """A line each: the trap, what is right, who errs."""
    lines = [f"| `{trap.name}` | {right(trap.right)} | {trap.errs} |" for trap in TRAPS]
    return "\n".join(["| trap | right answer | who errs |", "|---|---|---|", *lines])


def right(answer: str) -> str:
    """What is right, in words."""
    if answer == KEEP:
        return "nothing to say"
    return f"{answer[:-1]}, withheld" if answer.endswith("!") else answer
