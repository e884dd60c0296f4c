"""Where SQL, migrations and the stylesheet lie: beside the package in a checkout, inside it in a wheel."""

from importlib.resources import files
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(str(files("gbtui")))
_ROOT: Final = _PACKAGE if (_PACKAGE / "tui.tcss").is_file() else _PACKAGE.parent

STYLESHEET: Final = _ROOT / "tui.tcss"
QUERIES: Final = _ROOT / "queries"


def migrations(source: str = "core") -> Path:
    """The Diesel source folder of one set of migrations."""
    return _ROOT / "migrations" / source
