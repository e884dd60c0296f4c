"""The embedded server's configuration: local only, peer authentication, measured in full, small on disk."""

from collections.abc import Mapping
from typing import Final

from gbtui.demo.binaries import Binaries
from gbtui.demo.folder import Folder

SUPERUSER: Final = "gbtui"
DATABASE: Final = "general_bots"

_FIXED: Final = {
    "listen_addresses": "",  # no network at all
    "port": "5432",
    "unix_socket_permissions": "0700",
    "cluster_name": "gbtui-demo",
    "max_connections": "100",
    "max_prepared_transactions": "10",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "128MB",
    "min_wal_size": "64MB",
    "max_wal_size": "1GB",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # What the console looks at.
    "track_io_timing": "on",
    "track_wal_io_timing": "on",
    "track_functions": "pl",
    "track_activity_query_size": "4096",
    "compute_query_id": "on",
    # A ring of 24 files, each emptied when its hour comes again; the guardian cuts one that grows too long.
    "logging_collector": "on",
    "log_filename": "postgresql-%H.log",
    "log_rotation_age": "1h",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_lock_waits": "on",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "log_checkpoints": "off",
}


def write(folder: Folder, programs: Binaries, major: int, extra: Mapping[str, str]) -> None:
    """Write postgresql.conf, pg_hba.conf and pg_ident.conf for a server of this major version."""
    settings = {
        **_FIXED,
        "data_directory": str(folder.data),
        "hba_file": str(folder.conf / "pg_hba.conf"),
        "ident_file": str(folder.conf / "pg_ident.conf"),
        "unix_socket_directories": str(folder.socket),
        "log_directory": str(folder.log),
        **extra,
    }
    if programs.has_library("pg_stat_statements"):
        settings.setdefault("shared_preload_libraries", "pg_stat_statements")
    _put(folder, "postgresql.conf", "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items()))
    _put(folder, "pg_hba.conf", "local all all peer map=gbtui\nlocal replication all peer map=gbtui\n")
    # The console's own user owns everything here, so it may take any role; before 16 only the superuser can be named.
    role = "all" if major >= 16 else SUPERUSER
    _put(folder, "pg_ident.conf", f"gbtui {_quoted_name(folder.account.console)} {role}\n")


def _put(folder: Folder, name: str, text: str) -> None:
    path = folder.conf / name
    path.write_text(f"# Written by gbtui at every start.\n{text}", "utf-8")
    path.chmod(0o644 if folder.account.switched else 0o600)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
