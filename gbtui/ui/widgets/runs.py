"""Lines as runs of styled text: cutting them and lighting up what matches. Pure functions."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gbtui.text import cells, cut

Run: TypeAlias = tuple[str, str]
"""Text, and the names of its styles separated by spaces: ("12 s", "cursor warning")."""
Line: TypeAlias = tuple[Run, ...]


def cut_runs(runs: Iterable[Run], start: int, width: int) -> Line:
    """The runs in the cells from `start` on, `width` cells of them (fewer if they end before)."""
    kept: list[Run] = []
    at, end = 0, start + width
    for text, style in runs:
        taken = cells(text)
        first, last = max(start, at), min(end, at + taken)
        if first < last:
            kept.append((text if last - first == taken else cut(text, first - at, last - first), style))
        at += taken
        if at >= end:
            break
    return tuple(kept)


def lit(text: str, style: str, search: re.Pattern[str] | None) -> list[Run]:
    """`text` in `style`, the matches of `search` in runs of their own that are also "match"."""
    if search is None:
        return [(text, style)]
    runs: list[Run] = []
    at = 0
    for match in search.finditer(text):
        if match.end() > match.start():
            runs += [(text[at : match.start()], style), (match.group(), f"{style} match")]
            at = match.end()
    return [*runs, (text[at:], style)]


def select(runs: Iterable[Run], start: int, end: int) -> Line:
    """The runs with the characters from `start` to before `end` (-1: all that follow) drawn as "match"."""
    kept: list[Run] = []
    at = 0
    for text, style in runs:
        first = min(max(start - at, 0), len(text))
        last = len(text) if end < 0 else min(max(end - at, 0), len(text))
        kept += [(text[:first], style), (text[first:last], f"{style} match"), (text[max(first, last) :], style)]
        at += len(text)
    return tuple(run for run in kept if run[0])


def width_of(runs: Sequence[Run]) -> int:
    """Cells the runs take together."""
    return sum(cells(text) for text, _ in runs)
