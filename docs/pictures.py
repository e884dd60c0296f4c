"""Pictures of the live program: `python -m docs.pictures` (or `make pictures`) writes docs/pictures/*.svg.

The console runs on a demo server of its own under a pseudo-terminal, in the dark theme, with live traffic. Pictures
are text: any monospaced font draws them, each run of signs is held to its cells, and nothing is loaded from anywhere.
"""

import os
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import pyte
from pyte.screens import Char
from wcwidth import wcwidth

from tests.terminal.conftest import Terminal

FOLDER: Final = Path(__file__).with_name("pictures")
WIDE, SMALL = (120, 40), (80, 24)
_CELL_WIDTH, _CELL_HEIGHT, _FONT = 8.4, 17.0, 14
_MARGIN: Final = 10
_BACKGROUND, _FOREGROUND = "#14171b", "#c8ccd2"
_FAMILY: Final = "ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono', Menlo, Consolas, monospace"
_TRAFFIC: Final = "20"
_LIVED_SECONDS: Final = 100.0  # so that curves have a past and the first trouble has come
_EVENT_SECONDS: Final = 240.0
_ADDRESS: Final = "user1@example.com"
"""Of somebody who talks in the sample data."""
_QUESTION: Final = "SELECT sender, count(*), max(created_at) FROM message_history GROUP BY sender"


@dataclass(frozen=True, slots=True)
class Cell:
    """One sign where it stands; `width` is 1, or 2 for a wide sign."""

    column: int
    width: int
    text: str
    fg: str
    bg: str
    style: tuple[bool, bool, bool]
    """Bold, italic, underlined."""


class Screen(pyte.Screen):
    """pyte drops what follows a spacing vowel sign (as in Hindi); here the sign joins the letter before it."""

    def draw(self, data: str) -> None:
        """Write a text at the cursor."""
        for sign in data:
            if wcwidth(sign) == 0 and not unicodedata.combining(sign):
                line, before = self.buffer[self.cursor.y], max(0, self.cursor.x - 1)
                line[before] = line[before]._replace(data=line[before].data + sign)
            else:
                super().draw(sign)


