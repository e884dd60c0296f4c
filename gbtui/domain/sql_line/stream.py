"""All that a statement answers, to a file, row by row: as long as it lasts and under a size."""

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import asyncpg

from gbtui.database.own_reading import own_reading
from gbtui.domain.sql_line.cutting import whole
from gbtui.domain.sql_line.result import Named
from gbtui.domain.sql_line.run import described, told
from gbtui.domain.sql_line.wish import Wish
from gbtui.errors import UsageError
from gbtui.redact import redact
from gbtui.text import clean, harmless_json

if TYPE_CHECKING:
    from gbtui.database.database import Database

FORMS: Final = (".csv", ".json")
_STEP_BYTES: Final = 1_000_000
"""Asked for at once, going by the rows before; a driver holds a whole step."""
_MOST_ROWS: Final = 1_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a text begins that a spreadsheet computes; as in every other export."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came into the file."""

    path: Path
    rows: int
    bytes: int
    whole: bool
    """Whether that is all; no: the size was reached."""


async def stream(
    database: "Database", wish: Wish, path: Path, *, most: int, seconds: float, progress: Callable[[int, int], None]
) -> Written:
    """Write every row to a new file (0600), in CSV or JSON by its ending; `progress` hears rows and bytes so far.

    `path` is absolute. It ends before the file would be larger than `most` bytes. A file that is there is left as it
    is. Who cancels it leaves the rows so far, in a file that ends with a whole row.
    """
    if path.suffix.lower() not in FORMS:
        raise UsageError("export", f"{path.name} ends in none of {', '.join(FORMS)}")
    if not wish.rows:
        raise UsageError("export", "of SHOW and EXPLAIN there is no file: y copies")
    async with own_reading(database, seconds) as connection:
        _, columns = await described(connection, wish.text, database.facts.user)
        try:
            cursor = await connection.cursor(whole(wish.text, len(columns), most))
        except asyncpg.PostgresError as exc:
            raise told(exc, database.facts.user) from exc
        with _new(path) as file:
            sheet = (_Csv if path.suffix.lower() == ".csv" else _Json)(file, columns)
            try:
                return await _fill(sheet, cursor, path, most, progress, mask=database.redact)
            except asyncpg.PostgresError as exc:
                raise told(exc, database.facts.user) from exc
            finally:
                sheet.end()


async def _fill(
    sheet: "_Sheet", cursor: "asyncpg.cursor.Cursor[asyncpg.Record]", path: Path, most: int,
    progress: Callable[[int, int], None], *, mask: bool,
) -> Written:  # fmt: skip
    rows, wanted = 0, 1
    while step := await cursor.fetch(wanted):
        for record in step:
            if any(value is not None and len(value) > most for value in record):
                return Written(path, rows, sheet.bytes, whole=False)
            values = [redact(value) if mask and value is not None else value for value in record]
            if not sheet.add(values, most):
                return Written(path, rows, sheet.bytes, whole=False)
            rows += 1
        progress(rows, sheet.bytes)
        wanted = max(1, min(_MOST_ROWS, _STEP_BYTES * rows // max(1, sheet.bytes)))
    return Written(path, rows, sheet.bytes, whole=True)


class _Sheet:
    """A file that grows by whole rows."""

    def __init__(self, file: TextIO, columns: Sequence[Named]) -> None:
        self.columns = columns
        self.bytes = 0
        self._file = file
        self._put(self._head())

    def add(self, values: Sequence[str | None], most: int) -> bool:
        """Write a row; False if the file would be too large then."""
        text = self._row(values)
        if self.bytes + len(text.encode()) + len(self._foot()) > most:
            return False
        self._put(text)
        return True

    def end(self) -> None:
        """What closes it."""
        self._put(self._foot())

    def _put(self, text: str) -> None:
        self.bytes += len(text.encode())
        self._file.write(text)

    def _head(self) -> str:
        return ""

    def _row(self, values: Sequence[str | None]) -> str:
        raise NotImplementedError

    def _foot(self) -> str:
        return ""


class _Csv(_Sheet):
    """NULL is nothing between commas, an empty text is two quotes, as PostgreSQL's COPY has it."""

    def _head(self) -> str:
        return self._line([column.name for column in self.columns])

    def _row(self, values: Sequence[str | None]) -> str:
        numbers = [column.is_number for column in self.columns]
        return self._line(
            [value if is_number else _field(value) for value, is_number in zip(values, numbers, strict=True)]
        )

    def _line(self, values: Sequence[str | None]) -> str:
        return ",".join("" if value is None else _quoted(value) for value in values) + "\n"


class _Json(_Sheet):
    """An array of objects; of equal names the second is name_2."""

    def __init__(self, file: TextIO, columns: Sequence[Named]) -> None:
        self._names = unique([column.name for column in columns])
        self._first = True
        super().__init__(file, columns)

    def _head(self) -> str:
        return "["

    def _row(self, values: Sequence[str | None]) -> str:
        before, self._first = "\n" if self._first else ",\n", False
        return before + harmless_json(json.dumps(dict(zip(self._names, values, strict=True)), ensure_ascii=False))

    def _foot(self) -> str:
        return "\n]\n"


def unique(names: Sequence[str]) -> list[str]:
    """Names that tell the columns apart: an empty one is column_N, of equal ones the second is name_2."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        base = name if name and name != "?column?" else f"column_{number}"
        made, times = base, 1
        while made in found:
            times += 1
            made = f"{base}_{times}"
        found.append(made)
    return found


def _field(value: str | None) -> str | None:
    """A text that does nothing in a terminal or a spreadsheet."""
    if value is None:
        return None
    text = clean(value, keep="\n\t")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _quoted(text: str) -> str:
    if not text:
        return '""'
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text])
    return out.getvalue()


def _new(path: Path) -> TextIO:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError("export", f"{path} is there already; nothing was overwritten") from None
    except OSError as error:
        raise UsageError("export", f"{path}: {error.strerror}") from error
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


def bytes_of(text: str) -> int | None:
    """ "100MB", "2 GB", "500 kB": bytes; None if it says none."""
    units = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
    number = text.strip().lower().rstrip("kmgb")
    unit = text.strip().lower()[len(number) :] or "b"
    try:
        found = float(number) * units[unit]
    except (ValueError, KeyError):
        return None
    return int(found) if 0 < found < 1 << 50 else None
