"""Three looks: calm on dark, calm on light, and the terminal's own colours. Colour means severity and nothing else."""

import os
import unicodedata
from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from gbtui.text import cells

DARK: Final = Theme(
    name="dark",
    primary="#7aa2c9",
    secondary="#8b95a3",
    accent="#7aa2c9",
    success="#8fb573",
    warning="#d9a94c",
    error="#e06c66",
    foreground="#c8ccd2",
    background="#14171b",
    surface="#14171b",
    panel="#1d2228",
    dark=True,
    text_alpha=1.0,
    variables={
        "text": "#c8ccd2",
        "text-muted": "#7d8590",
        "text-disabled": "#59616b",
        "block-cursor-foreground": "#eef1f5",
        "block-cursor-background": "#2b3846",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#1d2228",
        "block-cursor-blurred-foreground": "#c8ccd2",
        "scrollbar": "#333b45",
        "scrollbar-background": "#14171b",
    },
)
LIGHT: Final = Theme(
    name="light",
    primary="#2f5d8a",
    secondary="#5d6670",
    accent="#2f5d8a",
    success="#4d7a2f",
    warning="#9a6a00",
    error="#b3302a",
    foreground="#23282e",
    background="#faf9f6",
    surface="#faf9f6",
    panel="#eceae4",
    dark=False,
    text_alpha=1.0,
    variables={
        "text": "#23282e",
        "text-muted": "#6d7580",
        "text-disabled": "#9aa1aa",
        "block-cursor-foreground": "#101418",
        "block-cursor-background": "#d3dfeb",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#eceae4",
        "block-cursor-blurred-foreground": "#23282e",
        "scrollbar": "#c9c6be",
        "scrollbar-background": "#faf9f6",
    },
)
TERMINAL: Final = Theme(
    name="terminal",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_default",
    accent="ansi_blue",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-text-style": "underline",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
    },
)
THEMES: Final = {theme.name: theme for theme in (DARK, LIGHT, TERMINAL)}

_SUBSTITUTES: Final = dict(zip("▸✖·…•–—“”‘’→←↑↓✓─│‹›⋯⏎", ">X...--\"\"''><^v+-|<>.<", strict=False)) | dict(
    zip("▁▂▃▄▅▆▇█", ".:-=+*##", strict=True)
)


class PlainText(LineFilter):
    """Draws in ASCII for a terminal that knows no more; what has no likeness becomes "?"."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace what is not ASCII, cell for cell."""
        return [segment if segment.text.isascii() else _plain(segment) for segment in segments]


def _plain(segment: Segment) -> Segment:
    text = "".join(sign if sign.isascii() else _likeness(sign) for sign in segment.text)
    return Segment(text, segment.style, segment.control)


def _likeness(sign: str) -> str:
    """ASCII as wide as a sign: its letter without accents, something that looks like it, or "?"."""
    bare = _SUBSTITUTES.get(sign) or unicodedata.normalize("NFKD", sign)[0]
    return (bare if bare.isascii() else "?").ljust(cells(sign), "?")[: cells(sign)]


def ascii_only(environment: Sequence[str] = ("LC_ALL", "LC_CTYPE", "LANG")) -> bool:
    """Whether the locale that was asked for cannot write more than ASCII; one that is not set says nothing."""
    wanted = next((value for name in environment if (value := os.environ.get(name))), "UTF-8")
    return "utf" not in wanted.lower()
