"""A PostgreSQL lexer just deep enough to find statements, comments and leading words.

The runner needs these at every start, when the real parser (lint.py) would be too heavy to import.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_LETTER: Final = r"A-Za-z_\x80-\U0010ffff"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>[ \t\n\r\f\v]+)
  | (?P<comment>--[^\n\r]*)
  | (?P<block>/\*)
  | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'? | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'?)
  | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*"?)
  | (?P<dollar>\$(?:[{_LETTER}][{_LETTER}0-9]*)?\$)
  | (?P<word>[{_LETTER}][{_LETTER}0-9$]*)
  | (?P<number>[0-9][0-9A-Za-z_.]*)
  | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE: Final = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is comment, string, quoted, dollar, word, number or symbol; `start` counts characters."""

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The word in lower case; empty for every other kind, so that a string never reads as a keyword."""
        return self.text.lower() if self.kind == "word" else ""


@dataclass(frozen=True)
class Piece:
    """One top-level statement: its tokens without comments, `start` and `end` in characters (no semicolon)."""

    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """Where the first token begins."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Just behind the last token."""
        return self.tokens[-1].start + len(self.tokens[-1].text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Token by token: words in lower case, symbols as they are, everything else as an empty string."""
        return tuple(t.text if t.kind == "symbol" else t.word for t in self.tokens)

    def text(self, sql: str) -> str:
        """The statement as it was written."""
        return sql[self.start : self.end]

    def begins(self, *words: str) -> bool:
        """Whether the statement begins with these words."""
        return self.words[: len(words)] == words


def tokens(sql: str) -> Iterator[Token]:
    """All tokens of the text but white space; an unterminated one reaches to the end, as the server would read it."""
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        assert match is not None  # the last alternative takes any character
        kind, end = str(match.lastgroup), match.end()
        if kind == "block":
            kind, end = "comment", _end_of_block(sql, at)
        elif kind == "dollar":
            close = sql.find(match.group(), end)
            end = len(sql) if close < 0 else close + len(match.group())
        if kind != "space":
            yield Token(kind, sql[at:end], at)
        at = end


def _end_of_block(sql: str, at: int) -> int:
    """Block comments nest in PostgreSQL."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(sql, at):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


def comments(sql: str) -> Iterator[Token]:
    """The comments of the text, in order."""
    return (token for token in tokens(sql) if token.kind == "comment")


def statements(sql: str) -> tuple[Piece, ...]:
    """The top-level statements. Semicolons in parentheses (rules) and in BEGIN ATOMIC bodies do not separate."""
    found: list[Piece] = []
    current: list[Token] = []
    parentheses = blocks = 0
    for token in tokens(sql):
        if token.kind == "comment":
            continue
        if token.text == ";" and parentheses <= 0 and blocks == 0:
            if current:
                found.append(Piece(tuple(current)))
            current, parentheses = [], 0
            continue
        parentheses += {"(": 1, ")": -1}.get(token.text, 0)
        blocks = _block_depth(current, token, blocks)
        current.append(token)
    if current:
        found.append(Piece(tuple(current)))
    return tuple(found)


def _block_depth(before: list[Token], token: Token, depth: int) -> int:
    """Follow BEGIN ATOMIC … END of a routine's body, as psql does; CASE has an END of its own."""
    if not before or before[0].word != "create":
        return depth
    if token.word == "atomic" and before[-1].word == "begin":
        return depth + 1
    if depth and token.word == "case":
        return depth + 1
    return depth - 1 if depth and token.word == "end" else depth


def line_and_column(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character offset from 0."""
    before = sql[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
