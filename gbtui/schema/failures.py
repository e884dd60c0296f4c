"""A failed migration, told with its file, line, column and the server's own words."""

from pathlib import Path

import asyncpg

from gbtui import text
from gbtui.database.sql import statement
from gbtui.database.translate import detail
from gbtui.errors import MigrationError
from gbtui.schema import locks, scan


class FailedMigrationError(MigrationError):
    """The server refused a migration. `line` and `column` count from 1; None where the server gave no place.

    `sqlstate` is the server's five-character code, `server_message` its sentence with DETAIL behind it.
    """

    def __init__(self, file: Path, error: asyncpg.PostgresError, place: tuple[int, int] | None, hint: str) -> None:
        self.file = file
        self.line: int | None = place[0] if place else None
        self.column: int | None = place[1] if place else None
        self.sqlstate = str(error.sqlstate)
        self.server_message = server_message(error)
        where = ":".join(str(part) for part in (file, *(place or ())))
        super().__init__(
            f"Migration {file.parent.name} failed", f"{where}: {self.server_message} [{self.sqlstate}]", hint
        )


def server_message(error: asyncpg.PostgresError) -> str:
    """The server's primary message, DETAIL and CONTEXT joined into one line."""
    parts = [str(error.args[0]) if error.args else str(error)]
    parts += [str(part) for part in (detail(error), getattr(error, "context", None)) if part]
    return "; ".join(" ".join(part.split()) for part in parts)


def place_of(sql: str, error: asyncpg.PostgresError) -> tuple[int, int] | None:
    """Line and column of the server's error position (it counts characters from 1), if it sent one."""
    position = getattr(error, "position", None)
    return scan.line_and_column(sql, int(position) - 1) if position else None


async def locate(connection: asyncpg.Connection, sql: str, error: asyncpg.PostgresError) -> tuple[int, int] | None:
    """The failing statement's place when the server sent no position: run them one by one and undo all of it.

    Whoever calls has rolled back already. A failure that does not come again gives None.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '30s'")
        for piece in scan.statements(sql):
            try:
                await connection.execute(piece.text(sql))
            except asyncpg.PostgresError as again:
                return scan.line_and_column(sql, piece.start) if again.sqlstate == error.sqlstate else None
    finally:
        await transaction.rollback()
    return None


async def holders(connection: asyncpg.Connection, sql: str) -> str:
    """Who stands in the way: sessions with locks on the relations that the text names; empty if none is seen.

    Asked after the wait was given up, so whoever let go in between is missing.
    """
    names = [name for name, _ in locks.by_text(sql)]
    try:
        found = await connection.fetch(statement("meta/lock_holders").text, names)
    except asyncpg.PostgresError:
        return ""  # a name that cannot be read as one; the failure itself is what counts
    told = (
        f"pid {row['pid']} ({text.drawable(row['program'])}, {row['role']}, {row['state'] or 'no state'}, "
        f"its transaction {text.age(row['seconds'])} old) holds {text.drawable(row['relation'])}"
        for row in found
    )
    return "; ".join(told)
