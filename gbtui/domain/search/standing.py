"""Which indexes of the search there are, and what one would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbtui.text import duration, size

if TYPE_CHECKING:
    from gbtui.database.database import Database

TABLES: Final = ("message_history", "kb_documents")
_INDEX_SHARE: Final = 0.65
"""Bytes of an index for each byte of text: measured on a million sample messages, whose words are short and few."""
_BYTES_A_SECOND: Final = 2_000_000.0
"""Text that a build reads and sorts in a second: measured on one ordinary core."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an index of a table would take, estimated. None: the table was never analysed, or may not be read."""

    table: str
    entries: int
    text_bytes: int | None

    @property
    def index_bytes(self) -> float | None:
        """Size of the index; about as much is written to the log."""
        return None if self.text_bytes is None else self.text_bytes * _INDEX_SHARE

    @property
    def seconds(self) -> float | None:
        """Time to build it."""
        return None if self.text_bytes is None else self.text_bytes / _BYTES_A_SECOND

    @property
    def told(self) -> str:
        """ "520 MB and 4 m 20 s to build (estimated)"."""
        if self.index_bytes is None or self.seconds is None:
            return "a size that is not known: ANALYZE the table first"
        return f"{size(self.index_bytes)} and {duration(self.seconds * 1000)} to build (estimated)"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A row: a table, its entries and bytes of text (estimated), and the languages for which it has a valid index."""

    table: str
    entries: int
    text_bytes: int | None
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is on a server, by table."""

    tables: Sequence[Indexed]

    def has(self, documents: bool) -> bool:
        """Whether there are messages, or documents, at all."""
        return self._of(documents) is not None

    def languages(self, documents: bool) -> tuple[str, ...]:
        """For which an index of messages, or of documents, is ready."""
        found = self._of(documents)
        return found.languages if found else ()

    def cost(self, documents: bool) -> Cost:
        """Of one more index."""
        found = self._of(documents)
        return Cost(found.table, found.entries, found.text_bytes) if found else Cost(TABLES[documents], 0, 0)

    def _of(self, documents: bool) -> Indexed | None:
        return next((one for one in self.tables if one.table == TABLES[documents]), None)


async def standing(database: "Database") -> Standing:
    """Ask the server."""
    return Standing(await database.rows(Indexed, "general_bots/search_indexes"))
