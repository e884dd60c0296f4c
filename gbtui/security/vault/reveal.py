"""Reveal one sealed value to one person who has the right to the column, a reason and the key; on record first."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.sql import identifier
from gbtui.errors import AuditError, DeniedError, GbtuiError, UsageError
from gbtui.secret import Secret
from gbtui.security.deed import Deed
from gbtui.security.vault.columns import Column, Place
from gbtui.security.vault.keyring import Wrapped
from gbtui.security.vault.reading import read
from gbtui.security.vault.store import Store
from gbtui.security.vault.texts import key_of
from gbtui.security.vault.vault import Vault
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

SHORTEST_REASON: Final = 8
"""Characters: "x" says nothing to who reads the record."""
LONGEST_REASON: Final = 1000


class Revealer:
    """`open_vault` makes the vault of a database's data keys; it may read a file or run a command, in a thread."""

    def __init__(self, database: "Database", audit: "Audit", open_vault: Callable[[Sequence[Wrapped]], Vault]) -> None:
        self._database = database
        self._audit = audit
        self._open_vault = open_vault

    async def reveal(self, place: Place, reason: str) -> Secret:
        """What is sealed there. It is on record when this returns; where it cannot be, AuditError.

        Also a refusal is recorded: for want of a right (DeniedError), a key (UsageError), or of a value that opens
        (VaultError). Without a reason nothing is asked.
        """
        reason = checked(reason)
        key_id = ""
        try:
            text = await self._sealed(place)
            key_id = key_of(text)
            vault = await asyncio.to_thread(self._open_vault, await Store(self._database, self._audit).keys())
            value = vault.open(place, text)
        except GbtuiError as error:
            with suppress(AuditError):  # it was refused already
                await self._audit.write(_deed("secret.reveal.refused", place, reason, key=key_id, why=str(error)))
            raise
        await self._audit.write(_deed("secret.revealed", place, reason, key=key_id))
        return value

    async def _sealed(self, place: Place) -> str:
        try:
            found = await read(self._database, place.column, "named", [UUID(place.key)])
        except DeniedError as error:
            raise DeniedError(error.title, error.message, grant(place.column, self._database.facts.user)) from error
        if not found:
            raise UsageError("Nothing to reveal", f"{place} is gone")
        return found[0].value


def checked(reason: str) -> str:
    """A reason as the record takes it; UsageError where it is none."""
    told = clean(reason).strip()
    if len(told) < SHORTEST_REASON:
        raise UsageError("A reason is wanted", f"{SHORTEST_REASON} characters at least, for who reads the record")
    return told[:LONGEST_REASON]


def grant(column: Column, role: str) -> str:
    """The right to read that column and no other."""
    schema, _, table = column.table.partition(".")
    where = f"{identifier(schema)}.{identifier(table)}"
    return f"GRANT SELECT (id, {identifier(column.name)}) ON {where} TO {identifier(role)}"


def _deed(action: str, place: Place, reason: str, **detail: str) -> Deed:
    # The names of its fields must not call them secret: what is masked tells nobody which key it was.
    told = {
        "column": place.column.name,
        "sealed_by": detail["key"],
        **({"why": detail["why"]} if "why" in detail else {}),
    }
    return Deed(action, place.column.table, place.key, reason=reason, detail=told)
