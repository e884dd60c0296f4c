"""A table worked through page by page, each page a batch of its own; only what was committed counts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from gbtui.database.connection import Connection
from gbtui.lifecycle.batches import Batches

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Page(Generic[P]):
    """What a batch did: rows changed, rows looked at, and the place where the next one begins."""

    changed: int
    looked: int
    next: P


Step: TypeAlias = Callable[[Connection, int, P], Awaitable[Page[P]]]
"""Does one batch of at most so many rows from a place on, in the transaction that is open; perhaps several times."""


async def all_pages(batches: Batches, step: Step[P], place: P) -> int:
    """Do batches until one looks at fewer rows than it might; how many were changed. Raises what Batches.run raises."""
    total = 0
    while True:
        limit, page = batches.size, Page(0, 0, place)

        async def work(connection: Connection) -> int:
            nonlocal limit, page
            limit = batches.size
            page = await step(connection, limit, place)  # noqa: B023 - run within this turn of the loop
            return page.looked

        await batches.run(work)
        total += page.changed
        if page.looked < limit:
            return total
        place = page.next


def affected(status: str) -> int:
    """Rows of a command's status: 12 of "DELETE 12"."""
    return int(status.rsplit(" ", 1)[-1])
