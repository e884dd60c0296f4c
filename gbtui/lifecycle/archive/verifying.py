"""Whether an archive is whole: each file's bytes, then every row of it, held against the manifest."""

from typing import TYPE_CHECKING

from gbtui.lifecycle.archive.columns import Digest, stored
from gbtui.lifecycle.archive.manifest import ArchiveError, Manifest

if TYPE_CHECKING:
    from gbtui.lifecycle.archive.store import Store


def verify(store: "Store", name: str) -> Manifest:
    """Read all of an archive back, from where it lies; its manifest. ArchiveError says what is wrong."""
    manifest = store.manifest(name)
    verify_files(store, manifest)
    return manifest


def verify_files(store: "Store", manifest: Manifest) -> None:
    """The same for a manifest that is at hand."""
    name = manifest.name
    for file in manifest.files:
        length, sha256 = store.sha256(name, file.file)
        if (length, sha256) != (file.bytes, file.sha256):
            raise ArchiveError(
                "The archive was changed", f"{name}/{file.file}: not the bytes that its manifest names",
                "nothing was done with it; another copy may be whole",
            )  # fmt: skip
        digest = Digest()
        for rows in stored(store, name, file):
            digest.add(rows)
        if (digest.rows, digest.hex) != (file.rows, file.digest):
            raise ArchiveError(
                "The archive was changed", f"{name}/{file.file}: {digest.rows} rows, not those that its manifest names",
                "nothing was done with it; another copy may be whole",
            )  # fmt: skip
