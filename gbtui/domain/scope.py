"""Which tenant is looked at: one organization, or everyone."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """What every screen and statement is narrowed to.

    `org_id` is None for everyone; `label` is what the breadcrumb shows (an organization's slug, or "").
    The narrowing happens on the server: `where` and `arguments` add the declared `org` variant to a statement.
    """

    org_id: UUID | None
    label: str = ""

    @property
    def where(self) -> tuple[str, ...]:
        """The names of the statement variants this scope chooses."""
        return () if self.org_id is None else ("org",)

    @property
    def arguments(self) -> tuple[UUID | str, ...]:
        """The parameters those variants take, in order; a statement has them last."""
        return () if self.org_id is None else (self.org_id,)


EVERYONE: Final = Scope(None)
