"""Masks for e-mail addresses, telephone numbers, card numbers and IBANs in anybody's text. Pure functions.

A mask says what stood there and nothing of it: no digit, no letter, no length. What the patterns cannot know (names,
postal addresses, a number written in words) stays. Where it is not sure, an address or number is masked rather than
not; what must be readable for work (UUIDs, IP addresses, times, order numbers) is told apart by form.

Own patterns, because the known library of telephone numbers (phonenumbers) takes ten times as long,
0.5 ms a message at the least, brings 48 MB, and knows neither cards nor split, spaced or foreign digits.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, TypeAlias, TypeVar

from gbtui.redact.accounts import cards, ibans
from gbtui.redact.addresses import addresses
from gbtui.redact.phones import phones
from gbtui.redact.shadow import Shadow

__all__ = ["JSON", "MASKS", "MEASURED", "cut_at", "redact", "redacted"]

R = TypeVar("R")
Spans: TypeAlias = Iterable[tuple[int, int]]

_KINDS: Final[tuple[tuple[Callable[[str], Spans], str], ...]] = (
    (addresses, "‹e-mail›"),
    (ibans, "‹iban›"),
    (cards, "‹card›"),
    (phones, "‹phone›"),
)
MASKS: Final = tuple(mask for _, mask in _KINDS)
_SUSPECT: Final = re.compile(r"@|%40|\d(?:[^\dA-Za-z]{0,6}\d){5}")
"""What every masked thing holds: a text without it is passed as it is. (An IBAN has two digits and more in front.)"""
_UNFINISHED: Final = re.compile(r"[\d \t\r\n.\-_/()+]{0,40}[^\s\u0e00-\uffff]{1,320}\Z")
"""What may be the beginning of something where a text was cut: its last digits, its last word."""

# How a field of a record says what its text is, for `redacted()`.
MEASURED: Final[Mapping[str, object]] = {"measured": True}
"""The record's `length` counts this text, and its `cut` says whether there is more of it."""
JSON: Final[Mapping[str, object]] = {"json": True}
"""The text is JSON."""


def cut_at(characters: int) -> Mapping[str, object]:
    """The text is the start of a longer one if it has so many characters."""
    return {"start": characters}


def redact(text: str, *, cut: bool = False) -> str:
    """`text` with masks. With `cut` it is the start of a longer one: what may be the start of a number goes too."""
    if cut:
        text = _whole(text)
    shadow = Shadow(text)
    if _SUSPECT.search(shadow.text) is None:
        return text
    for find, mask in _KINDS:
        spans = [shadow.span(start, end) for start, end in find(shadow.text)]
        if spans:
            text = _replaced(text, spans, mask)
            shadow = Shadow(text)
    return text


def redacted(record: R) -> R:
    """A dataclass with masks in every text; its `length` then counts what is shown: the other tells of the number."""
    changes: dict[str, Any] = {}
    cut = bool(getattr(record, "cut", False))
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        shown = _shown(value, field.metadata, cut)
        if shown != value:
            changes[field.name] = shown
            if field.metadata.get("measured"):
                changes["length"] = getattr(record, "length") + len(str(shown)) - len(value)  # noqa: B009
    return replace(record, **changes) if changes else record  # type: ignore[type-var]


def _shown(value: object, told: Mapping[str, object], cut: bool) -> object:
    match value:
        case str() if told.get("json"):
            return _json(value)
        case str():
            return redact(value, cut=(cut and bool(told.get("measured"))) or len(value) == told.get("start"))
        case tuple():
            return tuple(_shown(item, told, cut) for item in value)
        case _:
            return value


def _json(text: str) -> str:
    """JSON with masks in its texts, its names, and its numbers (which become texts); what is none, as a text."""
    try:
        value = json.loads(text, parse_float=_Number, parse_int=_Number)
    except ValueError:
        return redact(text)
    shown = _inside(value)
    return text if shown == value else json.dumps(shown, ensure_ascii=False, default=str)


class _Number(str):
    """A number as it was written."""


def _inside(value: Any) -> Any:
    match value:
        case _Number():
            shown = redact(value)
            return value if shown == value else shown
        case str():
            return redact(value)
        case list():
            return [_inside(item) for item in value]
        case dict():
            return {redact(name): _inside(item) for name, item in value.items()}
        case _:
            return value


def _replaced(text: str, spans: Iterable[tuple[int, int]], mask: str) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [text[at:start], mask]
        at = end
    return "".join([*parts, text[at:]])


def _whole(text: str) -> str:
    """A text that was cut, without what may be the start of an address or a number at its end."""
    shadow = Shadow(text)
    found = _UNFINISHED.search(shadow.text, max(0, len(shadow.text) - 360))
    return text if found is None else text[: shadow.span(found.start(), found.end())[0]].rstrip() + " …"
