"""Which tenant is looked at: one organization, or everyone."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from gbtui.database.access import Access


@dataclass(frozen=True, slots=True)
class Scope:
    """What every screen and statement is narrowed to.

    `org_id` is None for everyone; `label` is what the breadcrumb shows (an organization's slug, or "").
    The narrowing happens on the server: `where` and `arguments` add the declared `org` variant to a statement.
    `mine`: everyone that a login bound to several organizations sees; row-level security leaves out the others, and
    the declared `mine` variants keep large lists fast.
    """

    org_id: UUID | None
    label: str = ""
    mine: bool = field(default=False, kw_only=True)

    @property
    def where(self) -> tuple[str, ...]:
        """The names of the statement variants this scope chooses."""
        return ("org",) if self.org_id is not None else ("mine",) if self.mine else ()

    @property
    def arguments(self) -> tuple[UUID | str, ...]:
        """The parameters those variants take, in order; a statement has them last."""
        return () if self.org_id is None else (self.org_id,)


EVERYONE: Final = Scope(None)


def home(access: "Access") -> Scope:
    """The widest scope a login has: everyone, the one organization it is bound to, or those it is bound to."""
    if not access.bound:
        return EVERYONE
    if len(access.organizations) == 1:
        ((org_id, slug),) = access.organizations.items()
        return Scope(org_id, slug)
    return Scope(None, access.told, mine=True)
