"""A statement's tokens by PostgreSQL's lexical rules (its manual's chapter on lexical structure), losing nothing.

The server's own parser is the judge of what a statement is. This is for what must be known of a text without asking:
how to draw it, where it ends, which functions it names. It takes any text, also one that was cut.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import Final


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    """A name in double quotes."""
    TEXT = "text"
    """A string constant of any spelling."""
    NUMBER = "number"
    PARAMETER = "parameter"
    OPERATOR = "operator"
    SIGN = "sign"
    """A parenthesis, comma, dot, semicolon, cast …"""
    COMMENT = "comment"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a statement; all pieces together are the statement."""

    kind: Kind
    text: str

    @property
    def word(self) -> str:
        """A key word in capitals; "" for what is none."""
        return self.text.upper() if self.kind is Kind.WORD else ""

    @property
    def name(self) -> str:
        """What it names, folded as the server does (ASCII alone); "" for what names nothing."""
        if self.kind is Kind.WORD:
            return self.text.translate(_FOLDED)
        return self.text[1:-1].replace('""', '"') if self.kind is Kind.QUOTED and self.text.startswith('"') else ""


_FOLDED: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_GOES_ON: Final = r"[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:\s|--[^\n\r]*[\n\r])*"
"""Between two parts of one constant; behind E'' the second has backslashes, too."""
_LETTER: Final = "A-Za-z_\u0080-\U0010ffff"
_PATTERNS: Final = (
    (Kind.SPACE, r"\s+"),
    (Kind.COMMENT, r"--[^\n\r]*"),
    (Kind.PARAMETER, r"\$\d+"),
    (Kind.TEXT, rf"[eE]'(?:[^'\\]|''|\\.)*(?:'(?:{_GOES_ON}'(?:[^'\\]|''|\\.)*(?:'|\Z))*|\Z)"),
    (Kind.TEXT, r"(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)"),
    (Kind.QUOTED, r'(?:[uU]&)?"(?:[^"]|"")*(?:"|\Z)'),
    (Kind.NUMBER, r"(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)"),
    (Kind.WORD, rf"[{_LETTER}][{_LETTER}\d$]*"),
    (Kind.SIGN, r"::|:=|=>|[()\[\],;.:]"),
    (Kind.OPERATOR, r"(?:(?!--|/\*)[-+*/<>=~!@#%^&|`?])+"),
    (Kind.SIGN, r"."),
)
_TOKEN: Final = re.compile(
    "|".join(f"(?P<_{at}>{pattern})" for at, (_, pattern) in enumerate(_PATTERNS)), re.DOTALL | re.ASCII
)
_DOLLAR: Final = re.compile(rf"\$(?:[{_LETTER}][{_LETTER}\d]*)?\$", re.ASCII)
_FENCE: Final = re.compile(r"/\*|\*/")


def tokens(text: str) -> list[Token]:
    """All tokens, spaces and comments among them."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if text.startswith("/*", at):
            kind, end = Kind.COMMENT, _comment_end(text, at)
        elif dollar := _DOLLAR.match(text, at):
            closing = text.find(dollar[0], dollar.end())
            kind, end = Kind.TEXT, len(text) if closing < 0 else closing + len(dollar[0])
        else:
            found = _TOKEN.match(text, at)
            assert found is not None
            assert found.lastgroup is not None
            kind, end = _PATTERNS[int(found.lastgroup[1:])][0], found.end()
        yield Token(kind, text[at:end])
        at = end


def _comment_end(text: str, at: int) -> int:
    """Comments nest, unlike in the standard's C."""
    depth = 0
    for fence in _FENCE.finditer(text, at):
        depth += 1 if fence[0] == "/*" else -1
        if depth == 0:
            return fence.end()
    return len(text)


def meant(text: str) -> list[Token]:
    """The tokens that mean something: no spaces, no comments."""
    return [token for token in _tokens(text) if token.kind not in (Kind.SPACE, Kind.COMMENT)]


def first_word(text: str) -> str:
    """The key word that a statement begins with, behind comments and parentheses; "" if there is none."""
    for token in meant(text):
        if token.text != "(":
            return token.word
    return ""


def highest_parameter(text: str) -> int:
    """The n of the highest $n; 0 where there is none."""
    return max((int(token.text[1:]) for token in meant(text) if token.kind is Kind.PARAMETER), default=0)


def called(text: str) -> frozenset[str]:
    """Names that stand before a parenthesis: functions, and some key words and types."""
    found = meant(text)
    return frozenset(one.name for one, after in pairwise(found) if after.text == "(" and one.name)


def names_by_numbers(text: str) -> bool:
    """Whether it writes a name as U&"…": which one, nobody sees who does not decode it as the server does."""
    return any(token.kind is Kind.QUOTED and not token.text.startswith('"') for token in meant(text))


def one_statement(text: str) -> str | None:
    """The text without what closes it (semicolons, comments behind it); None if it holds several, "" if nothing."""
    found = tokens(text)
    closing = (Kind.SPACE, Kind.COMMENT)
    while found and (found[-1].kind in closing or found[-1].text == ";"):
        found.pop()
    while found and (found[0].kind in closing or found[0].text == ";"):
        found.pop(0)
    if any(token.text == ";" and token.kind is Kind.SIGN for token in found):
        return None
    return "".join(token.text for token in found)


def on_one_line(text: str) -> str:
    """The same statement on one line: comments go, as one that ends with its line would swallow the next."""
    kept: list[str] = []
    for token in _tokens(text.strip()):
        apart = token.kind in (Kind.SPACE, Kind.COMMENT)
        if not (apart and kept[-1:] == [" "]):
            kept.append(" " if apart else token.text)
    return "".join(kept).strip()


def without_constants(text: str) -> str:
    """The same with `…` in the place of every string, and without comments: nothing of what was looked for."""
    kept: Sequence[Token] = [token for token in _tokens(text) if token.kind is not Kind.COMMENT]
    return "".join("'…'" if token.kind is Kind.TEXT else token.text for token in kept)
