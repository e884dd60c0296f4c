"""What a bot knows: collections, their documents, and how far they are indexed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from gbtui.domain.rooms.room import NIL, WHOLE, Room, Whole
from gbtui.domain.subject import Subject
from gbtui.redact import cut_at


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of documents that a bot answers from."""

    LATER: ClassVar = (
        "id", "org_id", "organization", "bot_id", "bot", "description", "running", "last_error", "unindexed", "created",
    )  # fmt: skip
    BOUNDED: ClassVar = ("documents", "unindexed")

    name: str
    documents: int
    """Counted to 1,000."""
    indexed_share: float | None
    """Of its documents; not known of more than 1,000."""
    waiting: int
    """Documents that wait to be indexed, among the first 201 that are not."""
    failed: int
    """Documents that could not be indexed, among these."""
    oldest_wait: datetime | None
    """Since when the one that has waited longest waits."""
    bytes: int | None
    """Texts of its documents, as uploads count them."""
    changed: datetime
    running: int
    last_error: str = field(metadata=cut_at(160))
    """Why the last document could not be indexed."""
    unindexed: int
    """Documents that are not indexed, counted to 1,000."""
    description: str = field(metadata=cut_at(160))
    id: str
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    created: datetime

    @property
    def pending(self) -> bool:
        """Documents wait to be indexed."""
        return self.waiting > 0

    @property
    def failing(self) -> bool:
        """Documents could not be indexed."""
        return self.failed > 0


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a collection; its text is read when it is opened."""

    LATER: ClassVar = ("id", "org_id", "organization", "bot_id", "bot", "collection_id", "collection", "created")

    name: str
    indexed: bool
    job: str
    """Its newest indexing job: waiting, running, done or failed; none where it was not uploaded here."""
    attempts: int | None
    """How often that was tried."""
    error: str = field(metadata=cut_at(160))
    """Why it failed."""
    bytes: int
    changed: datetime
    id: str
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    collection_id: str
    collection: str
    created: datetime

    @property
    def pending(self) -> bool:
        """It waits to be indexed, or is being indexed."""
        return self.job in ("waiting", "running")

    @property
    def failed(self) -> bool:
        """It could not be indexed."""
        return self.job == "failed"


@dataclass(frozen=True, slots=True)
class DocumentWhole:
    """The text of a document and what else is stored with it."""

    content: str = field(metadata=cut_at(WHOLE))
    metadata: str = field(metadata=cut_at(WHOLE))
    embedding_id: str
    cut: bool


def _id(row: Document, _scope: object) -> tuple[Any, ...]:
    return (row.id,)


def _collection(row: Collection) -> Subject:
    return Subject(row.org_id, row.organization, "collection", row.id, row.name, (row.organization, row.bot))


COLLECTIONS: Final = Room(
    "collections", "collections of documents: how many, how far indexed", Collection, ("bot", "tenant"), (NIL, ""),
    lambda row: (row.bot_id, row.name), inner=_collection, table="public.kb_collections",
)  # fmt: skip
DOCUMENTS: Final = Room(
    "documents", "documents: size, whether indexed, why not", Document, ("collection", "bot", "tenant"), ("", ""),
    lambda row: (row.collection_id, row.id), table="public.kb_documents",
    whole=Whole("general_bots/rooms/documents_whole", DocumentWhole, _id, "document.viewed"),
)  # fmt: skip
