"""Which script a text is written in: Latin, Cyrillic, Han, Arabic … Pure.

From the names of its letters in Python's own tables: no library is needed for what their first word says.
"""

import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

_LOOKED_AT: Final = 500
"""Signs of a text that tell enough."""
_ALIASES: Final = {"Cjk": "Han", "Katakana-hiragana": "Katakana", "Ideographic": "Han"}
_KANA: Final = {"Hiragana", "Katakana"}
_NO_SCRIPT: Final = frozenset(("Modifier", ""))


def script(text: str) -> str:
    """The script of the letters: its name, "mixed: " and the names, most used first, or "" where there are none.

    Kana with Han is Japanese, Hangul with Han Korean: nobody calls that mixed.
    """
    text = text[:_LOOKED_AT]
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else ""
    found = Counter(name for name in map(_of, text) if name)
    if found.keys() & _KANA:
        found = Counter({"Japanese": _taken(found, {*_KANA, "Han"})}) + found
    elif "Hangul" in found:
        found = Counter({"Korean": _taken(found, {"Hangul", "Han"})}) + found
    names = [name for name, _ in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]
    return names[0] if len(names) == 1 else f"mixed: {', '.join(names)}" if names else ""


def _taken(found: Counter[str], names: set[str]) -> int:
    """How many letters there are of these scripts, which are counted as one from now on."""
    return sum(found.pop(name, 0) for name in names)


@lru_cache(maxsize=4096)
def _of(char: str) -> str:
    """The script of one letter; "" for what is no letter, or one of every script."""
    plain = unicodedata.normalize("NFKC", char)[:1]
    if not plain.isalpha():
        return ""
    name = unicodedata.name(plain, "").partition(" ")[0].capitalize()
    return "" if name in _NO_SCRIPT else _ALIASES.get(name, name)
