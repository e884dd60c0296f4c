"""Older PostgreSQL versions, where they are installed: watching must be right there too.

From the system's packages (Debian's 15), or from `make servers` (14, 16 and 17; these lack psql and pg_basebackup).
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from gbtui.demo.account import server_account
from gbtui.demo.binaries import Binaries, usable_by
from gbtui.demo.folder import ROOT_HOME

VERSIONS = (14, 15, 16, 17)
DEBIAN = Path("/usr/lib/postgresql")
MADE = Path(__file__).parents[1] / ".servers" / "node_modules"


@cache
def binaries(version: int) -> Path | None:
    """The folder of that version's programs; None where it is not installed."""
    installed = DEBIAN / str(version) / "bin"
    if (installed / "postgres").exists():
        return installed
    made = MADE / f"postgresql-{version}" / "native"
    if not (made / "bin" / "postgres").exists():
        return None
    # As root the server is another user, who may not reach the checkout.
    found, _ = usable_by(server_account(), Binaries(made / "bin", (made,)), ROOT_HOME / f"postgresql-{version}")
    return found.bin


def left_out() -> str:
    """One sentence on the versions that the tests cannot run on here; "" if there are all."""
    absent = [str(version) for version in VERSIONS if binaries(version) is None]
    brings = "`make servers` brings 14, 16 and 17, the system's package manager 15"
    return f"left out: PostgreSQL {', '.join(absent)} ({brings})" if absent else ""


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

    PostgreSQL refuses to run as root: then an unprivileged account runs it.
    """
    place = Path(tempfile.mkdtemp(prefix=f"gbtui-pg{version}-", dir="/tmp"))
    account: tuple[str, ...] = ()
    if (runs := server_account()).switched:
        os.chown(place, runs.uid, runs.gid)
        account = ("runuser", "-u", runs.name, "--")
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
