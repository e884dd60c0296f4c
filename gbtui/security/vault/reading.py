"""A column of sealed values, read in pages by key while everybody goes on working with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.errors import Fault, VaultError
from gbtui.security.vault.columns import Column, Place
from gbtui.security.vault.tally import Tally
from gbtui.security.vault.texts import parse
from gbtui.security.vault.vault import Vault

if TYPE_CHECKING:
    from gbtui.database.database import Database

BATCH: Final = 50
"""Rows in one transaction: who wants one of them waits until it ends."""
PAUSE: Final = 0.05
"""Seconds between two pages."""
_NIL: Final = UUID(int=0)
Told = Callable[[Tally], None]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is stored; `key` is its row's."""

    key: str
    value: str = field(repr=False)


async def pages(database: "Database", column: Column, batch: int = BATCH) -> AsyncIterator[list[Value]]:
    """All rows once, in the order of their keys; a new row behind the place that was reached is read, too."""
    last = _NIL
    while page := await read(database, column, "page", batch, last):
        yield page
        if len(page) < batch:
            return
        last = UUID(page[-1].key)


async def read(database: "Database", column: Column, name: str, *arguments: object) -> list[Value]:
    """Rows as they are: neither masked nor cleaned, since a value is written back only over what was read."""
    return [Value(row["key"], row["value"]) for row in await database.fetch(column.statement(name), *arguments)]


async def check(
    database: "Database", vault: Vault, column: Column, *, batch: int = BATCH, pause: float = PAUSE, told: Told
) -> Tally:
    """Open every value and say what does not; nothing is shown, kept or changed."""
    tally = Tally(column)
    async for page in pages(database, column, batch):
        await asyncio.to_thread(_check, vault, tally, page)
        told(tally)
        await asyncio.sleep(pause)
    return tally


def _check(vault: Vault, tally: Tally, page: list[Value]) -> None:
    for one in page:
        tally.read += 1
        try:
            sealed = parse(one.value)
            tally.under(sealed.key_id if sealed.version == 2 else f"v1 {sealed.key_id}")
            vault.open(Place(tally.column, one.key), one.value)
            tally.current += sealed.version == 2 and sealed.key_id == vault.keys.active_id
        except VaultError as error:
            tally.fault(one.key, error)


def is_fatal(error: VaultError) -> bool:
    """Whether no other value will open either: the master key is another one."""
    return error.fault is Fault.WRONG
