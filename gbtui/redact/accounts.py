"""Card numbers and IBANs: found by form, believed by their check digits."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

_RUN: Final = re.compile(r"\d(?:[ \t\r\n.\-_/]{0,4}\d)+")
_GROUP: Final = re.compile(r"\d+")
_UUID: Final = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_MOST_GROUPS: Final = 8
_LENGTHS: Final = range(13, 20)
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,30}")
_SHORTEST_IBAN: Final = 15  # Norway's


def hidden(pattern: re.Pattern[str], text: str) -> str:
    """`text` with what the pattern finds blotted out by signs that join nothing; places stay."""
    return pattern.sub(lambda found: "\x01" * len(found[0]), text)


def cards(text: str) -> Iterable[tuple[int, int]]:
    """Where card numbers stand: whole groups of digits that have a card's beginning, length and check digit."""
    for run in _RUN.finditer(hidden(_UUID, text)):
        if len(run[0]) < _LENGTHS[0] or text[run.start() - 1 : run.start()] == "+":  # a country's code: a telephone
            continue
        groups = [found.span() for found in _GROUP.finditer(run[0])]
        yield from ((run.start() + start, run.start() + end) for start, end in _in_run(run[0], groups))


def _in_run(run: str, groups: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    digits = "".join(run[start:end] for start, end in groups)
    sums = _sums(digits)
    places = [0]
    for start, end in groups:
        places.append(places[-1] + end - start)
    at = 0
    while at < len(groups):
        last = at
        for end in range(at + 1, len(groups) + 1):
            size = places[end] - places[at]
            if size > _LENGTHS[-1]:
                break
            if size in _LENGTHS and _is_card(digits, places[at], places[end], sums) and _grouped(places[at : end + 1]):
                last = end
        if last > at:
            yield groups[at][0], groups[last - 1][1]
        at = max(last, at + 1)


def _grouped(places: list[int]) -> bool:
    """Whether somebody would write one number so: digit by digit, or in a few groups."""
    sizes = {after - before for before, after in pairwise(places)}
    return sizes == {1} or (1 not in sizes and len(places) - 1 <= _MOST_GROUPS)


def _is_card(digits: str, start: int, end: int, sums: tuple[list[int], list[int]]) -> bool:
    """Luhn's check, and a beginning that card networks have for numbers so long."""
    right = sums[end % 2]
    return (right[end] - right[start]) % 10 == 0 and _network(digits[start : start + 4], end - start)


def _network(first: str, size: int) -> bool:
    two, four = int(first[:2]), int(first)
    match first[0]:
        case "4":
            return size in (13, 16, 18, 19)
        case "2":
            return (2221 <= four <= 2720 and size == 16) or (2200 <= four <= 2205 and size >= 16)
        case "3":
            return (two in (34, 37) and size == 15) or (two in (30, 36, 38, 39) and size >= 14) or (
                two == 35 and size >= 16)  # fmt: skip
        case "5":
            return size == 16 if 51 <= two <= 55 else two in (50, 56, 57, 58)
        case "6":
            return True
        case _:
            return two in (81, 82) and size == 16


def _sums(digits: str) -> tuple[list[int], list[int]]:
    """Running sums with every even, and every odd, digit doubled as Luhn says: any stretch is checked in one step."""
    even, odd = [0], [0]
    for place, char in enumerate(digits):
        digit = int(char)
        double = digit * 2 - 9 * (digit > 4)
        even.append(even[-1] + (digit if place % 2 else double))
        odd.append(odd[-1] + (double if place % 2 else digit))
    return even, odd


def ibans(text: str) -> Iterable[tuple[int, int]]:
    """Where IBANs stand whose check digits are right."""
    for found in _IBAN.finditer(text):
        end = _iban_end(found[0])
        if end:
            yield found.start(), found.start() + end


def _iban_end(text: str) -> int:
    """Behind the longest beginning that is one; a word may follow without a sign in between."""
    places = [place for place, char in enumerate(text) if char.isalnum()]
    for count in range(len(places), _SHORTEST_IBAN - 1, -1):
        end = places[count - 1] + 1
        if text[end : end + 1].isalnum():
            continue  # in the middle of a word
        signs = "".join(text[place] for place in places[:count]).upper()
        if int("".join(str(int(char, 36)) for char in signs[4:] + signs[:4])) % 97 == 1:
            return end
    return 0
