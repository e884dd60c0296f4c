"""Lines as runs of styled text: cutting them and lighting up what matches. Pure functions."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias
from unicodedata import category

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


def along(before: str, text: str, runs: Iterable[Run]) -> list[Run]:
    """`text` in the styles that its signs have in `runs`, of which `before` is what stands in front of it.

    Wrapping drops spaces and cleaning changes signs: each sign is looked for from where the last one was found.
    """
    signs = [(sign, style) for piece, style in runs for sign in piece]
    at, kept, style = 0, list[Run](), ""
    for number, sign in enumerate(before + text):
        if not sign.isspace():
            found = next((place for place in range(at, len(signs)) if signs[place][0] == sign), None)
            if found is not None:
                at, style = found + 1, signs[found][1]
        if number < len(before):
            continue
        if kept and kept[-1][1] == style:
            kept[-1] = (kept[-1][0] + sign, style)
        else:
            kept.append((sign, style))
    return kept


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


def changed_cells(old: Sequence[Run], new: Sequence[Run], width: int) -> tuple[int, int]:
    """Where two lines of `width` cells differ: the first cell and the one after the last; all cells if in doubt.

    In doubt is a line in which a character does not stand for itself (a mark, a joined emoji): terminals differ there.
    """
    before, after = _characters(old, width), _characters(new, width)
    if before is None or after is None:
        return 0, width
    first = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), -1)
    if first < 0:
        return (0, 0) if len(before) == len(after) else (0, width)
    most = min(len(before), len(after)) - first
    same = next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)
    start = sum(taken for _, _, taken in after[:first])
    return start, width - sum(taken for _, _, taken in after[len(after) - same :])


def _characters(line: Sequence[Run], width: int) -> list[tuple[str, str, int]] | None:
    """Character, style and cells of a line filled to `width`; None where characters run together."""
    found: list[tuple[str, str, int]] = []
    for text, style in line:
        taken = [1] * len(text) if text.isascii() else [cells(character) for character in text]
        if not text.isascii() and (sum(taken) != cells(text) or any(category(one)[0] in "MC" for one in text)):
            return None
        found.extend(zip(text, (style,) * len(text), taken, strict=True))
    room = width - sum(taken for _, _, taken in found)
    if room < 0:
        return None
    edge = line[-1][1] if line else ""
    return found + [(" ", edge, 1)] * room
