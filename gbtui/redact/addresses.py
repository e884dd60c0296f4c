"""E-mail addresses, also of other scripts, with quotes, in links (`%40`), and what looks like one (WhatsApp's ids)."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_AT: Final = re.compile("@|%40")
_LONGEST_LOCAL: Final = 128  # the standard says 64
_LONGEST_DOMAIN: Final = 255
_IN_LOCAL: Final = frozenset(".!#$%&'*+/=?^_`{|}~-@")


def addresses(text: str) -> Iterable[tuple[int, int]]:
    """Where addresses stand. Each sign is looked at a bounded number of times."""
    done = 0
    for found in _AT.finditer(text):
        if found.start() < done:
            continue
        start, end = max(done, _start(text, found.start())), _end(text, found.end())
        if start < found.start() and end > found.end():
            yield start, end
            done = end


def _start(text: str, at: int) -> int:
    if text[at - 1 : at] == '"':
        quote = text.rfind('"', max(0, at - _LONGEST_LOCAL), at - 1)
        if quote >= 0 and "\n" not in text[quote:at]:
            return quote
    start = at
    while start > 0 and at - start < _LONGEST_LOCAL and (text[start - 1] in _IN_LOCAL or _is_letter(text[start - 1])):
        start -= 1
    while start < at and text[start] in "./'@":
        start += 1
    return start


def _end(text: str, start: int) -> int:
    """Behind the domain that begins here; `start` if none does."""
    if text.startswith("[", start):
        close = text.find("]", start, start + 64)
        return close + 1 if close > start + 2 else start
    end = start
    while end < len(text) and end - start < _LONGEST_DOMAIN and (text[end] in ".-_" or _is_letter(text[end])):
        end += 1
    while end > start and text[end - 1] in ".-_":
        end -= 1
    *labels, last = text[start:end].split(".")
    good = labels and all(labels) and len(last) > 1 and not last.isdecimal()
    return end if good else start


def _is_letter(char: str) -> bool:
    """A letter, a digit, or the sign that belongs to a letter in the scripts of India."""
    return char.isalnum() or unicodedata.category(char) == "Mc"
