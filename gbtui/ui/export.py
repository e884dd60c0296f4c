"""Writing what is shown to a file: CSV, JSON or Markdown by the file's ending; readable by its owner alone."""

import csv
import dataclasses
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from gbtui.errors import UsageError
from gbtui.times import rfc3339

FORMATS: Final = (".csv", ".json", ".md")


def write(path: Path, rows: Sequence[object]) -> Path:
    """Write rows (dataclasses or mappings) to a new file with mode 0600; returns its full path."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError("export", f"{path.name} ends in none of {', '.join(FORMATS)}")
    return private(path, form([fields(row) for row in rows]))


def private(path: Path, text: str) -> Path:
    """Write a text to a new file with mode 0600; returns its full path."""
    path = path.expanduser().absolute()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError("export", f"{path} is there already; nothing was overwritten") from None
    except OSError as error:
        raise UsageError("export", f"{path}: {error.strerror}") from error
    return path


def fields(row: object) -> dict[str, object]:
    """A row's fields by name, with times, ids and enumerations as text: the contract of `show --json`."""
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        pairs = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    elif isinstance(row, Mapping):
        pairs = {str(name): value for name, value in row.items()}
    else:
        pairs = {"value": row}
    return {name: plain(value) for name, value in pairs.items()}


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    match value:
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Enum():
            return value.name.lower()
        case UUID():
            return str(value)
        case tuple() | list() | set() | frozenset():
            return [plain(item) for item in value]
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case None | bool() | int() | float() | str():
            return value
        case _ if dataclasses.is_dataclass(value):
            return fields(value)
        case _:
            return str(value)


def as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with a head; a text that a spreadsheet would take for a formula gets a quote in front."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def as_json(rows: Sequence[Mapping[str, object]]) -> str:
    """One array of objects."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"


def as_markdown(rows: Sequence[Mapping[str, object]]) -> str:
    """A table."""
    if not rows:
        return "nothing\n"
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


_FORMS: Final[Mapping[str, Callable[[Sequence[Mapping[str, object]]], str]]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".md": as_markdown,
}


def _inert(value: object) -> object:
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ").replace("`", "\\`")
