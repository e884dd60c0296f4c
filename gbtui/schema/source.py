"""Reading a Diesel source folder: `VERSION_NAME/{up,down}.sql` and perhaps `metadata.toml`.

What Diesel accepts and how it reads it is kept to the letter; what it accepts silently but would harm
(two folders of one version, an empty file, COMMIT inside a migration) is refused here before anything runs.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gbtui.errors import MigrationError
from gbtui.schema import rules, scan

MAX_VERSION: Final = 50  # version VARCHAR(50) in Diesel's table
MARKS: Final = frozenset({"destructive", "long_running"})
_MARK_COMMENT: Final = "gbtui:"


@dataclass(frozen=True, slots=True)
class Migration:
    """One folder of a source. `name` is the folder's whole name; `down` is None when there is no down.sql.

    `marks` (destructive, long_running) come from `-- gbtui: …` comments in up.sql or the `[gbtui]` table of
    metadata.toml; `auto` at start-up never runs a marked one. `problems` are reasons to refuse up.sql,
    `down_problems` those to refuse down.sql; `warnings` are worth a line and refuse nothing.
    """

    version: str
    name: str
    path: Path
    up: str
    down: str | None
    in_transaction: bool = True
    marks: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    down_problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def up_file(self) -> Path:
        """The file that builds."""
        return self.path / "up.sql"

    @property
    def down_file(self) -> Path:
        """The file that takes it back, whether or not it exists."""
        return self.path / "down.sql"

    @property
    def up_sha256(self) -> str:
        """Checksum of up.sql as UTF-8, in hexadecimal."""
        return sha256(self.up)

    @property
    def down_sha256(self) -> str | None:
        """Checksum of down.sql, None without one."""
        return None if self.down is None else sha256(self.down)


def sha256(text: str) -> str:
    """Checksum of a text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def version_of(directory: str) -> str:
    """Diesel's rule: the folder's name up to the first underscore, without hyphens."""
    return directory.partition("_")[0].replace("-", "")


def order(versions: Iterable[str]) -> list[str]:
    """Versions in the order Diesel runs them: bytewise, so `6.0.10` comes before `6.0.2`."""
    return sorted(versions, key=str.encode)


def read(source: Path) -> tuple[Migration, ...]:
    """All migrations of the folder in the order they run.

    Raises MigrationError when Diesel would refuse the source as a whole (no such folder, a folder without
    up.sql, a file that is not UTF-8) and for two folders of one version, of which Diesel runs only one.
    """
    found: dict[str, Migration] = {}
    for directory in _directories(source):
        migration = _read_one(directory)
        if twin := found.get(migration.version):
            raise MigrationError(
                "Two migrations have one version",
                f"{twin.name} and {migration.name} are both version {migration.version}",
                "rename one of them; Diesel would run only one and say nothing",
            )
        found[migration.version] = migration
    return tuple(found[version] for version in order(found))


def _directories(source: Path) -> list[Path]:
    """Sub-folders but hidden ones; plain files are ignored, as Diesel does."""
    try:
        entries = sorted(source.iterdir())
    except OSError as error:
        raise MigrationError("No migrations to read", f"{source}: {error.strerror}") from error
    return [e for e in entries if (e.is_symlink() or not e.is_file()) and not e.name.startswith(".")]


def _read_one(directory: Path) -> Migration:
    up = _text(directory / "up.sql")
    if up is None:
        raise MigrationError(
            "Not a migration",
            f"{directory} holds no up.sql",
            "Diesel refuses the whole source for it; add up.sql or move the folder away",
        )
    down = _text(directory / "down.sql")
    metadata, warnings = _metadata(directory / "metadata.toml")
    # Diesel's default for a missing key in an existing file is the opposite of the default for a missing file.
    in_transaction = True if metadata is None else bool(metadata.get("run_in_transaction", False))
    marks, unknown = _marks(up, metadata or {})
    version = version_of(directory.name)
    return Migration(
        version=version,
        name=directory.name,
        path=directory,
        up=up,
        down=down,
        in_transaction=in_transaction,
        marks=marks,
        problems=(*_version_problems(version), *unknown, *rules.problems(up, in_transaction=in_transaction)),
        down_problems=() if down is None else rules.problems(down, in_transaction=in_transaction),
        warnings=warnings,
    )


def _text(file: Path) -> str | None:
    """The file's text, line endings untouched (the checksum and the server see what Diesel sees)."""
    try:
        return file.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise MigrationError("Not UTF-8", f"{file}: byte {error.start + 1} cannot be read as UTF-8") from error
    except OSError as error:
        raise MigrationError("A migration cannot be read", f"{file}: {error.strerror}") from error


def _metadata(file: Path) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """metadata.toml as Diesel sees it: None when missing or not readable as its type, with a warning for the traps."""
    text = _text(file)
    if text is None:
        return None, ()
    try:
        metadata = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, (f"metadata.toml cannot be read ({error}); Diesel ignores it and runs in a transaction",)
    if "run_in_transaction" not in metadata:
        return metadata, ("metadata.toml without run_in_transaction means: no transaction; write the key",)
    if not isinstance(metadata["run_in_transaction"], bool):
        return None, ("run_in_transaction is not true or false; Diesel ignores metadata.toml and uses a transaction",)
    return metadata, ()


def _marks(up: str, metadata: dict[str, Any]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The marks, and a problem for each unknown one: a misspelt `destructive` must not be run by auto."""
    words: list[str] = []
    for comment in scan.comments(up):
        text = comment.text.removeprefix("--").strip()
        if text.startswith(_MARK_COMMENT):
            words += text.removeprefix(_MARK_COMMENT).replace(",", " ").split()
    table = metadata.get("gbtui")
    if isinstance(table, dict):
        words += [key for key, value in table.items() if value is True]
    unknown = tuple(f"unknown mark “{word}” (known: {', '.join(sorted(MARKS))})" for word in words if word not in MARKS)
    return frozenset(words) & MARKS, unknown


def _version_problems(version: str) -> tuple[str, ...]:
    if not version:
        return ("the folder's name has no version before its first underscore",)
    if len(version) > MAX_VERSION:
        return (f"the version has {len(version)} characters; Diesel's table holds {MAX_VERSION}",)
    return ()


def refuse_problems(migrations: Sequence[Migration], *, down: bool = False) -> None:
    """Raise MigrationError for the first of these migrations that must not be run."""
    for migration in migrations:
        problems = migration.down_problems if down else migration.problems
        if problems:
            file = migration.down_file if down else migration.up_file
            raise MigrationError("This migration cannot be run", f"{file}: {'; '.join(problems)}")
