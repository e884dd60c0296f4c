"""A tail's bookmark in a file: written whole or not at all, checked when read. It holds ids and numbers, no texts."""

import json
import os
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gbtui.domain.tail.bookmark import Bookmark, Key, Place
from gbtui.domain.tail.cursor import Cursor
from gbtui.domain.tail.history import History
from gbtui.errors import GbtuiError, UsageError
from gbtui.times import rfc3339

_ENTRY: Final = 24  # bytes of one delivered row in `seen`: transaction and id

_Number = Annotated[int, Field(ge=0, lt=2**64)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Position(_Checked):
    hi: _Number
    pending: list[_Number]
    done: list[_Number]

    def cursor(self) -> Cursor:
        return Cursor(self.hi, frozenset(self.pending), frozenset(self.done))


class _File(_Checked):
    """The file's form, version 1."""

    gbtui_cursor: Literal[1]
    saved_at: AwareDatetime
    database: str
    table: str
    table_oid: int
    organization: UUID | None
    filter: str
    system_identifier: int | None
    timeline: int | None
    run: str
    processes: list[int]
    position: _Position
    begin: _Position
    places: dict[int, UUID]
    floor: _Number
    seen: str
    older: tuple[AwareDatetime, UUID] | None
    again: list[tuple[AwareDatetime, UUID]]


@dataclass(frozen=True, slots=True)
class CursorFile:
    """Where one tail keeps its bookmark, and what that tail is narrowed to."""

    path: Path
    organization: UUID | None
    filter: str

    def read(self) -> Bookmark | None:
        """The bookmark kept here; None while there is none. UsageError if it is of another kind or another filter."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError("The cursor cannot be read", f"{self.path}: {error.strerror}") from error
        if not text:
            return None  # as mktemp makes it
        try:
            file = _File.model_validate_json(text)
            seen = _unpack(file.seen)
        except ValueError as error:
            what = _first(error) if isinstance(error, ValidationError) else str(error)
            raise UsageError(
                "The cursor cannot be read", f"{self.path} is none of gbtui's, or is damaged: {what}"
            ) from error
        self._check(file)
        history = History(file.system_identifier, file.timeline, file.run, frozenset(file.processes))
        return Bookmark(
            place=Place(history, file.database, file.table, file.table_oid),
            cursor=file.position.cursor(),
            begin=file.begin.cursor(),
            places=file.places,
            floor=file.floor,
            seen=seen,
            older=Key(*file.older) if file.older else None,
            again=tuple(Key(*key) for key in file.again),
        )

    def write(self, bookmark: Bookmark) -> None:
        """Replace what is kept here; afterwards it survives a loss of power. GbtuiError if it cannot be kept."""
        path = self.path.resolve()
        try:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # readable to its owner alone
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self._text(bookmark))
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise GbtuiError("The cursor cannot be kept", f"{self.path}: {error.strerror}") from error

    def _check(self, file: _File) -> None:
        """Whether what was followed is what is asked for."""
        hint = "name another file for another tail"
        if file.organization != self.organization:
            theirs = f"organization {file.organization}" if file.organization else "all organizations"
            raise UsageError("The cursor cannot be used here", f"it is about {theirs}", hint)
        if file.filter != self.filter:
            raise UsageError(
                "The cursor cannot be used here", f"its filter is “{file.filter}”, not “{self.filter}”", hint
            )

    def _text(self, bookmark: Bookmark) -> bytes:
        place = bookmark.place
        told = {
            "gbtui_cursor": 1,
            "saved_at": rfc3339(datetime.now(UTC)),
            "database": place.database,
            "table": place.table,
            "table_oid": place.table_oid,
            "organization": str(self.organization) if self.organization else None,
            "filter": self.filter,
            "system_identifier": place.history.system_identifier,
            "timeline": place.history.timeline,
            "run": place.history.run,
            "processes": sorted(place.history.processes),
            "position": _position(bookmark.cursor),
            "begin": _position(bookmark.begin),
            "places": {str(tx): str(row) for tx, row in bookmark.places.items()},
            "floor": bookmark.floor,
            "seen": _pack(bookmark.seen),
            "older": _key(bookmark.older) if bookmark.older else None,
            "again": [_key(key) for key in bookmark.again],
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def _position(cursor: Cursor) -> dict[str, object]:
    return {"hi": cursor.hi, "pending": sorted(cursor.pending), "done": sorted(cursor.done)}


def _key(key: Key) -> tuple[str, str]:
    return rfc3339(key.created_at), str(key.id)


def _pack(seen: Sequence[tuple[int, UUID]]) -> str:
    return b64encode(b"".join(tx.to_bytes(8, "big") + row.bytes for tx, row in seen)).decode()


def _unpack(text: str) -> tuple[tuple[int, UUID], ...]:
    packed = b64decode(text, validate=True)
    if len(packed) % _ENTRY:
        raise ValueError("seen: it ends in the middle of an entry")
    entries = (packed[at : at + _ENTRY] for at in range(0, len(packed), _ENTRY))
    return tuple((int.from_bytes(entry[:8], "big"), UUID(bytes=entry[8:])) for entry in entries)


def _first(error: ValidationError) -> str:
    """The first complaint, in a few words."""
    told = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, told["loc"]))
    return f"{where}: {told['msg']}" if where else told["msg"]
