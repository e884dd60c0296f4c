"""A snapshot of everything that makes a schema, and the difference of two: what a round trip is proved with.

Names are compared, never numbers (oid, attnum): they differ between two equal schemas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from gbtui.database.sql import names, statement

AREA: Final = "catalog"

Snapshot = Mapping[tuple[str, str], str]
"""(kind, name) -> definition; kinds are the files of queries/catalog/."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `before` None where the object is new, `after` None where it is gone."""

    kind: str
    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        kind = self.kind.replace("_", " ")
        if self.before is None:
            return f"{kind}: {self.name} appeared"
        if self.after is None:
            return f"{kind}: {self.name} is gone"
        return f"{kind}: {self.name} was {_differing(self.before, self.after)}"


async def snapshot(connection: asyncpg.Connection) -> Snapshot:
    """Every object but the server's own, those of extensions, and Diesel's table; one consistent view."""
    found: dict[tuple[str, str], str] = {}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # Definitions then name every schema but pg_catalog, whoever asks.
        await connection.execute("SET LOCAL search_path = pg_catalog")
        for name in names(AREA):
            kind = name.removeprefix(f"{AREA}/")
            for row in await connection.fetch(statement(name).text):
                found[kind, row["name"]] = row["definition"] or ""
    return found


def compare(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """What differs, in order of kind and name; empty for two equal schemas."""
    return tuple(
        Change(kind, name, before.get((kind, name)), after.get((kind, name)))
        for kind, name in sorted({*before, *after})
        if before.get((kind, name)) != after.get((kind, name))
    )


def _differing(before: str, after: str) -> str:
    """The words around the first difference of both, short enough for a line."""
    shorter = min(len(before), len(after))
    same = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), shorter)
    start = max(0, before.rfind(" ", 0, max(0, same - 20)))
    return f"…{before[start : start + 60].strip()}… and is …{after[start : start + 60].strip()}…"
