"""A new migration's folder, with heads that ask for what a reader will want to know."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gbtui.errors import UsageError
from gbtui.schema.source import Migration

_NAME: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_UP: Final = """\
-- {title}: what it does, in one sentence.
--
-- Why: what needs it.
-- Locks: on which tables, for how long (gbtui migrate plan tells them).
--
-- Marks, each on a line of its own, that keep it from being applied at start-up:
--   "gbtui: destructive" for what loses data, "gbtui: long_running" for what takes minutes.
-- Names are qualified with their schema; no BEGIN, COMMIT or search_path.
"""
_DOWN: Final = """\
-- Takes {title} back: afterwards the schema is as it was before (gbtui migrate verify proves it).
-- SELECT 1; if there is nothing to take back.
"""
# The key is always written: a metadata.toml without it would mean false, and a missing file true.
_METADATA: Final = "run_in_transaction = {value}\n"


def create(source: Path, name: str, known: Sequence[Migration], now: datetime, *, transaction: bool = True) -> Path:
    """Make VERSION_NAME/{up,down}.sql in the source and return the folder.

    The version is `now` in UTC, so that bytewise order is the order of time; it must be newer than all `known`.
    The files hold comments only and are refused until somebody writes a statement into them.
    """
    if not _NAME.fullmatch(name):
        raise UsageError("Not a migration's name", name, "lower case letters, digits and single underscores")
    version = now.astimezone(UTC).strftime("%Y-%m-%d-%H%M%S")
    newest = known[-1].version if known else ""
    if version.replace("-", "").encode() <= newest.encode():
        raise UsageError("Not the newest", f"{version} is not after {newest}", "see to the clock, or wait a second")
    folder = source / f"{version}_{name}"
    folder.mkdir(parents=True)
    title = name.replace("_", " ")
    (folder / "up.sql").write_text(_UP.format(title=title[0].upper() + title[1:]), encoding="utf-8")
    (folder / "down.sql").write_text(_DOWN.format(title=title), encoding="utf-8")
    if not transaction:
        (folder / "metadata.toml").write_text(_METADATA.format(value="false"), encoding="utf-8")
    return folder
