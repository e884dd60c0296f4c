"""Which keys open the vault of a server: the profile's, or the demo's own."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbtui.config import Config
    from gbtui.security.vault.keyring import Wrapped
    from gbtui.security.vault.master import Master
    from gbtui.security.vault.vault import Vault


def master(config: "Config") -> "Master":
    """The master key; it may take as long as the profile's command does. UsageError, VaultError: there is none."""
    if config.vault is None and config.is_embedded:
        from gbtui.demo.secrets import MASTER

        return MASTER
    from gbtui.security.vault import master as key

    return key.read(config.vault, os.environ)


def vault(config: "Config", wrapped: "Sequence[Wrapped]") -> "Vault":
    """The vault of these data keys. It reads the master key: not for the event loop."""
    from gbtui.security.vault.keyring import Keyring
    from gbtui.security.vault.master import read_v1_keys
    from gbtui.security.vault.vault import Vault

    return Vault(Keyring(wrapped, master(config), read_v1_keys(config.vault)))
