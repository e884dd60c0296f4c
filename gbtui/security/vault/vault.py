"""Seal a value for its place, and open it there."""

from gbtui.errors import Fault, UsageError, VaultError
from gbtui.secret import Secret
from gbtui.security.vault import cipher
from gbtui.security.vault.columns import Place
from gbtui.security.vault.keyring import Keyring
from gbtui.security.vault.texts import ALGORITHM, Sealed, parse


class Vault:
    """Values under the keys of a keyring. Every failure to open is a VaultError that says its fault and no contents."""

    def __init__(self, keys: Keyring) -> None:
        self.keys = keys

    def seal(self, place: Place, value: Secret, nonce: bytes | None = None) -> str:
        """The text to store at this place, under the active key. `nonce`: for samples that must come out the same."""
        key_id = self.keys.active_id
        if not key_id:
            raise UsageError("The vault has no key", "", "gbtui vault init makes the first")
        key, context, nonce = self.keys.key(key_id), _context(key_id, place), nonce or cipher.new_nonce()
        body = cipher.encrypt(key, nonce, value.reveal().encode(), context)
        return str(Sealed(2, key_id, nonce, body, cipher.mark(key, context)))

    def open(self, place: Place, text: str) -> Secret:
        """What was sealed for this place."""
        sealed = parse(text)
        plain = self._open_v1(sealed) if sealed.version == 1 else self._open_v2(sealed, place)
        try:
            return Secret(plain.decode())
        except UnicodeDecodeError:
            raise VaultError(Fault.UNREADABLE, "Not a text", f"{place}: what is sealed is no UTF-8") from None

    def _open_v1(self, sealed: Sealed) -> bytes:
        """v1 binds nothing: a value opens wherever it was moved to, and a wrong key looks like a changed bit."""
        plain = cipher.decrypt(self.keys.v1_key(sealed.key_id), sealed.nonce, sealed.body, None)
        if plain is None:
            raise VaultError(
                Fault.DAMAGED,
                "A value does not open",
                f"key {sealed.key_id} of v1 is another one, or the value was changed",
            )
        return plain

    def _open_v2(self, sealed: Sealed, place: Place) -> bytes:
        key, context = self.keys.key(sealed.key_id), _context(sealed.key_id, place)
        plain = cipher.decrypt(key, sealed.nonce, sealed.body, context)
        is_here = cipher.mark(key, context) == sealed.mark
        if plain is None and not is_here:
            raise VaultError(
                Fault.MOVED, "A value is not where it was sealed", f"{place} holds another row's or column's"
            )
        if plain is None or not is_here:
            raise VaultError(Fault.DAMAGED, "A value is damaged", f"{place} was changed after it was sealed")
        return plain


def _context(key_id: str, place: Place) -> bytes:
    return cipher.bound("gbtui vault 2 value", ALGORITHM, key_id, place.column.table, place.column.name, place.key)
