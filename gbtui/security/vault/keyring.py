"""The data keys: by id, wrapped by the master key in gb_meta.vault_keys, unwrapped when a value needs one."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gbtui.errors import Fault, VaultError
from gbtui.security.vault import cipher
from gbtui.security.vault.master import Master
from gbtui.security.vault.texts import NONCE_BYTES, decode, encode


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as the table holds it. `master` is the fingerprint of what wrapped it."""

    key_id: str
    wrapped: str = field(repr=False)
    master: str
    active: bool


def new_id() -> str:
    """An id for a key made today."""
    return f"k{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"


def wrap(key_id: str, key: bytes, master: Master, nonce: bytes | None = None) -> Wrapped:
    """A data key for the table, active. `nonce`: for tests and samples that must come out the same."""
    nonce = nonce or cipher.new_nonce()
    body = cipher.encrypt(master.key, nonce, key, _context(key_id))
    return Wrapped(key_id, encode(nonce + body), master.fingerprint, active=True)


def unwrap(wrapped: Wrapped, master: Master) -> bytes:
    """The data key. VaultError: this is not the master key that wrapped it, or the row was changed."""
    if wrapped.master != master.fingerprint:
        raise VaultError(
            Fault.WRONG,
            "Another master key",
            f"key {wrapped.key_id} was wrapped by {wrapped.master}, and this is {master.fingerprint}",
            "the profile's vault must name the one by that fingerprint",
        )
    try:
        raw = decode(wrapped.wrapped)
    except ValueError:
        raw = b""
    key = cipher.decrypt(master.key, raw[:NONCE_BYTES], raw[NONCE_BYTES:], _context(wrapped.key_id)) if raw else None
    if key is None or len(key) != cipher.KEY_BYTES:
        raise VaultError(
            Fault.DAMAGED,
            "A data key is damaged",
            f"key {wrapped.key_id} in gb_meta.vault_keys was changed after it was wrapped",
            "restore that row from a backup: what it sealed opens by nothing else",
        )
    return key


class Keyring:
    """The data keys of a database. `v1` holds keys of v1 texts by id, as they are."""

    def __init__(self, wrapped: Sequence[Wrapped], master: Master, v1: Mapping[str, bytes] | None = None) -> None:
        self._wrapped = {one.key_id: one for one in wrapped}
        self._master = master
        self._v1 = v1 or {}
        self._plain: dict[str, bytes] = {}
        self.active_id = next((one.key_id for one in wrapped if one.active), "")
        """What new values are sealed by; "" before `init`."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all keys in the table."""
        return tuple(self._wrapped)

    def key(self, key_id: str) -> bytes:
        """A data key by its id; VaultError: there is none, or it cannot be unwrapped."""
        if key_id not in self._plain:
            if key_id not in self._wrapped:
                known = ", ".join(self._wrapped) or "none"
                raise VaultError(
                    Fault.LOST, "The key is lost", f"gb_meta.vault_keys has no key {key_id}", f"there: {known}"
                )
            self._plain[key_id] = unwrap(self._wrapped[key_id], self._master)
        return self._plain[key_id]

    def v1_key(self, key_id: str) -> bytes:
        """A key of v1 texts by its id."""
        if key_id not in self._v1:
            hint = "the profile's vault names a file of them: v1_keys"
            raise VaultError(Fault.LOST, "The key is lost", f"no key {key_id} of v1 is known", hint)
        return self._v1[key_id]


def _context(key_id: str) -> bytes:
    return cipher.bound("gbtui vault 2 key", key_id)
