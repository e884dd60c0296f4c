"""The vault of a database: its data keys read, the first one made, another put in its place, all wrapped anew."""

from typing import TYPE_CHECKING, Final

import asyncpg

from gbtui.database.sql import identifier, statement
from gbtui.errors import DeniedError, UsageError
from gbtui.security.deed import Deed
from gbtui.security.vault import cipher
from gbtui.security.vault.keyring import Wrapped, new_id, unwrap, wrap
from gbtui.security.vault.master import Master

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

KEYS: Final = "gb_meta.vault_keys"


class Store:
    """The wrapped data keys of one database. What changes them is recorded in the same transaction."""

    def __init__(self, database: "Database", audit: "Audit") -> None:
        self._database = database
        self._audit = audit

    async def keys(self) -> list[Wrapped]:
        """All of them, the oldest first."""
        if not self._database.facts.has_platform:
            raise UsageError("Not in this schema", "it is not of gbtui's making, and its vault is its own")
        try:
            # Not as a record that may be shown: masks know nothing of keys.
            return [Wrapped(**row) for row in await self._database.fetch("secrets/vault/keys")]
        except DeniedError as error:
            role = identifier(self._database.facts.user)
            hint = f"GRANT USAGE ON SCHEMA gb_meta TO {role}; GRANT SELECT ON {KEYS} TO {role}"
            raise DeniedError(error.title, error.message, hint) from error

    async def init(self, master: Master) -> str:
        """Make the first data key; its id. UsageError: there is one."""
        if there := await self.keys():
            raise UsageError("The vault has a key", there[-1].key_id, "gbtui vault rotate puts another in its place")
        return await self._add(master, None)

    async def rotate(self, master: Master) -> str:
        """Another data key for what is sealed from now on; its id. The ones before go on opening what they sealed."""
        active = await self._active()
        unwrap(active, master)  # else what is sealed from now on would need two masters
        return await self._add(master, active)

    async def rewrap(self, master: Master, other: Master) -> int:
        """Wrap all data keys by another master key; how many. No value is sealed anew: they open as before."""
        old = [one for one in await self.keys() if one.master != other.fingerprint]
        if not old:
            raise UsageError("Nothing to do", "all keys are wrapped by that master key already")
        new = [wrap(one.key_id, unwrap(one, master), other) for one in old]
        async with self._database.writing() as connection, connection.transaction():
            done = await connection.fetch(
                _sql("key_rewrap"), [one.key_id for one in new], [one.wrapped for one in new], other.fingerprint,
                master.fingerprint,
            )  # fmt: skip
            if len(done) != len(new):
                raise UsageError("Somebody else was faster", "the keys were wrapped anew meanwhile; nothing is changed")
            detail = {"keys": len(done), "from": master.fingerprint, "to": other.fingerprint}
            await self._audit.within(connection, Deed("vault.rewrapped", KEYS, detail=detail))
        return len(new)

    async def _active(self) -> Wrapped:
        active = next((one for one in await self.keys() if one.active), None)
        if active is None:
            raise UsageError("The vault has no key", "", "gbtui vault init makes the first")
        return active

    async def _add(self, master: Master, before: Wrapped | None) -> str:
        key_id = new_id()
        made = wrap(key_id, cipher.new_key(), master)
        async with self._database.writing() as connection, connection.transaction():
            faster = UsageError("Somebody else was faster", "the vault has another key meanwhile; nothing is changed")
            if before is not None and await connection.fetchval(_sql("key_retire"), before.key_id) is None:
                raise faster
            try:
                await connection.execute(_sql("key_insert"), made.key_id, made.wrapped, made.master)
            except asyncpg.UniqueViolationError:
                raise faster from None
            action = "vault.rotated" if before else "vault.initialized"
            detail = {"master": master.fingerprint, **({"before": before.key_id} if before else {})}
            await self._audit.within(connection, Deed(action, KEYS, key_id, detail=detail))
        return key_id


def _sql(name: str) -> str:
    return statement(f"secrets/vault/{name}").text
