"""A PostgreSQL to be stopped, crashed, copied and promoted: durable, unlike the tests' shared server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from gbtui.demo import binaries
from gbtui.demo.account import Account, server_account
from gbtui.demo.folder import ROOT_HOME

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_prepared_transactions": "20",
    "max_wal_senders": "4",
    "wal_level": "replica",
    "logging_collector": "off",
    "hot_standby": "on",
}


class Scratch:
    """One server in a folder of its own; all methods block."""

    def __init__(self, home: Path, name: str = "primary", settings: dict[str, str] | None = None) -> None:
        self.home = home / name
        self._account: Account = server_account()
        found, _ = binaries.usable_by(self._account, binaries.find(), ROOT_HOME)
        self._programs = found.bin
        self._settings = {**_SETTINGS, **(settings or {})}

    @property
    def dsn(self) -> str:
        """The superuser's way to the database `postgres`."""
        return self.of("postgres")

    def of(self, database: str) -> str:
        """The superuser's way to another database."""
        return f"postgresql://postgres@/{database}?host={self.home}"

    def program(self, name: str) -> str:
        """The path of one of the server's programs, e.g. pgbench."""
        return str(self._programs / name)

    def create(self) -> None:
        """Make the cluster and start it."""
        self._folder()
        self._run("initdb", "-D", self.home / "data", "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        self._ctl("-o", f"{options} -k {self.home}", "-l", self.home / "log", "start")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Shut the server down; `immediate` is a crash."""
        self._ctl("-m", mode, "stop")

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop and start."""
        self.stop(mode)
        self.start()

    def standby(self, name: str = "standby") -> "Scratch":
        """Make and start a hot standby that replays what this server writes."""
        copy = Scratch(self.home.parent, name, self._settings)
        copy._folder()
        self._run("pg_basebackup", "-D", copy.home / "data", "-R", "-X", "stream", "-c", "fast", "-d", self.dsn)
        copy.start()
        return copy

    def promote(self) -> None:
        """Make a standby a primary, and wait until it is one."""
        self._ctl("promote")

    def save(self) -> None:
        """Keep a copy of the data as it is now, to go back to."""
        self.stop()
        subprocess.run(["cp", "-a", self.home / "data", self.home / "saved"], check=True)
        self.start()

    def go_back(self) -> None:
        """Lose all that was written since `save()`."""
        self.stop("immediate")
        shutil.rmtree(self.home / "data")
        (self.home / "saved").rename(self.home / "data")
        self.start()

    def recreate(self) -> None:
        """Another cluster in this one's place."""
        self.stop("immediate")
        shutil.rmtree(self.home)
        self.create()

    def _folder(self) -> None:
        self.home.mkdir(mode=0o700)
        if self._account.switched:
            os.chown(self.home, self._account.uid, self._account.gid)

    def _ctl(self, *words: str | Path) -> None:
        self._run("pg_ctl", "-D", self.home / "data", "-w", "-s", *words)

    def _run(self, program: str, *words: str | Path) -> None:
        command: Sequence[str] = [self.program(program), *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120, **self._account.spawn())


MEMORY = Path("/dev/shm")


@contextmanager
def scratch(settings: dict[str, str] | None = None, *, gigabytes_of_memory: int = 0) -> Iterator[Scratch]:
    """A started server in /tmp (socket paths must be short); it and its standbys are gone at the end.

    With `gigabytes_of_memory` it lies in memory where there is so much: tens of thousands of files are slow on a disk.
    """
    roomy = gigabytes_of_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > gigabytes_of_memory << 30
    # Not pytest's own folders: as root the server is another user, who may not enter them.
    home = Path(tempfile.mkdtemp(prefix="gbtui-s-", dir=MEMORY if roomy else "/tmp"))
    home.chmod(0o755)
    server = Scratch(home, settings=settings)
    try:
        server.create()
        yield server
    finally:
        for started in sorted(home.glob("*/data/postmaster.pid")):
            name = started.parent.parent.name
            Scratch(home, name).stop("immediate")
        shutil.rmtree(home, ignore_errors=True)
