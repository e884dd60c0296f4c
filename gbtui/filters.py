"""One grammar to narrow any list, in the console and on the command line.

Terms stand side by side and must all hold:

    acme            some shown column contains it, upper or lower case alike
    "two words"     quotes keep spaces and every other special sign
    state:idle      that column contains it
    size>1GB        that column compares: > >= < <= =, with units of bytes, time, counts (k M G) and %
    last>5m         a column of times compares by its age, or against a date: last<2026-11-01
    is:waiting      a mark the list knows
    /dead ?lock/    a regular expression in some shown column; state:/^idle/ in one
    !term           everything but that

A filter is data: it knows nothing of screens and reads a row as a mapping of column names to values.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gbtui.errors import UsageError

SYNONYMS: Final = (
    ("org", "organization", "tenant"),
    ("text", "message", "last_text", "query"),
    ("session", "session_id", "id"),
    ("time", "at", "created_at"),
    ("sender", "last_sender"),
)
"""Names for the same thing in different lists: a list that has one of them is asked by any of them."""
_SUBJECT: Final = re.compile(r"([A-Za-z_][\w.-]*)(>=|<=|[><=:])")
_QUANTITY: Final = re.compile(r"([+-]?(?:\d[\d,_]*\.?\d*|\.\d+))\s*([A-Za-zµ%]*)(?:/s)?")
_BYTES: Final = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}
_SECONDS: Final = {"µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_COUNTS: Final = {"": 1, "%": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}


class FilterError(UsageError):
    """A filter that cannot be read; `at` is the index of the sign where reading stopped."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__("filter", f"column {at + 1}: {message}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: what the user wrote, where, and the test it stands for."""

    text: str
    at: int
    negated: bool
    test: Callable[["Row"], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a filter sees it: what is shown by column, the values behind it, its marks, and the time of it all."""

    shown: Mapping[str, object]
    values: Mapping[str, object]
    marks: Collection[str]
    now: datetime

    def texts(self) -> Iterable[str]:
        """The shown columns as text."""
        return (_text(value) for value in self.shown.values())

    def value(self, column: str) -> object:
        """The value to compare in a column; what is shown where nothing stands behind it."""
        return self.values[column] if column in self.values else self.shown.get(column)


@dataclass(frozen=True, slots=True)
class Filter:
    """A read filter; falsy when it narrows nothing."""

    source: str
    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(
        self,
        row: Mapping[str, object],
        *,
        values: Mapping[str, object] | None = None,
        marks: Collection[str] = (),
        now: datetime | None = None,
    ) -> bool:
        """Whether every term holds.

        `row` maps column names to what is shown; `values` to the figures behind it (bytes, seconds, times), where
        they differ. `now` (default: this moment) is what ages are counted from.
        """
        if not self.terms:
            return True
        seen = Row(row, values or {}, marks, now or datetime.now(UTC))
        return all(term.test(seen) != term.negated for term in self.terms)


def parse(text: str, columns: Iterable[str], marks: Iterable[str] = ()) -> Filter:
    """Read a filter for a list with these columns and marks; raises FilterError where it cannot be read."""
    reader = _Reader(text, _named(columns), {mark.casefold(): mark for mark in marks})
    return Filter(text, tuple(reader.terms()))


def _named(columns: Iterable[str]) -> Mapping[str, str]:
    """A list's columns by every name they go by, their own before those of others."""
    own = {name.casefold(): name for name in columns}
    others = {
        name: next(own[other] for other in same if other in own)
        for same in SYNONYMS
        for name in same
        if name not in own and any(other in own for other in same)
    }
    return {**others, **own}


