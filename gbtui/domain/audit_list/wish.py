"""What a filter of the audit record asks of the server, so that it answers over all records. Pure.

What the server does not answer (words, other columns, a term turned round) is looked for among the records it gave.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from gbtui.filters import Filter, quantity
from gbtui.filters.grammar import Term

_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {"actor": "actor", "action": "action", "table": "table", "object": "object", "person": "person"}
)

_PAIR: Final = re.compile(r'\w+(>=|<=|[><=:])(?:"([^"\\]+)"|([^"/][^"]*))')
"""A term that names a column; a regular expression is none."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which records are wanted: parts of names ("": any), those in `exactly` as they stand; not before, not after."""

    actor: str = ""
    action: str = ""
    table: str = ""
    object: str = ""
    person: str = ""
    exactly: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self != ANY

    @property
    def names(self) -> tuple[str | None, ...]:
        """The texts as the statement takes them."""
        return tuple(getattr(self, name) or None for name in _COLUMNS)


ANY: Final = Wish()


def wish(wanted: Filter, now: datetime) -> Wish:
    """What a filter asks; `now` is what ages are counted from."""
    told: dict[str, str] = {}
    exactly: set[str] = set()
    since: datetime | None = None
    until: datetime | None = None
    for term in wanted.terms:
        name = _COLUMNS.get(term.column or "")
        written = _PAIR.fullmatch(term.text)
        if term.negated or written is None:
            continue
        operator, word = written[1], written[2] or written[3]
        if name and name not in told and operator in (":", "="):
            told[name] = word
            if operator == "=":
                exactly.add(name)
        elif term.column == "at" and operator not in (":", "=") and (moment := _moment(term, word, now)):
            # What begins at that very moment is left to the filter itself.
            if operator.startswith(">") != (quantity(word) is not None):
                since = max(since, moment) if since else moment
            else:
                until = min(until, moment) if until else moment
    return Wish(**told, exactly=frozenset(exactly), since=since, until=until)


def _moment(term: Term, word: str, now: datetime) -> datetime | None:
    """The moment that `at>14:10` or `at<2h` (an age) compares with."""
    age = quantity(word)
    if age is None:
        return term.moment
    return now - timedelta(seconds=age) if 0 < age < _FAR else None


_FAR: Final = 100 * 366 * 86400.0  # seconds; datetime cannot hold them all
