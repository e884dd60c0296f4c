"""Writing what is shown to a file: CSV, JSON or Markdown by the file's ending; readable by its owner alone."""

import csv
import dataclasses
import io
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from gbtui.errors import UsageError
from gbtui.monitor.plain import field, jsonable, plain
from gbtui.text import clean, harmless_json

FORMATS: Final = (".csv", ".json", ".md")
_MARKUP: Final = re.compile(r"[\\`|*_~<>\[\]&]")


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
    """A row's fields by name: the contract of `show --json`."""
    if isinstance(row, Mapping):
        return {str(name): jsonable(value) for name, value in row.items()}
    return plain(row) if dataclasses.is_dataclass(row) else {"value": row}


def as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with a head; a text that a spreadsheet would take for a formula gets a quote in front."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: field(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def as_json(rows: Sequence[Mapping[str, object]]) -> str:
    """One array of objects."""
    return harmless_json(json.dumps(list(rows), ensure_ascii=False, indent=1)) + "\n"


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


def _cell(value: object) -> str:
    """A text as itself: no picture, link or mark-up that somebody wrote into their name comes to life."""
    text = "" if value is None else clean(str(value))
    return _MARKUP.sub(r"\\\g<0>", text)
