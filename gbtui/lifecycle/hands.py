"""What somebody at the console can see of a thing's relations, and do to it; one for a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gbtui.domain.relations.around import Around
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.relations.preview import Effect, Preview, preview
from gbtui.domain.things import Kind, Named, find
from gbtui.lifecycle.acts import Act, Acting
from gbtui.lifecycle.batches import Tell
from gbtui.lifecycle.deleting import Reins, delete
from gbtui.lifecycle.deletion_log import Deletion, deletions
from gbtui.lifecycle.orders import FOLLOWS, order

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit


@dataclass(frozen=True, slots=True)
class Hands:
    """Each method raises the GbtuiError tree."""

    database: "Database"
    audit: "Audit"
    catalog: Catalog = field(init=False)
    around: Around = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "catalog", Catalog(self.database))
        object.__setattr__(self, "around", Around(self.database, self.catalog))

    async def find(self, kind: Kind, text: str) -> Named:
        """The one thing of a kind that a text names."""
        return await find(self.database, kind, text)

    async def preview(self, named: Named) -> Preview:
        """What deleting it would do."""
        return await preview(self.database, self.catalog, named.thing, follows=FOLLOWS.get(named.kind, ()))

    async def delete(self, named: Named, seen: Preview, reins: Reins) -> Mapping[str, int]:
        """Delete it, or go on with that."""
        return await delete(self.database, self.audit, self.catalog, order(named, seen.rows(Effect.DELETED)), reins)

    async def act(self, wish: Act, named: Named, tell: Tell) -> str:
        """Do something to it; what came of it, in a sentence."""
        return await Acting(self.database, self.audit, self.catalog, tell).act(wish, named)

    async def deletions(self, since_seconds: float = 0.0) -> list[Deletion]:
        """Those that have not ended, and those begun lately."""
        return await deletions(self.database, since_seconds)
