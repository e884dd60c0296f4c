"""What the login may do with the platform's rows, as the database itself says at connect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.text import clean


@dataclass(frozen=True, slots=True)
class Access:
    """Roles of ours whose rights the login has, and what row-level security does to it.

    `walled`: row-level security holds it. `bound`: it sees only `organizations` (slug by id); with `stale` none,
    because the binding is of an earlier role of its name.
    """

    roles: frozenset[str] = frozenset()
    walled: bool = False
    bound: bool = False
    stale: bool = False
    organizations: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def reads(self) -> bool:
        """Whether rows of the platform are not all hidden from it."""
        return not self.walled or bool(self.roles & {"gb_viewer", "gb_app"})

    @property
    def told(self) -> str:
        """The organizations it is bound to, by name; "none" where there is none."""
        return ", ".join(self.organizations.values()) or "none"


async def read(connection: Connection) -> Access:
    """Ask the database; on one that knows no bindings nothing is bound."""
    row = await connection.fetchrow(statement("meta/access_mine").text)
    assert row is not None
    if not row["may_ask"]:
        return Access(frozenset(row["roles"]), row["walled"])
    mine = await connection.fetchrow(statement("meta/my_access").text)
    assert mine is not None
    names = {org_id: clean(slug) for org_id, slug in zip(mine["org_ids"], mine["slugs"], strict=True)}
    return Access(frozenset(row["roles"]), row["walled"], mine["bound"], mine["stale"], MappingProxyType(names))
