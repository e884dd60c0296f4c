"""What is found: a message or a document, with the piece of it in which the match stands."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from gbtui.text import clean

Span = tuple[int, int]
HALF_AS_GOOD: Final = timedelta(days=30)
"""A match so much older than another counts half of it."""
_BEFORE: Final = 24
"""Characters of the snippet before its first match."""
_SHOWN: Final = 300
"""Characters of a snippet at most."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found.

    `snippet` is a piece of it on one line; `matches` are the characters of the snippet that were looked for, from and
    before; `cut` says whether the message is longer. `rank` is 0 to 1: how close and how often the words stand (0
    where a text was looked for as it stands).
    """

    id: UUID
    session_id: UUID
    bot_id: UUID
    org_id: UUID
    organization: str
    bot: str
    user: str
    sender: str
    created_at: datetime
    snippet: str
    matches: tuple[Span, ...]
    cut: bool
    length: int
    rank: float

    def score(self, now: datetime) -> float:
        """The rank, less the older it is: half after 30 days, a third after 60."""
        age = max(timedelta(), now - self.created_at)
        return self.rank * (HALF_AS_GOOD / (HALF_AS_GOOD + age))


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """A document that was found; a word in its name counts ten times one in its text. Else as a message."""

    id: str
    collection_id: str
    bot_id: UUID
    org_id: UUID
    organization: str
    bot: str
    collection: str
    name: str
    updated_at: datetime
    indexed: bool
    snippet: str
    matches: tuple[Span, ...]
    cut: bool
    length: int
    rank: float

    def score(self, _now: datetime) -> float:
        """The rank: a document does not grow old."""
        return self.rank


H = TypeVar("H", Hit, DocumentHit)


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a text that a statement brings: from its first match on, a little before it.

    `before` and `behind` say whether there is more of the text around it.
    """

    text: str
    spans: Sequence[Span]
    before: bool
    behind: bool


def piece(row: Any, nonce: str, sought: re.Pattern[str] | None) -> Piece:
    """Of a row of a search's statement. `nonce` stands around matches, or `sought` finds them."""
    text = row["text"]
    spans = _marked(row["marked"], nonce, len(text)) if sought is None else [m.span() for m in sought.finditer(text)]
    return Piece(text, spans, row["start"] > 1, row["length"] >= row["start"] + len(text))


def hit(kind: type[H], row: Any, told: Piece, length: int) -> H:
    """A row as what was found."""
    snippet, matches, cut = snip(told.text, told.spans, before=told.before, behind=told.behind)
    known = {field.name: _cleaned(row[field.name]) for field in fields(kind) if field.name not in _MADE}
    return kind(**known, snippet=snippet, matches=matches, cut=cut, length=length)


_MADE: Final = ("snippet", "matches", "cut", "length")


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _marked(marked: str, nonce: str, length: int) -> list[Span]:
    """Where the marks stand in a text; they take no place in it. No text can hold them: they are random."""
    spans: list[Span] = []
    at, begun = 0, None
    for piece in re.split(f"([se]{nonce})", marked):
        if piece == f"s{nonce}":
            begun = at
        elif piece == f"e{nonce}":
            if begun is not None and begun < length:
                spans.append((begun, min(at, length)))
            begun = None
        else:
            at += len(piece)
    return spans


def snip(text: str, spans: Sequence[Span], *, before: bool, behind: bool) -> tuple[str, tuple[Span, ...], bool]:
    """A piece of hostile text on one harmless line around its first match, where the matches stand in it, if it is cut.

    `before` and `behind` say whether there is more of the text around this piece of it.
    """
    start = spans[0][0] - _BEFORE if spans and spans[0][0] > 2 * _BEFORE else 0
    if start or before:
        space = text.find(" ", start, spans[0][0] if spans else start)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _SHOWN)
    told, matches = ("… " if start or before else ""), list[Span]()
    at = start
    for first, last in [span for span in spans if start <= span[0] < end]:
        told += _line(text[at:first])
        lit = _line(text[first : min(last, end)])
        if lit:
            matches.append((len(told), len(told) + len(lit)))
        told, at = told + lit, min(last, end)
    told += _line(text[at:end])
    more = end < len(text) or behind
    return told + " …" * more, tuple(matches), bool(start or before or more)


def _line(text: str) -> str:
    return clean(text)


def words_of(hits: Iterable[Hit | DocumentHit], most: int = 200) -> re.Pattern[str] | None:
    """What lights up in all of them: the words that matched, as they are written there."""
    found = {one.snippet[first:last].casefold() for one in hits for first, last in one.matches}
    words = sorted((word for word in found if word.strip()), key=lambda word: (-len(word), word))[:most]
    if not words:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def spans_of(row: Hit | DocumentHit) -> list[tuple[str, bool]]:
    """The snippet in pieces, each with whether it matched."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for first, last in row.matches:
        pieces += [(row.snippet[at:first], False), (row.snippet[first:last], True)]
        at = last
    return [piece for piece in (*pieces, (row.snippet[at:], False)) if piece[0]]
