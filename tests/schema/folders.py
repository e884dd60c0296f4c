"""Writing small migration folders for the tests."""

from pathlib import Path


def write(
    source: Path,
    name: str,
    up: str | bytes | None = "SELECT 1;",
    down: str | None = "SELECT 1;",
    metadata: str | None = None,
) -> Path:
    """One migration folder; None leaves the file out."""
    folder = source / name
    folder.mkdir(parents=True)
    for file, text in (("up.sql", up), ("down.sql", down), ("metadata.toml", metadata)):
        if text is not None:
            (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
