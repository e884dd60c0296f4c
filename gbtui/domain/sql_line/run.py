"""Running one statement: read-only, under a deadline, on a connection of its own, cut on the server."""

import time
from typing import TYPE_CHECKING, Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.own_reading import own_reading
from gbtui.database.translate import translate
from gbtui.domain.sql_line.cutting import CHARACTERS, COLUMNS, ROWS, cut, piece
from gbtui.domain.sql_line.result import Answer, Named, Piece, Row, Value
from gbtui.domain.sql_line.wish import Wish
from gbtui.errors import GbtuiError, QueryError, UsageError
from gbtui.redact import redact
from gbtui.text import count, size

if TYPE_CHECKING:
    from asyncpg.prepared_stmt import PreparedStatement

    from gbtui.database.database import Database

    Prepared = PreparedStatement[asyncpg.Record]

SECONDS: Final = 30.0
"""A statement's deadline unless another is set."""
_AT_ONCE: Final = 8
"""Columns of 4,000 characters in a thousand rows are 32 MB; of more columns rows are read in steps."""
_STEP: Final = 50
_MOST: Final = 32_000_000
"""Characters of an answer that are held."""
_ME: Final = "SELECT current_user::text"


class SqlLine:
    """Runs statements on one database. Each method raises the GbtuiError tree, and can be cancelled: the server's
    work ends with it.
    """

    def __init__(self, database: "Database") -> None:
        self.database = database

    async def run(self, wish: Wish, seconds: float = SECONDS) -> Answer:
        """What it answers, at most 1,000 rows of it, of each value at most 4,000 characters."""
        began = time.monotonic()
        async with own_reading(self.database, seconds) as connection:
            user = await connection.fetchval(_ME)
            prepared, columns = await described(connection, wish.text, self.database.facts.user)
            try:
                if wish.rows:
                    rows, more = await self._rows(connection, wish.text, len(columns))
                else:
                    rows, more = self._told(await prepared.fetch())
            except asyncpg.PostgresError as exc:
                raise told(exc, self.database.facts.user) from exc
        return Answer(columns, tuple(rows), more, time.monotonic() - began, str(user))

    async def piece(
        self, wish: Wish, columns: int, row: Row, column: int, start: int, *, seconds: float = SECONDS
    ) -> Piece:
        """More of a value (its column from 0): the statement runs again, and must still answer what it did there."""
        value = row.values[column]
        assert value is not None
        async with own_reading(self.database, seconds) as connection:
            await described(connection, wish.text, self.database.facts.user)
            try:
                found = await connection.fetchrow(piece(wish.text, columns, column + 1), row.number, start)
            except asyncpg.PostgresError as exc:
                raise told(exc, self.database.facts.user) from exc
        if found is None or found[1] is None or self._value(found[1], found[2]) != value:
            raise QueryError("Not read on", "the answer is another one by now", "r runs the statement again")
        cut_off = start + len(found[0]) - 1 < found[2]
        text = redact(found[0], cut=cut_off) if self.database.redact else found[0]
        return Piece(text, start, found[2])

    async def _rows(self, connection: Connection, text: str, columns: int) -> tuple[list[Row], str]:
        more = ""
        if columns <= _AT_ONCE:
            raw = await connection.fetch(cut(text, columns))
        else:
            raw, more = await self._in_steps(connection, cut(text, columns))
        rows = [self._row(number, tuple(record)) for number, record in enumerate(raw[:ROWS])]
        return rows, more or _more(len(raw))

    async def _in_steps(self, connection: Connection, statement: str) -> tuple[list[asyncpg.Record], str]:
        cursor = await connection.cursor(statement)
        raw: list[asyncpg.Record] = []
        held = 0
        while step := await cursor.fetch(_STEP):
            raw += step
            held += sum(len(value) for record in step for value in record if isinstance(value, str))
            if held > _MOST:
                return raw, f"there may be more than these {count(len(raw))} rows: they hold {size(held)}"
        return raw, ""

    def _row(self, number: int, raw: tuple[object, ...]) -> Row:
        pairs = zip(raw[::2], raw[1::2], strict=True)
        return Row(number, tuple(None if text is None else self._value(text, length) for text, length in pairs))

    def _value(self, text: object, length: object) -> Value:
        assert isinstance(text, str)
        assert isinstance(length, int)
        if not self.database.redact:
            return Value(text, length)
        masked = redact(text, cut=length > len(text))
        # The length of what is masked would tell of it.
        return Value(masked, length + len(masked) - len(text))

    def _told(self, raw: list[asyncpg.Record]) -> tuple[list[Row], str]:
        """SHOW and EXPLAIN: the server's own words."""
        rows = [
            Row(
                number,
                tuple(None if each is None else self._value(str(each)[:CHARACTERS], len(str(each))) for each in one),
            )
            for number, one in enumerate(raw[:ROWS])
        ]
        return rows, _more(len(raw))


async def described(connection: Connection, text: str, role: str) -> "tuple[Prepared, tuple[Named, ...]]":
    """Have the server parse it, as exactly one statement; the columns that it has.

    Raises what is wrong with it and where.
    """
    try:
        prepared = await _prepared(connection, text)
    except asyncpg.PostgresError as exc:
        raise told(exc, role, text) from exc
    if prepared.get_parameters():
        raise UsageError("not run", "parameters ($1) have no values here", "write the values")
    columns = tuple(Named(each.name, each.type.name) for each in prepared.get_attributes())
    if len(columns) > COLUMNS:
        raise UsageError("not run", f"its {count(len(columns))} columns are more than {COLUMNS}", "name those you need")
    return prepared, columns


async def _prepared(connection: Connection, text: str) -> "Prepared":
    try:
        return await connection.prepare(text)
    except asyncpg.InternalClientError:
        # The driver knows no anyarray, which pg_stats has columns of.
        await connection.set_builtin_type_codec("anyarray", schema="pg_catalog", codec_name="text", format="text")
        return await connection.prepare(text)


def told(exc: asyncpg.PostgresError, role: str, text: str = "") -> GbtuiError:
    """The server's words, and where in the statement it stumbled; `role`: who lacks the GRANT, if one is missing."""
    error = translate(exc, role=role)
    position = str(getattr(exc, "position", "") or "")
    if not (text and position.isdigit()):
        return error
    return type(error)(error.title, f"{error.message}, at {place(text, int(position))}", error.hint)


def place(text: str, position: int) -> str:
    """A position (from 1) as a person finds it: line and sign where there are several lines, and what stands there."""
    before = text[: position - 1]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    there = " ".join(text[position - 1 : position + 24].split()) or "the end"
    where = f"line {line}, sign {column}" if "\n" in text else f"sign {column}"
    return f"{where}: {there}"


def _more(read: int) -> str:
    return f"there are more than these {count(ROWS)} rows" if read > ROWS else ""
