"""A real pgbouncer in front of a server."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import until_now

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def bouncer(folder_of_server: Path, server_port: int = 5432, **settings: str) -> Iterator[str]:
    """A pgbouncer with two connections to a server; the DSN of its socket, without user and database."""
    assert PROGRAM is not None
    folder = Path(tempfile.mkdtemp(prefix="gbtui-bouncer-", dir="/tmp"))
    port = _free_port()
    (folder / "users").write_text('"postgres" "it\'s s3cr3t"\n')
    lines = {
        "listen_port": port,
        "listen_addr": "127.0.0.1",
        "unix_socket_dir": folder,
        "auth_type": "trust",
        "auth_file": folder / "users",
        "admin_users": "postgres",
        "pool_mode": "transaction",
        "default_pool_size": 2,
        **settings,
    }
    database = f"[databases]\n* = host={folder_of_server} port={server_port}"
    text = "\n".join([database, "[pgbouncer]", *(f"{name}={value}" for name, value in lines.items())])
    (folder / "pgbouncer.ini").write_text(text)
    account = "postgres" if os.geteuid() == 0 else None  # pgbouncer refuses to run as root
    if account:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, account)
    command = [PROGRAM, "-q", str(folder / "pgbouncer.ini")]
    process = subprocess.Popen(command, cwd="/", user=account, group=account, extra_groups=[] if account else None)
    try:
        until_now(lambda: listens(folder / f".s.PGSQL.{port}"))
        yield f"host={folder} port={port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(folder)


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
