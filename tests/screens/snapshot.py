"""Pictures of screens as text, kept beside the tests. GBTUI_SNAPSHOTS=write makes them anew."""

import os
from difflib import unified_diff
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def check(name: str, picture: str) -> None:
    """Fail with the difference if the picture is not the one kept."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("GBTUI_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(picture + "\n", encoding="utf-8")
        return
    kept = path.read_text(encoding="utf-8") if path.is_file() else ""
    changed = list(unified_diff(kept.splitlines(), picture.splitlines(), "kept", "drawn", lineterm=""))
    assert not changed, f"{name} looks different; GBTUI_SNAPSHOTS=write keeps it:\n" + "\n".join(changed)
