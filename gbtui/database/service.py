"""Service files: named groups of connection parameters, read by libpq's rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gbtui.database.parameters import KNOWN
from gbtui.errors import UsageError

# libpq has one folder compiled in; these are Debian's and Red Hat's, then what a plain build uses.
_SYSTEM_FOLDERS: Final = ("/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/pgsql/etc")


def read(name: str, file: str, environ: Mapping[str, str], home: Path | None) -> tuple[dict[str, str], Path]:
    """The parameters of service `name` and the file that holds it.

    `file` is the servicefile parameter (or PGSERVICEFILE), "" for ~/.pg_service.conf. A service that
    is not there is looked for in the system's pg_service.conf (PGSYSCONFDIR); UsageError if no file has it.
    """
    personal = Path(file) if file else (home / ".pg_service.conf" if home else None)
    folders = [environ["PGSYSCONFDIR"]] if environ.get("PGSYSCONFDIR") else list(_SYSTEM_FOLDERS)
    if file and not Path(file).is_file():
        raise UsageError("Service file not found", file)
    looked = [path for path in (personal, *(Path(folder) / "pg_service.conf" for folder in folders)) if path]
    for path in looked:
        if path.is_file() and (found := _group(path, name)) is not None:
            return found, path
    raise UsageError("Service not found", f"no [{name}] in {' or '.join(map(str, looked))}")


def _group(path: Path, name: str) -> dict[str, str] | None:
    found: dict[str, str] | None = None
    for number, raw in enumerate(_lines(path), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if found is not None:
                break
            if line == f"[{name}]":
                found = {}
        elif found is not None:
            key, equals, value = line.partition("=")
            if line.startswith("ldap"):
                raise UsageError("Service not usable", f"{path}, line {number}: gbtui looks up nothing in LDAP")
            if not equals or key not in KNOWN or key in ("service", "servicefile"):
                raise UsageError("Wrong service file", f"{path}, line {number}: not a parameter that may stand here")
            found.setdefault(key, value)
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError("Service file not readable", f"{path}: {exc}") from None
