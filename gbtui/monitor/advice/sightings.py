"""Since when each index is known here: PostgreSQL tells neither when one was made nor when its counters went back."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from platformdirs import user_state_path

NAME: Final = "indexes_seen.json"
_FORGOTTEN: Final = timedelta(days=90)
"""A server not looked at for so long begins anew."""


class Counter(NamedTuple):
    """An index's scans so far."""

    id: int
    name: str
    scans: int


class Sightings:
    """A file of this user's, readable to nobody else: for each database and index since when, and the scans then."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or user_state_path("gbtui") / NAME
        self.error = ""
        """Why it could not be kept: then every index is new."""

    def look(self, database: str, indexes: Iterable[Counter], now: datetime) -> Mapping[int, datetime]:
        """Remember what is there now; since when each has been, with counters that only rose."""
        everything = self._read()
        before = everything.get(database, {}).get("indexes", {})
        after = {str(one.id): _sight(before.get(str(one.id)), one, now) for one in indexes}
        everything[database] = {"looked_at": now.isoformat(), "indexes": after}
        self._write({name: told for name, told in everything.items() if now - _time(told) < _FORGOTTEN})
        return {} if self.error else {int(oid): datetime.fromisoformat(str(seen[1])) for oid, seen in after.items()}

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_bytes())
            return {name: told for name, told in found.items() if isinstance(told, dict)}
        except (OSError, ValueError, AttributeError):
            return {}

    def _write(self, everything: Mapping[str, Any]) -> None:
        self.error = ""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(everything, file, separators=(",", ":"))
            Path(name).replace(self.path)
        except OSError as error:
            self.error = f"{self.path}: {error.strerror}"


def _sight(before: Any, one: Counter, now: datetime) -> list[object]:
    """[name, since, scans]; another name under the same number, or fewer scans than before: it begins anew."""
    match before:
        case [str(name), str(since), int(scans)] if name == one.name and scans <= one.scans:
            return [name, since, one.scans]
        case _:
            return [one.name, now.isoformat(), one.scans]


def _time(told: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(told.get("looked_at")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