class _Reader:
    """Reads terms from left to right; `at` is the next sign."""

    def __init__(self, text: str, columns: Mapping[str, str], marks: Mapping[str, str]) -> None:
        self.text = text
        self.columns = columns
        self.marks = marks
        self.at = 0

    def terms(self) -> Iterable[Term]:
        while True:
            while self.at < len(self.text) and self.text[self.at].isspace():
                self.at += 1
            if self.at >= len(self.text):
                return
            start = self.at
            negated = self._negation()
            test = self._term()
            yield Term(self.text[start : self.at], start, negated, test)

    def _negation(self) -> bool:
        negated = False
        while self.at < len(self.text) and self.text[self.at] == "!":
            negated, self.at = not negated, self.at + 1
        following = self.text[self.at : self.at + 1]
        if not following or following.isspace():
            raise FilterError(self.at, "nothing follows '!'")
        return negated

    def _term(self) -> Callable[[Row], bool]:
        if self.text[self.at] == "/":
            return _in_any(self._regex())
        subject = _SUBJECT.match(self.text, self.at)
        if subject is None:
            return _in_any(_contains(self._word()))
        start, name, operator = self.at, subject[1], subject[2]
        if name.casefold() == "is" and operator == ":":
            self.at = subject.end()
            return self._mark()
        if name.casefold() not in self.columns:
            raise FilterError(start, f"no column {name!r} here; {_listed(set(self.columns.values()))}, or quote it")
        self.at = subject.end()
        return self._condition(self.columns[name.casefold()], operator)

    def _mark(self) -> Callable[[Row], bool]:
        start = self.at
        word = self._word()
        mark = self.marks.get(word.casefold())
        if mark is None:
            known = f"is: {_listed(self.marks.values())}" if self.marks else "this list has no marks"
            raise FilterError(start, f"unknown mark {word!r}; {known}")
        return lambda row: mark in row.marks

    def _condition(self, column: str, operator: str) -> Callable[[Row], bool]:
        if operator == ":" and self.text.startswith("/", self.at):
            search = self._regex()
            return lambda row: search(_text(row.shown.get(column)))
        start = self.at
        word = self._word()
        if operator == ":":
            contains = _contains(word)
            return lambda row: contains(_text(row.shown.get(column)))
        compare = _comparison(operator, word)
        if compare is None:
            raise FilterError(start, f"{word!r} is no number, size, time or date to compare with")
        return lambda row: compare(row.value(column), row.now)

    def _word(self) -> str:
        if self.at >= len(self.text) or self.text[self.at].isspace():
            raise FilterError(self.at, "a value is missing")
        if self.text[self.at] == '"':
            return self._delimited('"', "the quote is not closed")
        end = self.at
        while end < len(self.text) and not self.text[end].isspace():
            end += 1
        word, self.at = self.text[self.at : end], end
        return word

    def _regex(self) -> Callable[[str], bool]:
        start = self.at
        pattern = self._delimited("/", "the regular expression is not closed by '/'")
        try:
            compiled = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError) as error:
            where = start + 1 + (getattr(error, "pos", None) or 0)
            raise FilterError(where, f"not a regular expression: {getattr(error, 'msg', error)}") from None
        return lambda text: compiled.search(text) is not None

    def _delimited(self, mark: str, unclosed: str) -> str:
        start, signs = self.at, []
        at = start + 1
        while at < len(self.text) and self.text[at] != mark:
            if (
                self.text[at] == "\\"
                and self.text[at + 1 : at + 2] in (mark, "\\")
                and (mark == '"' or self.text[at + 1] == mark)
            ):
                at += 1
            signs.append(self.text[at])
            at += 1
        if at >= len(self.text):
            raise FilterError(start, unclosed)
        self.at = at + 1
        return "".join(signs)


def quantity(text: str) -> float | None:
    """The number a person wrote: `1.5GB` in bytes, `5m` in seconds, `12k`, `41 %`, `1,204`; None where it is none."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        return None
    number, unit = float(found[1].replace(",", "").replace("_", "")), found[2]
    for scale in (_COUNTS.get(unit), _SECONDS.get(unit), _BYTES.get(unit.casefold().replace("ib", "b"))):
        if scale is not None:
            return number * scale
    return None


def _comparison(operator: str, word: str) -> Callable[[object, datetime], bool] | None:
    wanted = quantity(word)
    moment = _moment(word) if wanted is None else None
    if moment is not None:
        return lambda value, _: isinstance(value, datetime) and _holds(operator, _aware(value), moment)
    if wanted is not None:
        return lambda value, now: (number := _number(value, now)) is not None and _holds(operator, number, wanted)
    if operator == "=":
        return lambda value, _: _text(value).casefold() == word.casefold()
    return None


def _holds(operator: str, left: Any, right: Any) -> bool:
    match operator:
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case _:
            return bool(left == right)


def _number(value: object, now: datetime) -> float | None:
    """What a value counts: seconds of an age for a time, the figure in a text; None where it counts nothing."""
    match value:
        case bool() | None:
            return None
        case int() | float():
            return float(value)
        case timedelta():
            return value.total_seconds()
        case datetime():
            return (_aware(now) - _aware(value)).total_seconds()
        case _:
            return quantity(str(value))


def _moment(word: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(word))
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _contains(word: str) -> Callable[[str], bool]:
    folded = word.casefold()
    return lambda text: folded in text.casefold()


def _in_any(test: Callable[[str], bool]) -> Callable[[Row], bool]:
    return lambda row: any(test(text) for text in row.texts())


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _listed(names: Iterable[str]) -> str:
    return "there are " + ", ".join(sorted(names))
