"""A search as it runs: newest first, slice by slice, each under the deadline; what is found is told at once."""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.database.sql import Statement, statement
from gbtui.domain.conversation import BEGINNING, END, Place
from gbtui.domain.search.hits import DocumentHit, H, Hit, Piece, hit, piece
from gbtui.domain.search.masks import masked
from gbtui.domain.search.pace import Pace
from gbtui.domain.search.request import Request
from gbtui.errors import DeadlineError
from gbtui.text import age, count

if TYPE_CHECKING:
    import asyncpg

    from gbtui.database.database import Database

CANDIDATES: Final = 500
"""The newest matches that are ranked against each other: a word in every message must not read them all."""
_PAGE: Final = 200
"""Matches a statement brings at most."""
_REST: Final = 0.5
"""How long a scan rests after a slice, in times of what that took: it never takes a server process for itself."""
# A plan is made for these very words and this slice: one for any would find no index, whose language is a constant.
# And a large table is never read from end to end, whatever the statistics promise.
_PLAN: Final = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off; "
    "SET LOCAL max_parallel_workers_per_gather = 0"
)
_FIRST_SPAN: Final = timedelta(hours=1)
_NIL: Final = UUID(int=0)

Found = Hit | DocumentHit


@dataclass(frozen=True, slots=True)
class Step:
    """How far a search has come after one slice.

    `hits` are new, newest first. `back_to`: all after this time was read; `share` of what is to be read, 0 to 1.
    `read`: messages or documents whose text was read; None where an index finds them. `done`: there is no more.
    """

    hits: Sequence[Found]
    share: float
    back_to: datetime | None = None
    read: int | None = None
    done: bool = False


class Search(ABC):
    """One search. `run()` goes on where the last one ended, until so many more are found or there is no more."""

    def __init__(self, database: "Database", request: Request) -> None:
        self.request = request
        self.found = 0
        self.read: int | None = None if request.indexed else 0
        self.done = False
        self._database = database
        self._nonce = secrets.token_hex(4)

    async def run(self, most: int = CANDIDATES) -> AsyncIterator[Step]:
        """Read on; each slice is a step. Raises the GbtuiError tree; what was told before it holds."""
        wanted = self.found + most
        while not self.done and self.found < wanted:
            began = monotonic()
            try:
                step = await self._step(min(_PAGE, wanted - self.found))
            except DeadlineError:
                if not self._smaller():
                    raise
                continue
            self.found += len(step.hits)
            self.done = step.done
            yield step
            if not self.request.indexed and not self.done:
                await asyncio.sleep(_REST * (monotonic() - began))

    @abstractmethod
    async def _step(self, most: int) -> Step:
        """Read one slice."""

    @abstractmethod
    def _smaller(self) -> bool:
        """Take smaller slices; False if there are none."""

    async def _fetch(self, chosen: Statement, *arguments: object) -> "list[asyncpg.Record]":
        async with self._database.snapshot() as connection:
            await connection.execute(_PLAN)
            return await connection.fetch(chosen.text, *arguments)

    def _hits(self, kind: type[H], rows: "list[asyncpg.Record]") -> list[H]:
        """What may be shown of what was found."""
        return [made for row in rows if (made := self._hit(kind, row)) is not None]

    def _hit(self, kind: type[H], row: "asyncpg.Record") -> H | None:
        told, length = piece(row, self._nonce, self.request.sought), row["length"]
        if self._database.redact:
            shown = masked(
                told.text, told.spans, self.request.figures, self.request.words, name=row.get("name") or "",
                before=told.before, behind=told.behind,
            )  # fmt: skip
            if shown is None:
                return None
            length += len(shown[0]) - len(told.text)
            told = Piece(*shown, told.before, told.behind)
        return self._database.shown(hit(kind, row, told, length))

    def _statement(self, name: str) -> Statement:
        return statement(f"general_bots/{name}", where=self.request.where)

    async def _matches(self, name: str, *place: object) -> "list[asyncpg.Record]":
        """The rows of the statement that looks for words, or of its sister that looks for the text."""
        told = self.request
        if told.holding:
            return await self._fetch(self._statement(f"{name}_holding"), *place, told.text, *told.arguments)
        words = (told.query, told.language, self._nonce)
        return await self._fetch(self._statement(name), *place, *words, *told.arguments)


