"""Who the embedded server runs as: ourselves, or, as PostgreSQL refuses to run as root, an unprivileged user."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gbtui.errors import EmbeddedServerError

# Users that exist for such work, best first. None is ever created.
_UNPRIVILEGED: Final = ("postgres", "nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user that owns the data and runs the server."""

    name: str
    uid: int
    gid: int
    console: str  # the user who runs the console; peer authentication lets this one in
    switched: bool  # the server runs as somebody else than the console

    def spawn(self) -> dict[str, Any]:
        """Keyword arguments with which subprocess starts a program as this user, from no folder in particular."""
        who: dict[str, Any] = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switched else {}
        return {**who, "cwd": "/", "umask": 0o077}

    def barred(self, path: Path) -> Path | None:
        """The first folder on the way to `path` that this user may not enter (by its mode bits), or None."""
        for folder in reversed(path.absolute().parents):
            found = folder.stat()
            needed = stat.S_IXOTH
            if found.st_uid == self.uid:
                needed = stat.S_IXUSR
            elif found.st_gid == self.gid:
                needed = stat.S_IXGRP
            if not found.st_mode & needed:
                return folder
        return None


def server_account() -> Account:
    """Ourselves; or as root the first unprivileged user that exists. EmbeddedServerError if there is none."""
    try:
        me = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise EmbeddedServerError(
            "The embedded server cannot run",
            f"user id {os.geteuid()} has no name on this machine, and PostgreSQL asks for one",
            "add the user to /etc/passwd, or give a DSN of a server that runs",
        ) from None
    if me.pw_uid != 0:
        return Account(me.pw_name, me.pw_uid, me.pw_gid, console=me.pw_name, switched=False)
    for name in _UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid, console=me.pw_name, switched=True)
    raise EmbeddedServerError(
        "The embedded server cannot run",
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(_UNPRIVILEGED)} exists here",
        "run gbtui as an ordinary user",
    )
