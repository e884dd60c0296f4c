"""Extensions: what is installed in this database, and which of them an upgrade left behind."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of this database."""

    KEY: ClassVar = ("name",)
    LATER: ClassVar = ("statement",)

    name: str
    installed: str
    """The version whose objects are in this database."""
    available: str
    """The version that the server's files would install now; "" where the server has no such files."""
    schema: str
    owner: str
    comment: str
    statement: str
    """What brings it to the version at hand."""

    @property
    def update_waits(self) -> bool:
        """The files have another version than the database: pg_upgrade does not update extensions."""
        return bool(self.available) and self.available != self.installed

    @property
    def missing(self) -> bool:
        """The server has no files of it: its functions fail when they are called."""
        return not self.available


async def _read(database: "Database", _scope: "Scope", _before: Sample[Extension] | None) -> Reading[Extension]:
    return Reading(tuple(await database.rows(Extension, "server/extensions")))


EXTENSIONS = Probe(
    "extensions",
    "extensions: the version installed here against the one at hand",
    Extension,
    600.0,
    _read,
    always=True,
)
