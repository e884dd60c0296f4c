"""Where archives lie: a folder, or a bucket of any S3-compatible store; both through pyarrow's file systems."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from gbtui.errors import UsageError
from gbtui.lifecycle.archive.manifest import FILE, ArchiveError, Manifest, read

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_ROWS: Final = "rows.parquet"
_PIECE: Final = 1 << 20
_MANIFEST_MOST: Final = 1 << 20
"""Bytes: a manifest is small."""
NEEDED: Final = "pip install 'gbtui[archive]'"


class Store:
    """Archives at one place. Every method blocks, and raises UsageError or ArchiveError."""

    def __init__(self, files: "FileSystem", root: str, where: str, folder: Path | None) -> None:
        self.files, self._root, self.where, self._folder = files, root, where, folder

    def path(self, name: str, file: str) -> str:
        """Of one file, as `files` takes it."""
        return f"{self._root}/{name}/{file}"

    def names(self) -> list[str]:
        """The archives there are, oldest month first as far as their names tell; unfinished ones are none."""
        return sorted(name for name, files in self._held().items() if FILE in files)

    def unfinished(self) -> list[str]:
        """Folders without a manifest: an archive was begun there, and nothing was removed for it."""
        return sorted(name for name, files in self._held().items() if FILE not in files and _ROWS in files)

    def _held(self) -> dict[str, set[str]]:
        """Files by archive."""
        from pyarrow.fs import FileSelector, FileType

        with self._told(""):
            infos = self.files.get_file_info(FileSelector(self._root, recursive=True, allow_not_found=True))
        found: dict[str, set[str]] = {}
        for info in infos:
            if info.type == FileType.File:
                *_, name, file = info.path.rsplit("/", 2)
                found.setdefault(name, set()).add(file)
        return found

    def manifest(self, name: str) -> Manifest:
        """One archive's manifest, checked; its files are not looked at."""
        with self._told(name), self.files.open_input_stream(self.path(name, FILE)) as stream:
            text = stream.read(_MANIFEST_MOST + 1)
        if len(text) > _MANIFEST_MOST:
            raise ArchiveError("Not an archive of gbtui's", f"{name}/{FILE} is larger than a megabyte")
        return read(name, text)

    def sha256(self, name: str, file: str) -> tuple[int, str]:
        """Bytes and SHA-256 of a file, read from where it lies."""
        digest, length = hashlib.sha256(), 0
        with self._told(name), self.files.open_input_stream(self.path(name, file)) as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                length += len(piece)
        return length, digest.hexdigest()

    @contextmanager
    def create(self, name: str, file: str) -> Iterator[Any]:
        """A new file to write into, for its owner's eyes alone where it is a folder."""
        with self._told(name, writing=True):
            if self._folder is None:
                with self.files.open_output_stream(self.path(name, file)) as stream:
                    yield stream
                return
            with _private(self._folder / name / file) as opened:
                yield opened

    def opened(self, name: str, file: str) -> Any:
        """A file to read from, at any place in it."""
        with self._told(name):
            return self.files.open_input_file(self.path(name, file))

    @contextmanager
    def _told(self, name: str, *, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            if writing:
                raise ArchiveError("The archive cannot be made", f"{self.where}: no folder can be made there") from None
            raise UsageError("No such archive", f"{self.where}: {name}", "gbtui archive list names them") from None
        except OSError as error:
            why = " ".join(str(error.strerror or error).split())
            raise ArchiveError("The archive cannot be reached", f"{self.where}: {why[:300]}") from error


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as opened:
        yield opened
        opened.flush()
        os.fsync(opened.fileno())


def store(where: str) -> Store:
    """The store that a word names: a folder, or s3://BUCKET/PREFIX?endpoint_override=HOST:PORT&scheme=http&region=…

    Keys for S3 come from the environment or the machine, as AWS's own tools find them.
    """
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.fs import FileSystem, LocalFileSystem
    except ImportError:
        raise UsageError("Archives need pyarrow", "", NEEDED) from None
    if "://" not in where:
        folder = Path(where).expanduser().absolute()
        return Store(LocalFileSystem(), str(folder), str(folder), folder)
    try:
        files, root = FileSystem.from_uri(where)
    except (ArrowInvalid, OSError, ValueError) as error:
        what = f"{where.partition('?')[0]}: {error}"
        raise UsageError("Which place?", what, "a folder, or s3://BUCKET/PREFIX") from None
    if not root.strip("/"):
        raise UsageError("Which bucket?", where.partition("?")[0], "s3://BUCKET/PREFIX")
    return Store(files, root.rstrip("/"), where.partition("?")[0], None)