class MessageSearch(Search):
    """Messages: back in time by spans where an index finds them, else by numbers of messages."""

    def __init__(self, database: "Database", request: Request) -> None:
        super().__init__(database, request)
        self._span = Pace(_FIRST_SPAN.total_seconds(), 1.0, 100 * 366 * 86_400.0)
        self._number = Pace(2_000, 1, 200_000)
        self._place: Place = (request.until, _NIL) if request.until else END
        self._from = min(request.until or datetime.now(UTC), datetime.now(UTC))
        self._oldest: datetime | None = None
        self._slice: tuple[Place, int, bool] | None = None
        """Where the slice ends that is being read, how many it holds, whether it is the last."""

    async def _step(self, most: int) -> Step:
        began = monotonic()
        end, messages, last = self._slice or await self._next()
        self._slice = (end, messages, last)
        rows = await self._matches("search_messages", most, *self._place, *end)
        if len(rows) == most:
            # More of this slice may match: it is gone on with behind the last of these.
            self._place = (rows[-1]["created_at"], rows[-1]["id"])
            last = False
        else:
            self._place, self._slice = end, None
            (self._span if self.request.indexed else self._number).took(monotonic() - began)
            if self.read is not None:
                self.read += messages
        hits = self._hits(Hit, rows)
        back_to = (self.request.since or self._oldest) if last else min(self._place[0], self._from)
        return Step(hits, 1.0 if last or back_to is None else self._share(back_to), back_to, self.read, last)

    async def _next(self) -> tuple[Place, int, bool]:
        """The next slice's end."""
        first = (self.request.since, _NIL) if self.request.since else BEGINNING
        if self.request.indexed:
            return await self._back_by_time(first)
        size = round(self._number.size)
        chosen = self._statement("search_messages_slice")
        found = await self._fetch(chosen, size, *self._place, *first, *self.request.arguments)
        if not found or found[0]["messages"] < size:
            return first, found[0]["messages"] if found else 0, True
        return (found[0]["created_at"], found[0]["id"]), size, False

    async def _back_by_time(self, first: Place) -> tuple[Place, int, bool]:
        oldest = await self._beginning()
        at = min(self._place[0], self._from)
        if at - oldest <= timedelta(seconds=self._span.size):
            return first, 0, True
        return (at - timedelta(seconds=self._span.size), _NIL), 0, False

    async def _beginning(self) -> datetime:
        """The time before which there is nothing to find."""
        if self._oldest is None:
            if self.request.since is not None:
                self._oldest = self.request.since
            else:
                (row,) = await self._fetch(statement("general_bots/search_oldest"))
                self._oldest = row["oldest"] or self._from
        return self._oldest

    def _share(self, back_to: datetime) -> float:
        start = self.request.since or self._oldest
        whole = (self._from - start).total_seconds() if start else 0.0
        return min(1.0, (self._from - back_to).total_seconds() / whole) if whole > 0 else 0.0

    def _smaller(self) -> bool:
        self._slice = None
        return (self._span if self.request.indexed else self._number).gave_up()


class DocumentSearch(Search):
    """Documents, by their ids: with an index at once, else by numbers of documents."""

    def __init__(self, database: "Database", request: Request) -> None:
        super().__init__(database, request)
        self._number = Pace(100, 1, 20_000)
        self._after = ""
        self._whole = request.indexed
        self._slice: tuple[str | None, int] | None = None

    async def _step(self, most: int) -> Step:
        began = monotonic()
        end, documents = self._slice or ((None, 0) if self._whole else await self._next())
        self._slice = (end, documents)
        rows = await self._matches("search_documents", most, self._after, end)
        last = end is None and len(rows) < most
        if len(rows) == most:
            self._after = rows[-1]["id"]
        else:
            self._after, self._slice = end or "", None
            self._number.took(monotonic() - began)
            if self.read is not None:
                self.read += documents
        hits = self._hits(DocumentHit, rows)
        return Step(hits, 1.0 if last else 0.0, None, self.read, last)

    async def _next(self) -> tuple[str | None, int]:
        size = round(self._number.size)
        chosen = self._statement("search_documents_slice")
        found = await self._fetch(chosen, size, self._after, *self.request.arguments)
        if not found or found[0]["documents"] < size:
            return None, found[0]["documents"] if found else 0
        return found[0]["id"], size

    def _smaller(self) -> bool:
        self._slice = None
        if self._whole:
            self._whole = False  # too many for one statement: slice by slice, each with the index
            return True
        return self._number.gave_up()


def search(database: "Database", request: Request) -> Search:
    """The search that a request asks for, not begun."""
    return (DocumentSearch if request.documents else MessageSearch)(database, request)


def ranked(hits: Sequence[Found], now: datetime) -> list[Found]:
    """Best first; of equal ones the newest."""

    def order(one: Any) -> tuple[float, float]:
        at = one.created_at if isinstance(one, Hit) else one.updated_at
        return -one.score(now), -at.timestamp()

    return sorted(hits, key=order)


def progress(search: Search, step: Step, told: str) -> str:
    """ "back to 14:10, 12 h of 24 h, 81,000 messages read, 14 found"; `told` is the time as its reader wants it."""
    parts = [f"back to {told}"] * bool(told)
    since, until = search.request.since, search.request.until or datetime.now(UTC)
    if since is not None and step.back_to is not None and not step.done:
        parts.append(f"{age((until - step.back_to).total_seconds())} of {age((until - since).total_seconds())}")
    if search.read:
        parts.append(f"{count(search.read)} {'documents' if search.request.documents else 'messages'} read")
    return ", ".join([*parts, f"{count(search.found)} found"])
