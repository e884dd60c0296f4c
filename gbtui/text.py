"""Text for people: harmless, measured in terminal cells, and with units. Pure functions.

Text from a database is hostile until `clean()` has seen it: it may hold escape sequences that act on the terminal
and signs that turn the reading direction. What is drawn goes through `drawable()` too, which takes out the few
signs whose width no two terminals agree on.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

SUBSTITUTE: Final = "\ufffd"
NOTHING: Final = "–"
"""Stands where a figure is not known."""

_KIB: Final = 1024
_TURNING: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Embeddings, overrides, isolates: they reorder what stands around them."""
_INVISIBLE: Final = "\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
"""Signs without a picture, direction marks among them; they carry nothing a reader could miss."""
_JOINERS: Final = "\u200c\u200d"
"""Needed to write Persian, the languages of India and some emoji; harmless, so clean() keeps them."""
_VISIBLE_FORMATS: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd")
_UNSURE: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff]")
_ACTING_IN_JSON: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CROWD: Final = 4
"""Marks stacked on one letter; more than any script needs is an attack on the terminal or a joke."""
_WIDE_UNASSIGNED: Final = (range(0x1F300, 0x1FB00), range(0x20000, 0x3FFFE))
"""Emoji and Chinese blocks: signs newer than this Python's tables are two cells wide there."""
_WIDE_SINCE_16: Final = (range(0x2630, 0x2638), range(0x268A, 0x2690), range(0x4DC0, 0x4E00), range(0x1D300, 0x1D377))
"""Hexagrams and counting rods, narrow in the tables of older Pythons."""
_CONJOINING: Final = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Hangul vowels and final consonants, which join the syllable before them."""


@lru_cache(maxsize=4096)
def _harmless(char: str, keep: str) -> str:
    """What stands for `char`, which `str.isprintable` refuses."""
    if char in keep or char in _JOINERS or char in _VISIBLE_FORMATS:
        return char
    category = unicodedata.category(char)
    if char in "\t\n\r\v\f\x85" or category in ("Zl", "Zp"):
        return "\n" if "\n" in keep and char != "\t" else " "
    if char == "\u3000":
        return char
    if category == "Zs":
        return " "
    if char in _INVISIBLE or 0xE0000 <= ord(char) <= 0xE0FFF:
        return ""
    if category in ("Cc", "Cf", "Cs") or char in _TURNING:
        return SUBSTITUTE
    # Private use and signs newer than our tables are pictures; the last two of each plane and FDD0-FDEF never are.
    return SUBSTITUTE if ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF else char


def clean(s: str, keep: str = "") -> str:
    """`s` without anything that acts on a terminal: C0, C1 and direction controls, separators, surrogates.

    Controls become U+FFFD so that a reader sees that something was there; spaces of any kind, tabs and line ends
    become one space, except those named in `keep` (such as "\\n\\t"; a lone or paired CR then counts as a line end);
    invisible signs vanish. Cleaning twice is cleaning once.
    """
    if s.isprintable():
        return s
    if "\r\n" in s:
        s = s.replace("\r\n", "\n")
    return "".join(char if char.isprintable() else _harmless(char, keep) for char in s)


def harmless_json(s: str) -> str:
    """JSON that says the same and does nothing to a terminal: JSON lets C1 and direction controls stand as they are."""
    if s.isascii() and "\x7f" not in s:
        return s
    return _ACTING_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", s)


def drawable(s: str) -> str:
    """`clean(s)` for one line of a screen: also without signs whose width terminals disagree about.

    Joiners, variation selectors and skin tones go (the parts of a joined emoji stand side by side), and at most
    four marks may stack on a letter. So `cells()` is what a terminal does.
    """
    if s.isascii() and s.isprintable():
        return s
    s = clean(s)
    if s.isascii():
        return s
    s = _UNSURE.sub("", s)
    return s if unicodedata.is_normalized("NFC", s) and not _has_marks(s) else _uncrowded(s)


def _has_marks(s: str) -> bool:
    return any(width == 0 for width in map(_cells_of, s))


def _uncrowded(s: str) -> str:
    """`s` with no more than a few zero-width marks in a row, and none before the first letter."""
    kept: list[str] = []
    marks = _CROWD
    for char in s:
        marks = 0 if _cells_of(char) else marks + 1
        if marks <= _CROWD:
            kept.append(char)
    return "".join(kept)


@lru_cache(maxsize=8192)
def _cells_of(char: str) -> int:
    """Cells one character takes: 0, 1 or 2."""
    code = ord(char)
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Mc", "Cc") or (category == "Cf" and char not in _VISIBLE_FORMATS):
        return 0
    if any(code in block for block in _CONJOINING) or 0x1F3FB <= code <= 0x1F3FF or code in (0x3164, 0xFFA0):
        return 0
    if category == "Cn":
        return 2 if any(code in block for block in _WIDE_UNASSIGNED) else 1
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 2 if any(code in block for block in _WIDE_SINCE_16) else 1


def cells(s: str) -> int:
    """Terminal cells that `s` takes; exact for `drawable()` text."""
    if s.isascii():
        return len(s)
    return sum(map(_cells_of, s))


def cut(s: str, start: int, width: int) -> str:
    """The part of `s` in the cells from `start` on, exactly `width` cells wide.

    Half of a wide character at either edge is drawn as a space; short text is filled with spaces.
    """
    if width <= 0:
        return ""
    if s.isascii():
        return s[start : start + width].ljust(width)
    kept: list[str] = []
    at, end = 0, start + width
    for char in s:
        size_ = _cells_of(char)
        after = at + size_
        if at >= end and size_:
            break
        if size_ == 0:
            if kept and at > start:
                kept.append(char)
        elif at >= start and after <= end:
            kept.append(char)
        elif after > start:
            kept.append(" ")
        at = after
    return "".join(kept) + " " * max(0, end - max(at, start))


def fit(s: str, width: int, align: Literal["left", "right"] = "left", *, more: str = "…") -> str:
    """`drawable(s)` in exactly `width` cells: filled with spaces, or cut with `more` as its last sign."""
    if width <= 0:
        return ""
    s = drawable(s)
    taken = cells(s)
    if taken > width:
        room = width - cells(more)
        return cut(s, 0, room) + more if room >= 0 else cut(s, 0, width)
    spaces = " " * (width - taken)
    return spaces + s if align == "right" else s + spaces


def wrap(s: str, width: int) -> list[str]:
    """`s` (drawable; line ends are kept) in lines of at most `width` cells, broken at spaces where possible."""
    lines: list[str] = []
    for paragraph in s.split("\n"):
        lines.extend(_wrapped(drawable(paragraph), max(width, 2)))
    return lines


def _wrapped(s: str, width: int) -> list[str]:
    lines: list[str] = []
    while cells(s) > width:
        end = _fitting(s, width)
        space = s.rfind(" ", 0, end + 1)
        if space > 0 and s[:space].strip():
            lines.append(s[:space])
            s = s[space + 1 :]
        else:
            lines.append(s[:end])
            s = s[end:]
    lines.append(s)
    return lines


def _fitting(s: str, width: int) -> int:
    """How many characters of `s` fit in `width` cells (marks go with their letter)."""
    taken = 0
    for index, char in enumerate(s):
        taken += _cells_of(char)
        if taken > width:
            return index
    return len(s)


def size(bytes_: float | None) -> str:
    """Bytes as "412 B", "81.2 GB"; units of 1024 as PostgreSQL counts."""
    if bytes_ is None:
        return NOTHING
    value, sign = abs(float(bytes_)), "-" if bytes_ < 0 else ""
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        digits = 0 if unit == "B" or value >= 99.95 else 1
        if round(value, digits) < _KIB or unit == "PB":
            return f"{sign}{value:.{digits}f} {unit}"
        value /= _KIB
    raise AssertionError("unreachable")


def count(n: float | None) -> str:
    """A number of things: "1,204" below a hundred thousand, "123 k", "1.2 M" above."""
    if n is None:
        return NOTHING
    value = float(n)
    if abs(value) < 99_999.5:
        return f"{round(value):,}"
    for unit in ("k", "M", "G", "T", "P", "E"):
        value /= 1000
        digits = 0 if abs(value) >= 99.95 else 1
        if abs(round(value, digits)) < 1000 or unit == "E":
            break
    return f"{value:,.{digits}f} {unit}"


def rate(x: float | None, unit: str = "") -> str:
    """Events a second: "0.4", "<0.1", "12", "1,204"; `unit` (such as "/s") is appended."""
    if x is None:
        return NOTHING
    if x == 0:
        return f"0{unit}"
    if abs(x) < 0.05:
        return f"<0.1{unit}"
    return (f"{x:.1f}" if abs(x) < 9.95 else count(x)) + unit


def percent(share: float | None) -> str:
    """A share (1.0 is all) as "41 %"; "<1 %" and ">99 %" rather than a rounded 0 or 100."""
    if share is None:
        return NOTHING
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 < share < 1:
        return ">99 %"
    return f"{share * 100:.0f} %"


def age(seconds: float | None) -> str:
    """Seconds past, in one coarse unit that changes rarely: "4 s", "3 m", "2 h", "5 d"."""
    if seconds is None:
        return NOTHING
    left = max(0, int(seconds))
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if left >= length:
            return f"{left // length} {unit}"
    return f"{left} s"


def duration(ms: float | None) -> str:
    """Milliseconds that something took: "0.4 ms", "12 ms", "2.1 s", "3 m 20 s", "2 h 5 m", "3 d 4 h"."""
    if ms is None:
        return NOTHING
    if ms < 999.5:
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    if ms < 59_950:
        return f"{ms / 1000:.1f} s"
    seconds = round(ms / 1000)
    for unit, length, lesser, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "m", 60), ("m", 60, "s", 1)):
        if seconds >= length:
            rest = seconds % length // part
            return f"{seconds // length} {unit}" + (f" {rest} {lesser}" if rest else "")
    return f"{seconds} s"


def plural(n: int, one: str, many: str = "") -> str:
    """ "1 row", "2 rows", "1,204 rows"; `many` where an s is not enough."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"
