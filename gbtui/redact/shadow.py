"""A text as a pattern should see it: every script's digits as 0-9, every dash as "-", nothing invisible in between."""

import unicodedata
from typing import Final

_GONE: Final = "\0"
_INVISIBLE_LETTERS: Final = "\u115f\u1160\u3164\uffa0\ufffd"
"""Hangul fillers, drawn as nothing; and what clean() puts where a control sign was."""
_DOTS: Final = "\u00b7\u2022\u2027\u2219\u30fb\u3002\uff61\u0387"
_DASHES: Final = "\u2212\u02d7\u30fc\uff70\u2043\uff5e\u301c"
"""Not dashes by category, but typed for them (in Japanese telephone numbers above all)."""


class _Signs(dict[int, str]):
    """By code point: the sign that stands for it. Filled as texts bring signs; there are at most 1.1 million."""

    def __missing__(self, code: int) -> str:
        sign = self[code] = _plain(chr(code))
        return sign


def _plain(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() or char in "\t\n\r" else _GONE
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(char)
    if char in _INVISIBLE_LETTERS or category in ("Cf", "Mn", "Me", "Cc"):
        return "\n" if char == "\x85" else _GONE
    if char in _DOTS:
        return "."
    if category == "Pd" or char in _DASHES:
        return "-"
    if category == "Zs" or char == "\u2800":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    simple = unicodedata.normalize("NFKC", char)
    return simple if len(simple) == 1 and simple.isascii() else char


_SIGNS: Final = _Signs()


class Shadow:
    """`text` is what patterns search; `span` leads back to the text it was made of."""

    __slots__ = ("_places", "text")

    def __init__(self, text: str) -> None:
        shadow = text.translate(_SIGNS)
        self._places: list[int] | None = None
        if _GONE in shadow:
            self._places = [place for place, sign in enumerate(shadow) if sign != _GONE]
            shadow = shadow.replace(_GONE, "")
        self.text = shadow

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of `text` (not empty) stood; invisible signs at its end go with it."""
        if self._places is None:
            return start, end
        after = self._places[end] if end < len(self._places) else self._places[-1] + 1
        return self._places[start], after
