"""Telephone numbers: by + or 00 and a country, by a leading 0, by the groups of countries that have none, by a word.

A bare number without any of that is not one: it may be an order, an invoice, a time.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gbtui.redact.accounts import hidden

_RUN: Final = re.compile(r"\d(?:[ \t\r\n.\-/()]{0,4}\d)*")
_GROUP: Final = re.compile(r"\d+")
_LEAD: Final = re.compile(r"(?:\(?\+ ?\(?|\()\Z")
_SHORTEST: Final = 6
_MOST_GROUPS: Final = 6  # that a shape looks at
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_OTHERS: Final = re.compile(
    rf"""
    (?<![0-9A-Za-z])[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}(?![0-9A-Za-z])     # a UUID
  | (?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|(?![\d.]*\d))){{4}}(?:[:/]\d{{1,5}})?     # an IPv4 address
  | (?<!\d)(?<!\d[./-])(?:19|20)\d\d([./-]){_MONTH}\1{_DAY}(?![./-]?\d)                                # a date
  | (?<!\d)(?<!\d[./-]){_DAY}([./-]){_MONTH}\2(?:19|20)?\d\d(?![./-]?\d)
  | (?<!\d)(?<!\d[./-]){_MONTH}([./-]){_DAY}\3(?:19|20)?\d\d(?![./-]?\d)
  | (?<![\d.,'+])[1-9]\d{{0,2}}([.,'])\d{{3}}(?:\4\d{{3}})+(?![.,']?\d)                         # 1.234.567
    """,
    re.VERBOSE,
)
_WORD: Final = re.compile(
    r"(?:(?<![^\W_])(?:tel|telef\w*|telephone|phone\w*|t[ée]l[ée]phone|mobile?|m[óo]vil|celular|handy\w*|cell|fax|sms|"
    r"whats\s?app|viber|telegram|wa\.me|call|dial|ruf\w*|anruf\w*|appele\w*|llam\w*|тел\w*|моб\w*|звон\w*|позвон\w*)"
    r"|电话|電話|手机|手機|携帯|전화|휴대폰|هاتف|جوال|טלפון|נייד|फोन|फ़ोन)[^\d]{0,24}\Z",
    re.IGNORECASE,
)
_THINGS: Final = re.compile(
    r"order|bestell|auftrag|invoice|rechnung|ticket|case|parcel|paket|tracking|reference|commande|pedido|factura|заказ|"
    r"注文|订单|\bid\b|#",
    re.IGNORECASE,
)
_CONTEXT: Final = 48  # signs before a number in which a word is looked for
_SHAPES: Final = (
    (3, 4, 4),
    (2, 4, 4),
    (2, 5, 4),
    (3, 3, 4),
    (3, 3, 2, 2),
)  # China, Mexico, Brazil, North America, Russia


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits with what people put between them: where the groups stand in the text."""

    text: str
    groups: list[tuple[int, int]]

    def size(self, group: int) -> int:
        start, end = self.groups[group]
        return end - start

    def starts(self, group: int, mark: str) -> bool:
        return self.text.startswith(mark, self.groups[group][0])

    def between(self, group: int) -> str:
        """What stands in front of a group: behind the one before, or the last signs before the first."""
        start = self.groups[group][0]
        return self.text[self.groups[group - 1][1] : start] if group else self.text[max(0, start - 3) : start]

    def take(self, group: int, least: int, most: int) -> int:
        """The group behind the longest stretch from this one with so many digits; 0 if there is none."""
        total, found = 0, 0
        for at in range(group, len(self.groups)):
            total += self.size(at)
            if total > most:
                break
            if total >= least:
                found = at + 1
        return found


def phones(text: str) -> Iterable[tuple[int, int]]:
    """Where telephone numbers stand."""
    if not any(len(found[0]) >= _SHORTEST for found in _RUN.finditer(text)):
        return
    searched = hidden(_OTHERS, text)
    for found in _RUN.finditer(searched):
        if len(found[0]) < _SHORTEST:
            continue
        groups = [(found.start() + one.start(), found.start() + one.end()) for one in _GROUP.finditer(found[0])]
        yield from _in_run(_Run(searched, groups))


def _in_run(run: _Run) -> Iterable[tuple[int, int]]:
    at = 0
    while at < len(run.groups):
        end = _number(run, at)
        if end:
            start = run.groups[at][0]
            lead = _LEAD.search(run.text, max(0, start - 3), start)
            yield lead.start() if lead else start, run.groups[end - 1][1]
        at = max(end, at + 1)


def _number(run: _Run, at: int) -> int:
    """The group behind the telephone number that begins with this one; 0 if none does."""
    before = run.between(at)
    if before.rstrip(" (").endswith("+"):
        return run.take(at, 7, 15)
    if _belongs(run, at):
        return 0
    first = run.size(at)
    if run.starts(at, "00") and not run.starts(at, "000"):
        return run.take(at, 10, 17)
    if run.starts(at, "0") and not run.starts(at, "00") and first > 1:
        return _trunk(run, at)
    if before.endswith("(") and 2 <= first <= 5 and run.text.startswith(")", run.groups[at][1]):
        return run.take(at, 7, 12)
    return _shaped(run, at) or (run.take(at, 6, 15) if at == 0 and _named(run) else 0)


def _belongs(run: _Run, at: int) -> bool:
    """Whether the digits are part of a word or a code: `ORD-555…`, `#0151…`, `1f0151…`."""
    start = run.groups[at][0]
    if at == 0 and re.search(r"[A-Za-z]\Z|[A-Za-z0-9][-_.]\Z|[#_\x01]\Z", run.text[max(0, start - 2) : start]):
        return True
    end = run.groups[-1][1]
    return bool(re.match(r"[A-Za-wyz_\x01]|[-_][A-Za-z]", run.text[end : end + 2])) and len(run.groups) - at < 3


def _trunk(run: _Run, at: int) -> int:
    """A leading 0: an area code or a mobile network; written in one piece, of ten digits and more."""
    end = run.take(at, 9, 13)
    return end if end > at + 1 or (end and 10 <= run.size(at) <= 12) else 0


def _shaped(run: _Run, at: int) -> int:
    """Groups as countries without a leading 0 write them."""
    sizes = [run.size(group) for group in range(at, min(at + _MOST_GROUPS, len(run.groups)))]
    joins = [run.between(group) for group in range(at + 1, at + len(sizes))]
    if sizes[:1] == [1] and run.text[run.groups[at][0]] in "178":  # North America, Russia
        behind = _shaped(run, at + 1) if len(sizes) > 1 else 0
        if behind:
            return behind
    for shape in _SHAPES:
        if tuple(sizes[: len(shape)]) == shape and sizes[len(shape) : len(shape) + 1] != [4]:
            return at + len(shape)
    if sizes[:3] == [3, 3, 3] and sizes[3:4] != [3] and set(joins[:2]) <= {" ", "-"} and run.text[
        run.groups[at][0]] in "56789":  # fmt: skip
        return at + 3
    if sizes == [5, 5] and run.text[run.groups[at][0]] in "6789":
        return at + 2
    return _pairs(sizes, at)


def _pairs(sizes: list[int], at: int) -> int:
    """12 34 56 78 90, 612 34 56 78, 4123 45 67 89."""
    count = 1
    while count < len(sizes) and sizes[count] == 2:
        count += 1
    total = sum(sizes[:count])
    return at + count if 4 <= count <= 5 and 2 <= sizes[0] <= 4 and 9 <= total <= 11 else 0


def _named(run: _Run) -> bool:
    """Whether a word before it says that it is to be called, and none that it is an order or the like."""
    start = run.groups[0][0]
    found = _WORD.search(run.text[max(0, start - _CONTEXT) : start])
    return found is not None and _THINGS.search(found[0]) is None
