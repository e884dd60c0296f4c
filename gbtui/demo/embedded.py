"""The embedded server's life: shared by consoles, stopped when the last one is gone.

    with EmbeddedServer() as dsn:
        ...

Every user holds a shared flock on one file; the kernel frees it on any death. A guardian process waits for the
exclusive lock and then stops the server (guardian.py).
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import quote

from gbtui.demo import binaries, settings
from gbtui.demo.account import server_account
from gbtui.demo.cluster import Cluster
from gbtui.demo.folder import ROOT_HOME, Folder, default_home
from gbtui.errors import EmbeddedServerError

_GUARDIAN: Final = Path(__file__).with_name("guardian.py")
_LOCK_DEADLINE: Final = 120.0  # seconds to wait for a console that prepares, or a guardian that stops, the server

Progress = Callable[[str], None]


class EmbeddedServer:
    """A PostgreSQL of our own in one folder. All methods block; call them in a thread from asynchronous code.

    `data_dir` None is the user's data folder. `configuration` overrides server settings when this start is the one
    that launches the server (a running one is taken as it is).
    """

    def __init__(self, data_dir: Path | None = None, *, configuration: Mapping[str, str] | None = None) -> None:
        account = server_account()
        self._folder = Folder((data_dir or default_home(account)).expanduser().absolute(), account)
        self._configuration = dict(configuration or {})
        self._users: int | None = None
        self._cluster: Cluster | None = None

    @property
    def home(self) -> Path:
        """The folder that holds everything of this server."""
        return self._folder.home

    def start(self, progress: Progress | None = None) -> str:
        """The DSN of the demo's database on the running server; prepares and starts what is not there.

        `progress` gets a few words before each step that takes a while. EmbeddedServerError if it cannot be done.
        """
        say = progress or (lambda _step: None)
        found = binaries.find()
        self._folder.prepare()
        starting = _open(self.home / "start.lock")
        try:
            _lock(starting, fcntl.LOCK_EX, "another console prepares the server")
            programs, version = binaries.usable_by(self._folder.account, found, ROOT_HOME)
            self._cluster = cluster = Cluster(self._folder, programs, version)
            users = _open(self.home / "users.lock")
            try:
                _lock(users, fcntl.LOCK_SH, "the server is being stopped")
                socket = self._bring_up(cluster, say)
            except BaseException:
                os.close(users)
                raise
            self._users = users
        finally:
            os.close(starting)
        return f"postgresql://{settings.SUPERUSER}@/{settings.DATABASE}?host={quote(str(socket), safe='/')}"

    def stop(self) -> None:
        """Leave the server. The guardian stops it if nobody else uses it; this does not wait for that."""
        if self._users is None or self._cluster is None:
            return
        try:
            if self.home.exists():
                self._guard(self._cluster)  # should somebody have killed it
        finally:
            os.close(self._users)
            self._users = None

    def wait_stopped(self, timeout: float = 30.0) -> None:
        """Return when no server runs in the folder any more. EmbeddedServerError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (self._folder.data / "postmaster.pid").exists() or self._guarded():
            if time.monotonic() > deadline:
                raise EmbeddedServerError("The embedded server still runs", f"{self.home}, after {timeout:.0f} s")
            time.sleep(0.02)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _bring_up(self, cluster: Cluster, say: Progress) -> Path:
        """The socket's folder of a running, guarded server: adopted if one runs, else started."""
        if not cluster.exists():
            say(f"preparing PostgreSQL {cluster.version} in {self.home}")
            cluster.create()
        for _attempt in range(3):  # one that was found running may be about to end
            if not cluster.running():
                say(f"starting PostgreSQL {cluster.version}")
                settings.write(self._folder, cluster.programs, cluster.major, self._configuration)
                cluster.start()
            self._guard(cluster)
            if ready := cluster.wait_ready():
                return ready
        raise EmbeddedServerError(
            "The embedded server ends as soon as it has started", "three times", f"its log is in {self._folder.log}"
        )

    def _guard(self, cluster: Cluster) -> None:
        """See to it that one guardian lives. It is nobody's child: it detaches itself and outlives every console."""
        users, own = _open(self.home / "users.lock"), _open(self.home / "guardian.lock")
        account = self._folder.account
        fixed = (str(users), str(own), str(account.uid), str(account.gid))
        paths = (cluster.programs.program("pg_ctl"), str(self._folder.data), str(self._folder.log))
        try:
            subprocess.run(
                [sys.executable, "-I", "-S", str(_GUARDIAN), *fixed, *paths],
                pass_fds=(users, own),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                check=True,
                timeout=30,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedServerError("The embedded server has no guardian", str(error)) from error
        finally:
            os.close(users)
            os.close(own)

    def _guarded(self) -> bool:
        own = _open(self.home / "guardian.lock")
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(own)
        return False


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _lock(descriptor: int, kind: int, why: str) -> None:
    deadline = time.monotonic() + _LOCK_DEADLINE
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedServerError("The embedded server is busy", why, "try again in a moment") from None
            time.sleep(0.05)
        else:
            return