class Camera(Terminal):
    """A terminal that can be looked at for a while, and drawn."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], size: tuple[int, int]) -> None:
        super().__init__(command, env, size)
        self.screen = Screen(*size)
        self._stream = pyte.ByteStream(self.screen)

    def live(self, seconds: float) -> None:
        """Let time pass, reading what is drawn."""
        self._pump(lambda: False, seconds)

    def take(self, name: str) -> None:
        """Write the picture of what is seen."""
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{name}.svg"
        path.write_text(svg(self), encoding="utf-8")
        sys.stdout.write(f"{path}\n")


def svg(camera: Camera) -> str:
    """The whole screen as one SVG document."""
    screen = camera.screen
    width = round(screen.columns * _CELL_WIDTH + 2 * _MARGIN)
    height = round(screen.lines * _CELL_HEIGHT + 2 * _MARGIN)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-family="{_FAMILY}" font-size="{_FONT}">',
        f'<rect width="{width}" height="{height}" rx="6" fill="{_BACKGROUND}"/>',
    ]
    for row in range(screen.lines):
        cells = list(_cells(screen.buffer[row], screen.columns))
        top = _MARGIN + row * _CELL_HEIGHT
        lines += [*_grounds(cells, top), *_signs(cells, top)]
    return "\n".join([*lines, "</svg>", ""])


def _cells(line: dict[int, Char], columns: int) -> Iterator[Cell]:
    for column in range(columns):
        sign = line[column]
        if sign.data == "":  # the second cell of a wide sign
            continue
        wide = column + 1 < columns and line[column + 1].data == ""
        fg, bg = _colour(sign.fg, _FOREGROUND), _colour(sign.bg, _BACKGROUND)
        if sign.reverse:
            fg, bg = bg, fg
        yield Cell(column, 1 + wide, sign.data, fg, bg, (sign.bold, sign.italics, sign.underscore))


def _colour(name: str, default: str) -> str:
    """pyte says "default" or six hexadecimal digits; the dark theme uses nothing else."""
    return default if name == "default" else f"#{name}" if len(name) == 6 else name


def _grounds(cells: list[Cell], top: float) -> Iterator[str]:
    for ground, run in groupby(cells, key=lambda cell: cell.bg):
        if ground != _BACKGROUND:
            several = list(run)
            columns = sum(cell.width for cell in several)
            yield _rectangle(several[0].column, columns, top, _CELL_HEIGHT, ground)


def _signs(cells: list[Cell], top: float) -> Iterator[str]:
    for (fg, style, plain), run in groupby(cells, key=lambda cell: (cell.fg, cell.style, cell.text.isascii())):
        several = list(run)
        if plain:
            yield from _words(several, top, fg, style)
        else:  # a font may have it broader or narrower, or lack it: each stands in its own place
            for cell in several:
                yield _block(cell, top) or _text(cell.column, cell.width, cell.text, top=top, fg=fg, style=style)


def _words(cells: list[Cell], top: float, fg: str, style: tuple[bool, bool, bool]) -> Iterator[str]:
    text = "".join(cell.text for cell in cells)
    bare = text.lstrip()
    if style[2]:  # an underline runs on under spaces
        bare = text
    if bare.strip() or style[2]:
        yield _text(
            cells[0].column + len(text) - len(bare), 0, bare if style[2] else bare.rstrip(), top=top, fg=fg, style=style
        )


def _text(column: int, columns: int, text: str, *, top: float, fg: str, style: tuple[bool, bool, bool]) -> str:
    bold, italic, underlined = style
    marks = ' font-weight="bold"' * bold + ' font-style="italic"' * italic + ' text-decoration="underline"' * underlined
    wide = columns > 1 or (len(text) > 1 and not text.isascii())  # a sign of several, in one place
    length = "" if wide else f' textLength="{len(text) * _CELL_WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
    at = f'x="{_x(column):.1f}" y="{top + _CELL_HEIGHT * 0.75:.1f}"'
    return f'<text {at} fill="{fg}"{marks}{length} xml:space="preserve">{escape(text)}</text>'


def _block(cell: Cell, top: float) -> str:
    """A block of a curve as a rectangle, which no font can misplace; "" for any other sign."""
    eighths = "▁▂▃▄▅▆▇█".find(cell.text) + 1
    height = _CELL_HEIGHT * eighths / 8
    return _rectangle(cell.column, 1, top + _CELL_HEIGHT - height, height, cell.fg) if eighths else ""


def _rectangle(column: int, columns: int, top: float, height: float, colour: str) -> str:
    place = f'x="{_x(column):.1f}" y="{top:.1f}" width="{columns * _CELL_WIDTH:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{colour}" shape-rendering="crispEdges"/>'


def _x(column: int) -> float:
    return _MARGIN + column * _CELL_WIDTH


def main() -> None:
    """Start the demo, let it live for a while, and walk through the screens."""
    home = Path(tempfile.mkdtemp(prefix="gbtui-pictures-", dir="/tmp"))
    home.chmod(0o755)  # for root the embedded server is another user
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "GBTUI", "TMUX", "LC_"))}
    env |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC"}
    command = [sys.executable, "-m", "gbtui", "demo", "--traffic", _TRAFFIC, "--data-dir", str(home / "data")]
    camera = Camera(command, env, WIDE)
    try:
        _walk(camera)
        camera.press("\x11")
        camera.wait()
    finally:
        camera.close()
        shutil.rmtree(home, ignore_errors=True)


def _walk(camera: Camera) -> None:
    camera.until(r"messages/s", 120)
    camera.press("4")
    camera.live(_LIVED_SECONDS / 2)
    camera.press("1")
    camera.live(_LIVED_SECONDS / 2)
    camera.until(r"(?m)^ ✖ ", _EVENT_SECONDS)
    camera.live(1.5)
    camera.take("overview")
    camera.resize(*SMALL)
    camera.live(2.5)
    camera.take("overview-80x24")
    camera.resize(*WIDE)
    for digit, name in ("0", "health"), ("2", "tenants"), ("3", "sessions"), ("4", "tail"):
        camera.press(digit)
        camera.live(4)
        camera.take(name)
    camera.press("k\r")  # the conversation of the line above the newest
    camera.live(3)
    camera.take("conversation")
    camera.press("1")
    camera.live(2)
    camera.press(f"\x1b[200~{_ADDRESS}\x1b[201~")
    camera.live(3)
    camera.take("going")
    camera.press("\r")
    camera.live(3)
    camera.press("\r")
    camera.live(3)
    camera.press("\r")
    camera.live(3)
    camera.take("going-conversation")
    camera.press("7")
    camera.live(4)
    camera.take("queries")
    camera.press("e")
    camera.live(3)
    camera.take("plan")
    for line, name in (
        ("9", "indexes"),
        (":index_advice\r", "index-advice"),
        (f":sql {_QUESTION}\r", "sql"),
        (":partitions\r", "partitions"),
        (":retention\r", "retention"),
        (":jobs\r", "jobs"),
    ):
        camera.press(line)
        camera.live(5)
        camera.take(name)


if __name__ == "__main__":
    main()
