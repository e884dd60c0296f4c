"""The statements that were run, in a file of this user's, 0600: the newest 200. None that may hold a secret.

A statement that names a password, a token, a hash, a key or a DSN is not written, nor one in which a mask would hide
something (an address, a telephone or card number): who typed it has it in memory until the console closes.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Final

from platformdirs import user_state_path

from gbtui.domain.sql_line.wish import Wish
from gbtui.redact import redact

NAME: Final = "sql_history.json"
KEPT: Final = 200
_LONGEST: Final = 10_000


class History:
    """The file; what cannot be read or written is no history, and hinders nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or user_state_path("gbtui") / NAME

    def statements(self) -> list[str]:
        """The oldest first."""
        try:
            found = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return []
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def add(self, wish: Wish) -> bool:
        """Keep it as the newest; False where it is not to be written, or cannot be."""
        if wish.secret or redact(wish.text) != wish.text or len(wish.text) > _LONGEST:
            return False
        kept = [one for one in self.statements() if one != wish.text][-(KEPT - 1) :]
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump([*kept, wish.text], file, ensure_ascii=False)
            Path(name).replace(self.path)
        except OSError:
            return False
        return True
