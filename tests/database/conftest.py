"""A server over TCP with TLS, passwords and few slots: what the embedded one does not have."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import older

_HBA = """
local     all all              trust
hostssl   all only_tls 127.0.0.1/32 trust
hostnossl all no_tls   127.0.0.1/32 trust
host      all locked   127.0.0.1/32 scram-sha-256
hostnossl all locked_no_tls 127.0.0.1/32 scram-sha-256
host      all postgres 127.0.0.1/32 trust
"""
_ROLES = """
CREATE ROLE only_tls LOGIN; CREATE ROLE no_tls LOGIN; CREATE ROLE stranger LOGIN;
CREATE ROLE locked LOGIN PASSWORD 'right'; CREATE ROLE locked_no_tls LOGIN PASSWORD 'right';
SELECT pg_reload_conf();
"""
# Slots of the server; two of them are for superusers alone.
SLOTS = 8


@dataclass(frozen=True)
class Fifteen:
    """PostgreSQL 15 of the system: its socket folder, its TCP port, and its certificates' folder."""

    folder: Path
    port: int
    certificates: Path

    def dsn(self, rest: str = "", host: str = "localhost", user: str = "postgres") -> str:
        """A keyword DSN over TCP; the name is checked, the address is 127.0.0.1."""
        return f"host={host} hostaddr=127.0.0.1 port={self.port} user={user} dbname=postgres {rest}"

    def socket_dsn(self, user: str = "postgres", rest: str = "") -> str:
        """The same server by its socket."""
        return f"host={self.folder} port={self.port} user={user} dbname=postgres {rest}"


@pytest.fixture(scope="session")
def fifteen() -> Iterator[Fifteen]:
    """A running PostgreSQL 15 with TLS; skipped where the system has none."""
    if older.binaries(15) is None or shutil.which("openssl") is None:
        pytest.skip("needs the system's PostgreSQL 15 and openssl")
    certificates = Path(tempfile.mkdtemp(prefix="gbtui-tls-", dir="/tmp"))
    try:
        make_certificates(certificates)
        port = free_port()
        with older.running(
            15,
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "ssl=on",
            f"ssl_cert_file={certificates}/server.crt",
            f"ssl_key_file={certificates}/server.key",
            f"max_connections={SLOTS}",
            "superuser_reserved_connections=2",
            "autovacuum=off",
        ) as dsn:
            folder = Path(dsn.partition("host=")[2])
            (folder / "data" / "pg_hba.conf").write_text(_HBA)
            command = ["psql", "-X", "-q", "-h", str(folder), "-p", str(port), "-U", "postgres", "-c", _ROLES]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=20)
            yield Fifteen(folder, port, certificates)
    finally:
        shutil.rmtree(certificates)


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_certificates(folder: Path) -> None:
    """An authority, a server certificate for localhost, a stranger's authority, and an open private key."""
    folder.chmod(0o755)
    for name in ("ca", "stranger"):
        _openssl(folder, "req", "-x509", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}")
    (folder / "extensions").write_text("subjectAltName=DNS:localhost\n")
    _openssl(folder, "req", *_KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions")
    _openssl(folder, "x509", "-req", "-in", "server.csr", *signing, "-out", "server.crt", "-days", "2")
    (folder / "server.key").chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(folder / "server.key", "postgres")


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


def _openssl(folder: Path, *arguments: str) -> None:
    if arguments[:2] == ("req", "-newkey"):
        arguments = tuple(each for each in arguments if each not in ("-days", "2"))
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=20)
