"""The embedded server's folder: what lies where, whose it is, and what is refused.

    HOME/
        README              says what this is; a folder with other things and without it is refused
        users.lock          every console holds a shared flock on it while it uses the server
        start.lock          held while one console prepares or starts the server
        guardian.lock       held by the guardian while it lives
        conf/               postgresql.conf, pg_hba.conf, pg_ident.conf: written anew at every start
        data/               PGDATA, 0700
        log/                the server's log, a ring of 24 hourly files
        run/                the socket, 0700 (elsewhere if that path is too long for a socket)

Where the server runs as another user than the console (root), data, log and run are that user's; everything else
stays root's, so root never writes where the unprivileged user could have laid a link.
"""

import contextlib
import hashlib
import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gbtui.demo.account import Account
from gbtui.errors import EmbeddedServerError

# Root's place: data and, where needed, a copy of the programs.
ROOT_HOME: Final = Path("/var/lib/gbtui")
_README: Final = "This folder is gbtui's: the embedded PostgreSQL of its demo. It may be deleted when no gbtui runs.\n"
SOCKET: Final = ".s.PGSQL.5432"
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with the closing zero.
_LONGEST_SOCKET: Final = 103


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths of one embedded server."""

    home: Path
    account: Account

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.home / "data"

    @property
    def draft(self) -> Path:
        """Where initdb works; renamed to `data` when it is complete."""
        return self.home / "data.draft"

    @property
    def conf(self) -> Path:
        """Our three configuration files."""
        return self.home / "conf"

    @property
    def log(self) -> Path:
        """The server's log files."""
        return self.home / "log"

    @property
    def socket(self) -> Path:
        """The folder of the socket: below home, or in a private folder with a short path."""
        near = self.home / "run"
        if _fits(near):
            return near
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
            if base and (short := Path(base) / f"gbtui-{os.geteuid()}-{key}") and _fits(short):
                return short
        raise EmbeddedServerError("No place for the server's socket", f"every path is too long for one: {near}")

    def prepare(self) -> None:
        """Make what is missing. EmbeddedServerError for a folder that cannot serve or is not ours."""
        try:
            self._claim()
            if self.account.switched and (wall := self.account.barred(self.home / "data")):
                raise EmbeddedServerError(
                    "The data folder cannot be used",
                    f"the server runs as user {self.account.name}, who may not enter {wall}",
                    "choose another folder with --data-dir",
                )
            self._own(self.conf, 0o755 if self.account.switched else 0o700, servers=False)
            for folder in (self.log, self.socket):
                self._own(folder, 0o700, servers=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise EmbeddedServerError(
                "The data folder cannot be used",
                f"{error.filename} is not a folder",
                "choose another folder with --data-dir",
            ) from error
        except OSError as error:
            raise EmbeddedServerError(
                "The data folder cannot be used",
                f"{self.home}: {error.strerror}",
                "choose another folder with --data-dir",
            ) from error

    def make_draft(self) -> None:
        """An empty folder for initdb, the server's user's."""
        self._own(self.draft, 0o700, servers=True)

    def _claim(self) -> None:
        """Take an empty folder as ours, or recognize it as ours; refuse any other."""
        for parent in reversed([folder for folder in self.home.parents if not folder.exists()]):
            parent.mkdir()
            parent.chmod(0o755 if self.account.switched else 0o700)  # whatever the umask is
        # The server's user, if another, passes through here; what it may read is below and has modes of its own.
        mode = 0o711 if self.account.switched else 0o700
        self.home.mkdir(mode=mode, exist_ok=True)
        found = self.home.stat()
        if found.st_uid != os.geteuid():
            raise EmbeddedServerError(
                "The data folder belongs to somebody else",
                f"{self.home} is owned by {_name(found.st_uid)}",
                "choose another folder with --data-dir",
            )
        readme = self.home / "README"
        if not (readme.is_file() and readme.read_text("utf-8", "replace").startswith(_README[:30])):
            if any(self.home.iterdir()):
                raise EmbeddedServerError(
                    "The data folder is not gbtui's",
                    f"{self.home} holds other things",
                    "choose an empty folder with --data-dir",
                )
            readme.write_text(_README, "utf-8")
        self.home.chmod(mode)

    def _own(self, folder: Path, mode: int, *, servers: bool) -> None:
        """A folder of ours with exactly this mode and owner, never somebody else's and never a link."""
        uid, gid = (self.account.uid, self.account.gid) if servers else (os.geteuid(), os.getegid())
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        try:
            # By its descriptor: between two looks at the name it could be swapped for a link.
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except (NotADirectoryError, FileNotFoundError):
            raise _foreign(folder, "no folder") from None
        except PermissionError:
            raise _foreign(folder, "closed to us") from None
        try:
            owner = os.fstat(opened).st_uid
            if owner not in (uid, os.geteuid()):
                raise _foreign(folder, f"owned by {_name(owner)}")
            if self.account.switched:
                os.fchown(opened, uid, gid)
            os.fchmod(opened, mode)
        finally:
            os.close(opened)


def _foreign(folder: Path, what: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        "A folder the server needs is not gbtui's",
        f"{folder} is {what}",
        "remove it, or choose another folder with --data-dir",
    )


def default_home(account: Account) -> Path:
    """Where the embedded server lives unless --data-dir says otherwise."""
    if account.switched:
        return ROOT_HOME / "embedded"
    import platformdirs

    return platformdirs.user_data_path("gbtui") / "embedded"


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= _LONGEST_SOCKET


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"
