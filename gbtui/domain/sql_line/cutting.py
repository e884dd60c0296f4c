"""The text of a statement as a subquery, under column names of our own. Pure.

The names of its columns may be equal, empty or anything, so they are c1, c2 … here. The statement is put between
parentheses only after the server's parser took it for exactly one statement, so that it cannot reach out of them; a
line end stands behind it for a comment at its end.
"""

from typing import Final

CHARACTERS: Final = 4_000
"""Of a value that are read at once."""
ROWS: Final = 1_000
"""Of an answer that are shown."""
COLUMNS: Final = 800
"""Of an answer at most: each is asked for twice, and the server takes 1,664."""
_INTEGER: Final = 2**31 - 1
_TEXT: Final = "CAST(q.c{} AS pg_catalog.text)"


def cut(text: str, columns: int) -> str:
    """Of each column the beginning and the true length in characters; one row more than is shown."""
    wanted = ", ".join(
        f"pg_catalog.left({value}, {CHARACTERS}), pg_catalog.char_length({value})"
        for value in map(_TEXT.format, range(1, columns + 1))
    )
    return f"{_from(wanted, text, columns)} LIMIT {ROWS + 1}"


def whole(text: str, columns: int, most: int) -> str:
    """Each column as text; of one with more than `most` characters one more than that, so that it is seen."""
    values = map(_TEXT.format, range(1, columns + 1))
    return _from(", ".join(f"pg_catalog.left({one}, {min(most + 1, _INTEGER)})" for one in values), text, columns)


def piece(text: str, columns: int, column: int) -> str:
    """Of one column (from 1) of the row behind $1 others: its characters from $2 on, its beginning, its length."""
    value = _TEXT.format(column)
    wanted = (
        f"pg_catalog.substr({value}, $2::pg_catalog.int4, {CHARACTERS}), pg_catalog.left({value}, {CHARACTERS}), "
        f"pg_catalog.char_length({value})"
    )
    return f"{_from(wanted, text, columns)} OFFSET $1::pg_catalog.int8 LIMIT 1"


def _from(wanted: str, text: str, columns: int) -> str:
    names = f" ({', '.join(f'c{number}' for number in range(1, columns + 1))})" if columns else ""
    return f"SELECT {wanted} FROM (\n{text}\n) AS q{names}"
