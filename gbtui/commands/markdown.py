"""Markdown in which what others named stays text: it makes no link, no picture, no markup and no table of its own."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from gbtui.text import clean, drawable

_SIGNS: Final = re.compile(r"([\\`*\[\]<>|!~#&])")
_EDGES: Final = re.compile(r"(?<!\w)_|_(?!\w)")


def prose(sentence: str) -> str:
    """A sentence on one line."""
    line = " ".join(clean(sentence).split())
    return _EDGES.sub(r"\\_", _SIGNS.sub(r"\\\1", line))


def code(name: str) -> str:
    """A name as it is; "" for none. A fence longer than any backticks in it holds it."""
    line = " ".join(drawable(clean(name)).split()).replace("|", "\\|")
    if not line:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}"


def block(statement: str) -> list[str]:
    """A statement to be copied."""
    text = clean(statement, keep="\n")
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
    return [f"{fence}sql", *text.splitlines(), fence]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """A table of cells that are Markdown already; `right` says which columns are numbers."""
    rule = ["---:" if number else "---" for number in right]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
