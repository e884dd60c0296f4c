"""A statement on several lines, for reading: a line a clause, a condition, a join. Every token stays as it is.

A generator of SQL (sqlglot's, for one) writes it anew: `::` as CAST, now() as CURRENT_TIMESTAMP, comments elsewhere.
What is shown here may be copied and run, so nothing but spaces changes, and a text that no parser takes is laid out
too.
"""

from collections.abc import Sequence
from typing import Final

from gbtui.database.statement_text.lexing import Kind, Token, tokens


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WIDEST: Final = 96
"""Characters of a line behind which the next comma ends it."""
_CLAUSES: Final = _words(
    "WITH SELECT FROM WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT INSERT "
    "VALUES UPDATE SET DELETE RETURNING MERGE USING JOIN LEFT RIGHT FULL INNER CROSS NATURAL WHEN"
)
_JOINS: Final = _words("LEFT RIGHT FULL INNER CROSS NATURAL OUTER")
_BEGINS: Final = _words("SELECT WITH VALUES INSERT UPDATE DELETE TABLE")
_STEP: Final = "  "


class _Sheet:
    """The lines as they grow."""

    def __init__(self) -> None:
        self.lines: list[list[Token]] = [[]]
        self.between = False
        """A BETWEEN waits for its AND."""
        self.case = 0
        self.depths: list[bool] = []
        """Of each open parenthesis: whether a query stands in it, and so has lines of its own."""

    @property
    def indent(self) -> str:
        return _STEP * 2 * sum(self.depths)

    @property
    def inline(self) -> bool:
        """Inside a call, a list, an OVER (…): no lines are begun there."""
        return bool(self.depths) and not self.depths[-1]

    @property
    def length(self) -> int:
        return sum(len(token.text) for token in self.lines[-1])

    def line(self, more: str = "") -> None:
        """Begin a line; an empty one is begun only once."""
        if any(token.kind is not Kind.SPACE for token in self.lines[-1]):
            self.lines.append([])
        self.lines[-1] = [Token(Kind.SPACE, self.indent + more)] if self.indent + more else []

    def put(self, token: Token) -> None:
        self.lines[-1].append(token)


def laid_out(text: str) -> list[list[Token]]:
    """The lines, each as its tokens. A token with line ends in it stands in one line all the same."""
    sheet = _Sheet()
    found = tokens(text.strip())
    real = [at for at, token in enumerate(found) if token.kind is not Kind.SPACE]
    for number, at in enumerate(real):
        token = found[at]
        before = found[real[number - 1]] if number else None
        after = found[real[number + 1]] if number + 1 < len(real) else None
        apart = bool(number) and real[number - 1] != at - 1
        _place(sheet, token, before, after, apart=apart)
    return [line for line in sheet.lines if any(token.kind is not Kind.SPACE for token in line)]


def _place(sheet: _Sheet, token: Token, before: Token | None, after: Token | None, *, apart: bool) -> None:
    if token.text == ")" and sheet.depths and sheet.depths.pop():
        sheet.line()
    elif _begins_line(sheet, token, before):
        sheet.line(_STEP if token.word in ("AND", "OR", "ON") else "")
    elif apart and any(one.kind is not Kind.SPACE for one in sheet.lines[-1]):
        sheet.put(Token(Kind.SPACE, " "))
    _count(sheet, token)
    sheet.put(token)
    if token.text == "(":
        query = after is not None and after.word in _BEGINS
        sheet.depths.append(query)
        if query:
            sheet.line()
    elif token.text.startswith("--"):
        sheet.line()
    elif token.text == "," and not sheet.inline and sheet.length > WIDEST:
        sheet.line(_STEP)


def _begins_line(sheet: _Sheet, token: Token, before: Token | None) -> bool:
    word = token.word
    if before is None or sheet.inline or sheet.case or not word or before.text == ".":
        return False
    if word in ("AND", "OR"):
        return not (word == "AND" and sheet.between)
    if word == "JOIN" or word in _JOINS:
        return before.word not in _JOINS
    if word in ("SELECT", "VALUES", "UPDATE", "DELETE", "INSERT"):
        return before.word not in ("FOR", "KEY", "THEN", "DO", "ON") and before.text != "("
    if word == "FROM":
        return before.word not in ("DELETE", "DISTINCT")
    if word == "USING":
        return before.word != "ORDER"
    return word in _CLAUSES


def _count(sheet: _Sheet, token: Token) -> None:
    """Remember what later words mean something else in."""
    match token.word:
        case "BETWEEN":
            sheet.between = True
        case "AND":
            sheet.between = False
        case "CASE":
            sheet.case += 1
        case "END":
            sheet.case = max(0, sheet.case - 1)


def formatted(text: str) -> str:
    """The same as one text."""
    return "\n".join("".join(token.text for token in line).rstrip() for line in laid_out(text))


def styled(line: Sequence[Token]) -> list[tuple[str, str]]:
    """A line's pieces with the names of their styles: key words stand out, comments step back, values are accented."""
    return [(token.text, _style(token)) for token in line]


def _style(token: Token) -> str:
    if token.word in KEY_WORDS:
        return "bold"
    if token.kind in (Kind.TEXT, Kind.NUMBER, Kind.PARAMETER):
        return "accent"
    return "dim" if token.kind is Kind.COMMENT else ""


KEY_WORDS: Final = _CLAUSES | _words(
    "ALL ANALYZE AND ANY ARRAY AS ASC BETWEEN BY CASE CAST CONFLICT DESC DISTINCT DO ELSE END EXISTS "
    "EXPLAIN FALSE FILTER FIRST FOR ILIKE IN INTO IS LAST LATERAL LIKE LOCKED MATERIALIZED NOT NOTHING "
    "NULL NULLS ON ONLY OR OUTER OVER PARTITION RECURSIVE ROW ROWS SHOW SIMILAR SKIP SOME TABLE THEN TO "
    "TRUE WITHIN"
)
