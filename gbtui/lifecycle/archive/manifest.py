"""What an archive says of itself: which rows, of when, made from what; by which it is checked before it is trusted."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gbtui.errors import GbtuiError

FORMAT: Final = 1
FILE: Final = "manifest.json"
_SHA256: Final = r"^[0-9a-f]{64}$"
_FILE: Final = r"^[a-z][a-z0-9-]{0,40}\.parquet$"
_NAME: Final = r"^[a-z0-9][a-z0-9_.-]{0,199}$"

Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Column(_Strict):
    """A column as the server has it."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    type: Annotated[str, Field(min_length=1, max_length=200)]


class Rows(_Strict):
    """One file of rows of one table."""

    table: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    file: Annotated[str, Field(pattern=_FILE)]
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    rows: Count
    bytes: Count
    sha256: Annotated[str, Field(pattern=_SHA256)]
    """Of the file."""
    digest: Annotated[str, Field(pattern=_SHA256)]
    """Of the rows in their order, whatever the file: see `digest.py`."""


class Manifest(_Strict):
    """The whole of an archive."""

    format: Literal[1]
    name: Annotated[str, Field(pattern=_NAME)]
    kind: Literal["messages", "clicks", "audit"]
    org_id: UUID | None
    """None: of all tenants."""
    organization: str
    partition: str
    since: str
    """What was asked for: from this time on ("-infinity": from the beginning) …"""
    until: str
    """… to before this one."""
    oldest: AwareDatetime | None
    newest: AwareDatetime | None
    data: Rows
    sessions: Rows | None
    """The sessions that the rows belong to, without their tokens: they may be gone when the rows come back."""
    left_out: tuple[str, ...]
    """Columns that mean nothing elsewhere."""
    schema_version: str
    """The last migration that was applied."""
    server_version: str
    database: str
    system_identifier: int | None
    tool_version: str
    made_at: AwareDatetime
    made_by: str

    @property
    def files(self) -> tuple[Rows, ...]:
        """All of its files."""
        return (self.data,) if self.sessions is None else (self.data, self.sessions)

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(one.bytes for one in self.files)


class ArchiveError(GbtuiError):
    """An archive cannot be used: it is not whole, was changed, or is of another format."""


def read(name: str, text: bytes) -> Manifest:
    """Check and read a manifest; ArchiveError says what is wrong with it."""
    try:
        found = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise ArchiveError("Not an archive of gbtui's", f"{name}/{FILE}: {what}") from None
    if found.name != name:
        raise ArchiveError("Not this archive", f"{name}/{FILE} is the manifest of {found.name}")
    return found


__all__ = ["FILE", "FORMAT", "ArchiveError", "Column", "Manifest", "Rows", "read"]
