"""One grammar to narrow any list, in the console and on the command line.

Terms stand side by side and must all hold:

    acme            some shown column contains it, upper or lower case alike
    "two words"     quotes keep spaces and every other special sign
    state:idle      that column contains it
    size>1GB        that column compares: > >= < <= =, with units of bytes, time, counts (k M G) and %
    last>5m         a column of times compares by its age, or against a time as it is typed everywhere: last<14:10
    at:14:10        a column of times lies in that minute, second or day: at:2026-11-22, at:"yesterday 14:10"
    is:waiting      a mark the list knows
    /dead ?lock/    a regular expression in some shown column; state:/^idle/ in one
    !term           everything but that

A filter is data: it knows nothing of screens and reads a row as a mapping of column names to values.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gbtui.errors import UsageError
from gbtui.filters.comparing import comparison, within
from gbtui.times import full

SYNONYMS: Final = (
    ("org", "organization", "tenant"),
    ("text", "message", "last_text", "query"),
    ("session", "session_id", "id"),
    ("time", "at", "created_at"),
    ("sender", "last_sender"),
)
"""Names for the same thing in different lists: a list that has one of them is asked by any of them."""
_SUBJECT: Final = re.compile(r"([A-Za-z_][\w.-]*)(>=|<=|[><=:])")


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
    column: str | None = None
    """The column it asks; None for any, and for marks."""
    moment: datetime | None = None
    """The time that was typed in it."""
    operator: str = ""
    """What stands between its column and its word; "" for a bare word and a regular expression."""
    word: str = ""
    """What it compares with, or the mark it names; "" for a regular expression."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a filter sees it: what is shown by column, the values behind it, its marks, and the time of it all."""

    shown: Mapping[str, object]
    values: Mapping[str, object]
    marks: Collection[str]
    now: datetime
    aside: Mapping[str, object]
    """Columns that only their own name asks, as text: no bare word finds them."""

    def texts(self) -> Iterable[str]:
        """The shown columns as text."""
        return (_text(value) for value in self.shown.values())

    def value(self, column: str) -> object:
        """The value to compare in a column; what is shown where nothing stands behind it."""
        return self.values[column] if column in self.values else self.text(column)

    def text(self, column: str) -> object:
        """What a column says."""
        return self.shown[column] if column in self.shown else self.aside.get(column)


@dataclass(frozen=True, slots=True)
class Filter:
    """A read filter; falsy when it narrows nothing."""

    source: str
    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are asked by name."""
        return frozenset(term.column for term in self.terms if term.column is not None)

    @property
    def marks(self) -> frozenset[str]:
        """The marks that must hold."""
        return frozenset(term.word for term in self.terms if term.operator == "is" and not term.negated)

    def without(self, column: str) -> "Filter":
        """The same without the terms that ask a column: somebody else has answered them."""
        return Filter(self.source, tuple(term for term in self.terms if term.column != column))

    @property
    def echo(self) -> str:
        """The times in it in full, with their zone, as they are understood; "" without any."""
        return ", ".join(f"{term.column} {full(term.moment)}" for term in self.terms if term.moment is not None)

    def matches(
        self,
        row: Mapping[str, object],
        *,
        values: Mapping[str, object] | None = None,
        marks: Collection[str] = (),
        now: datetime | None = None,
        aside: Mapping[str, object] | None = None,
    ) -> bool:
        """Whether every term holds.

        `row` maps column names to what is shown; `values` to the figures behind it (bytes, seconds, times), where
        they differ. `now` (default: this moment) is what ages are counted from. `aside` holds columns that a bare
        word does not look into.
        """
        if not self.terms:
            return True
        seen = Row(row, values or {}, marks, now or datetime.now(UTC), aside or {})
        return all(term.test(seen) != term.negated for term in self.terms)


def parse(text: str, columns: Iterable[str], marks: Iterable[str] = (), now: datetime | None = None) -> Filter:
    """Read a filter for a list with these columns and marks; raises FilterError where it cannot be read.

    `now` (default: this moment) is what times such as 14:10 are counted from.
    """
    reader = _Reader(text, named(columns), {mark.casefold(): mark for mark in marks}, now or datetime.now(UTC))
    return Filter(text, tuple(reader.terms()))


def named(columns: Iterable[str]) -> Mapping[str, str]:
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

    def __init__(self, text: str, columns: Mapping[str, str], marks: Mapping[str, str], now: datetime) -> None:
        self.text = text
        self.columns = columns
        self.marks = marks
        self.now = now
        self.at = 0
        self._column: str | None = None
        self._moment: datetime | None = None
        self._operator = self._compared = ""

    def terms(self) -> Iterable[Term]:
        while True:
            while self.at < len(self.text) and self.text[self.at].isspace():
                self.at += 1
            if self.at >= len(self.text):
                return
            start = self.at
            self._column = self._moment = None
            self._operator = self._compared = ""
            negated = self._negation()
            test = self._term()
            yield Term(
                self.text[start : self.at], start, negated, test, self._column, self._moment,
                self._operator, self._compared,
            )  # fmt: skip

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
        self._operator, self._compared = "is", mark
        return lambda row: mark in row.marks

    def _condition(self, column: str, operator: str) -> Callable[[Row], bool]:
        self._column = column
        if operator == ":" and self.text.startswith("/", self.at):
            search = self._regex()
            return lambda row: search(_text(row.text(column)))
        start = self.at
        word = self._word()
        self._operator, self._compared = operator, word
        if operator == ":":
            contains, (inside, self._moment) = _contains(word), within(word, self.now)
            if inside is None:
                return lambda row: contains(_text(row.text(column)))
            return lambda row: inside(row.value(column)) or contains(_text(row.text(column)))
        compare, self._moment = comparison(operator, word, self.now)
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


def _contains(word: str) -> Callable[[str], bool]:
    folded = word.casefold()
    return lambda text: folded in text.casefold()


def _in_any(test: Callable[[str], bool]) -> Callable[[Row], bool]:
    return lambda row: any(test(text) for text in row.texts())


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _listed(names: Iterable[str]) -> str:
    return "there are " + ", ".join(sorted(names))
