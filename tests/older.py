"""An older PostgreSQL from the system's packages, where there is one: watching must be right there too."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")


def binaries(version: int) -> Path | None:
    """The folder of that version's programs; None where it is not installed."""
    folder = DEBIAN / str(version) / "bin"
    return folder if (folder / "postgres").exists() else None


@contextmanager
def running(version: int, *settings: str) -> Iterator[str]:
    """A throw-away server of that version; the DSN of its `postgres` database, superuser `postgres`."""
    folder = binaries(version)
    assert folder is not None
    with home(version) as (place, account):
        run(account, folder / "initdb", "-D", place / "data", "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8")
        with started(folder, place, account, "fsync=off", "listen_addresses=", *settings):
            yield f"postgresql://postgres@/postgres?host={place}"


@contextmanager
def home(version: int) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A folder of the account that runs the server, and the words that make a command run as it.

    PostgreSQL refuses to run as root: then the system's own `postgres` account runs it.
    """
    place = Path(tempfile.mkdtemp(prefix=f"gbtui-pg{version}-", dir="/tmp"))
    account: tuple[str, ...] = ()
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(place, user.pw_uid, user.pw_gid)
        account = ("runuser", "-u", "postgres", "--")
    try:
        yield place, account
    finally:
        shutil.rmtree(place)


@contextmanager
def started(folder: Path, place: Path, account: tuple[str, ...], *settings: str) -> Iterator[None]:
    """The server of `place`/data, running; its socket lies in `place`."""
    options = " ".join(f"-c {setting}" for setting in settings)
    start = ("-o", f"{options} -k {place}", "-l", place / "log", "-w", "start")
    run(account, folder / "pg_ctl", "-D", place / "data", *start)
    try:
        yield
    finally:
        run(account, folder / "pg_ctl", "-D", place / "data", "-m", "immediate", "-w", "stop")


def run(account: tuple[str, ...], *command: str | Path) -> None:
    """One of the server's programs, to its end."""
    subprocess.run([*account, *map(str, command)], check=True, cwd="/tmp", stdout=subprocess.DEVNULL, timeout=60)
