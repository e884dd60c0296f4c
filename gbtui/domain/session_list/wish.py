"""What a filter of the list of sessions asks of the server, so that it answers over all of them. Pure.

What the server does not answer (words, other columns, a term turned round) is looked for among the rows it gave.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gbtui import times
from gbtui.errors import UsageError
from gbtui.filters import Filter, FilterError, quantity
from gbtui.filters.grammar import Term

AROUND: Final = timedelta(minutes=15)
"""`at:14:10` finds the sessions with a message so near to it."""
_ASKED: Final = ("waiting", "expiring", "expired", "active", "anonymous")
"""The marks that a statement can begin with, the one that leaves the fewest first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which sessions are wanted; "" and None: any.

    `bot`, `user` and `organization` are (parts of) names, `marks` are among MARKS, `at` is the time near which
    something was said, `until` the last activity that the newest may have.
    """

    bot: str = ""
    user: str = ""
    organization: str = ""
    marks: tuple[str, ...] = ()
    at: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self != ANY


ANY: Final = Wish()


def wish(wanted: Filter, now: datetime) -> Wish:
    """What a filter asks; FilterError where `at:` cannot be understood. `now` is what ages are counted from."""
    told: dict[str, str] = {}
    at: datetime | None = None
    until: datetime | None = None
    for term in wanted.terms:
        if term.column == "at":
            at = _at(term, now)
        elif term.negated or not term.word:
            continue
        elif term.operator in (":", "=") and (name := _NAMES.get(term.column or "")):
            told.setdefault(name, term.word)
        elif term.column in _ACTIVITY and (moment := _until(term, now)):
            until = min(until, moment) if until else moment
    marks = tuple(mark for mark in _ASKED if mark in wanted.marks)
    return Wish(
        told.get("bot", ""),
        told.get("user", ""),
        told.get("organization", ""),
        marks,
        at,
        until if at is None else None,
    )


_NAMES: Final = {"bot": "bot", "user": "user", "organization": "organization", "tenant": "organization"}
_ACTIVITY: Final = ("last", "last_activity")


def _at(term: Term, now: datetime) -> datetime:
    """The time of `at:`, which must be one: a day is no time to look around."""
    if term.negated or term.operator != ":":
        raise FilterError(term.at, 'write at:14:10 or at:"yesterday 14:10"')
    try:
        moment = times.parse(term.word, now)
    except UsageError as error:
        raise FilterError(term.at, f"{error.message}; {error.hint}") from None
    if quantity(term.word) is None and ":" not in term.word:
        raise FilterError(term.at, f'a time of day, too: at:"{term.word} 14:10"')
    return moment


def _until(term: Term, now: datetime) -> datetime | None:
    """The last moment that `last<14:10` or `last>2h` (an age) leaves; None where it sets none."""
    age = quantity(term.word)
    if age is not None:
        return now - timedelta(seconds=age) if term.operator in (">", ">=") and 0 < age < _FAR else None
    return term.moment if term.moment and term.operator in ("<", "<=") else None


_FAR: Final = 100 * 366 * 86400.0  # seconds; datetime cannot hold them all
