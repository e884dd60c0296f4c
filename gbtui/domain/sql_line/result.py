"""What a statement answered, as far as it was read."""

from dataclasses import dataclass
from typing import Final

from gbtui.domain.sql_line.cutting import CHARACTERS

_NUMBERS: Final = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid", "xid", "xid8"})


@dataclass(frozen=True, slots=True)
class Named:
    """A column of an answer, by the name the server gave it: it may be empty, or another column's too."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Whether its values stand on the right."""
        return self.type in _NUMBERS


@dataclass(frozen=True, slots=True)
class Value:
    """One value as text: its beginning, and how long it truly is. NULL is no Value but None."""

    text: str
    length: int

    @property
    def more(self) -> bool:
        """Whether there is more of it than was read."""
        return self.length > CHARACTERS


@dataclass(frozen=True, slots=True)
class Row:
    """A row, by its place in the answer from 0 on."""

    number: int
    values: tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that were read, and what they are not all of."""

    columns: tuple[Named, ...]
    rows: tuple[Row, ...]
    more: str
    """Why there are more than these; "" where these are all."""
    seconds: float
    """From sending it to the last row read."""
    user: str
    """Whose eyes it was seen with: the role at the server."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one value."""

    text: str
    start: int
    """Of its first character, from 1."""
    length: int
    """Of the whole value, in characters."""

    @property
    def end(self) -> int:
        """Of its last character, from 1."""
        return self.start + len(self.text) - 1
