"""What was put aside, in a file of gbtui's own beside the configuration: by profile or server, readable to its owner.

The configuration itself is written by hand and never by gbtui.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gbtui.errors import UsageError
from gbtui.monitor.finding import Severity
from gbtui.monitor.ignored import Ignored

NAME: Final = "ignored.json"


class IgnoredFile:
    """The entries of one profile (or server); what others write is seen at the next look."""

    def __init__(self, path: Path, server: str) -> None:
        self.path = path
        self.server = server
        self.error = ""
        """Why the file could not be read; then nothing counts as put aside."""
        self._read_of: tuple[int, int] | None = None
        self._entries: tuple[Ignored, ...] = ()

    def entries(self) -> Sequence[Ignored]:
        """Those of this server; the file is read again when it has changed."""
        try:
            found = self.path.stat()
        except OSError:
            self._read_of, self._entries, self.error = None, (), ""
            return ()
        if (found.st_mtime_ns, found.st_ino) != self._read_of:
            self._read_of = (found.st_mtime_ns, found.st_ino)
            try:
                self._entries, self.error = _read(self.path).get(self.server, ()), ""
            except UsageError as error:
                self._entries, self.error = (), str(error)
        return self._entries

    def add(self, entry: Ignored) -> None:
        """Put aside, in place of an entry about the same; what has expired goes.

        UsageError if the file cannot be read or written.
        """
        now = entry.since
        self._change(lambda entries: (*(one for one in entries if one.key != entry.key and one.until > now), entry))

    def remove(self, check: str, subject: str) -> bool:
        """Bring back; False if nothing of that was put aside."""
        before = len(self.entries())
        self._change(lambda entries: tuple(one for one in entries if one.key != (check, subject)))
        return len(self._entries) < before

    def _change(self, change: Callable[[tuple[Ignored, ...]], tuple[Ignored, ...]]) -> None:
        """Read, change and replace the file while no other gbtui does."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self.path):
                servers = _read(self.path) if self.path.exists() else {}
                servers[self.server] = change(servers.get(self.server, ()))
                _write(self.path, servers)
        except OSError as error:
            raise UsageError("Cannot keep what was put aside", f"{self.path}: {error.strerror}") from error
        self._read_of = None
        self.entries()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other gbtui writes. The lock is a file of its own: the other one is replaced."""
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(path: Path) -> dict[str, tuple[Ignored, ...]]:
    """All entries by server; UsageError if the file is none of ours."""
    from pydantic import AwareDatetime, TypeAdapter, ValidationError
    from pydantic.dataclasses import dataclass as checked

    @checked
    class Entry:
        check: str
        subject: str
        until: AwareDatetime
        since: AwareDatetime
        who: str
        why: str
        severity: str
        number: float | None = None

    try:
        found = TypeAdapter(dict[str, list[Entry]]).validate_json(path.read_bytes())
        return {
            server: tuple(
                Ignored(
                    one.check, one.subject, one.until, one.since, one.who, one.why, Severity[one.severity], one.number
                )
                for one in entries
            )
            for server, entries in found.items()
        }
    except (OSError, ValidationError, KeyError) as error:
        what = error.strerror if isinstance(error, OSError) else "not as gbtui writes it"
        raise UsageError("What was put aside cannot be read", f"{path}: {what}", "mend it or take it away") from error


def _write(path: Path, servers: dict[str, tuple[Ignored, ...]]) -> None:
    table = {server: [_plain(one) for one in entries] for server, entries in sorted(servers.items()) if entries}
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # readable to its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(table, file, indent=2, ensure_ascii=False)
            file.write("\n")
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _plain(entry: Ignored) -> dict[str, object]:
    from gbtui.monitor.plain import plain

    return plain(entry)
