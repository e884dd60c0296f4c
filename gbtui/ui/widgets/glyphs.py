"""The few signs widgets draw beside text, with a set for terminals that know ASCII alone."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One sign for each meaning, one cell each; none says by colour alone what it means."""

    cursor: str
    marked: str
    marked_cursor: str
    gone: str
    """The row under the cursor is not there any more."""
    ascending: str
    descending: str
    more: str
    """Text was cut here."""
    left: str
    right: str
    """There is more on this side."""
    newer: str
    gap: str
    bars: str
    """Eight heights, lowest first."""
    missing: str
    """A sample that was not taken."""


UNICODE: Final = Glyphs("▸", "●", "◉", "×", "▲", "▼", "…", "‹", "›", "↓", "⋯", "▁▂▃▄▅▆▇█", "·")
ASCII: Final = Glyphs(">", "*", "#", "x", "^", "v", "~", "<", ">", "v", "...", "_.,-=+*#", " ")
