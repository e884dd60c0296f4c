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
    home = Path(tempfile.mkdtemp(prefix=f"gbtui-pg{version}-", dir="/tmp"))
    account = _account(home)
    try:
        _run(account, folder / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8")
        options = " ".join(f"-c {setting}" for setting in ("fsync=off", "listen_addresses=", *settings))
        start = ("-o", f"{options} -k {home}", "-l", home / "log", "-w", "start")
        _run(account, folder / "pg_ctl", "-D", home / "data", *start)
        try:
            yield f"postgresql://postgres@/postgres?host={home}"
        finally:
            _run(account, folder / "pg_ctl", "-D", home / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def _account(home: Path) -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: then the system's own `postgres` account runs it."""
    if os.geteuid() != 0:
        return ()
    user = pwd.getpwnam("postgres")
    os.chown(home, user.pw_uid, user.pw_gid)
    return ("runuser", "-u", "postgres", "--")


def _run(account: tuple[str, ...], *command: str | Path) -> None:
    subprocess.run([*account, *map(str, command)], check=True, cwd="/tmp", stdout=subprocess.DEVNULL, timeout=60)
