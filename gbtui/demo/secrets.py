"""What is secret anywhere else and public in the demo: its people's password, its mail accounts', and the vault's keys.

All of it is made up and stands here for everybody to read, so that what shows a secret can be tried on real hashes and
on values that are truly sealed.
"""

import base64
from typing import Final
from uuid import UUID

from gbtui.secret import Secret
from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
from gbtui.security.vault.keyring import Keyring, Wrapped, wrap
from gbtui.security.vault.master import Master
from gbtui.security.vault.texts import NONCE_BYTES
from gbtui.security.vault.vault import Vault

PASSWORD: Final = "demo password, known to all"
"""Of all its people. One hash for all of them: each of its own would take a third of a second a person."""
HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$Z2J0dWkgZGVtbyBzYWx0Lg$Vcvpo2J1XWZS7hTryNbJxD2fp0Chssu0FjR183NSnk4"
MASTER: Final = Master(b"the demo's key is known to all:-")
_KEY_ID: Final = "demo"
_DATA_KEY: Final = b"and so is the key of its values."


def data_key() -> Wrapped:
    """The demo's data key as its table holds it; the same for every load."""
    return wrap(_KEY_ID, _DATA_KEY, MASTER, nonce=bytes(NONCE_BYTES))


def vault() -> Vault:
    """Seals what the demo's mail accounts hold."""
    return Vault(Keyring([data_key()], MASTER))


def mail_password(vault: Vault, account: UUID, random: bytes) -> str:
    """A made-up password of a mail account, sealed; the same for the same random bytes, of which it needs 22."""
    password = Secret("demo-" + base64.b32encode(random[NONCE_BYTES : NONCE_BYTES + 10]).decode().lower())
    return vault.seal(Place(EMAIL_PASSWORD, str(account)), password, nonce=random[:NONCE_BYTES])
