"""The roles of the platform: what each is for, and of which others it is a member. They belong to the whole server."""

from dataclasses import dataclass
from typing import Final

RESERVED: Final = "pg_use_reserved_connections"
"""Since 16: may use the slots that reserved_connections keeps."""


@dataclass(frozen=True, slots=True)
class Role:
    """One of our roles; `of`: the roles whose rights it has as well; `gives`: those of them that it may grant."""

    name: str
    what: str
    of: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


ROLES: Final = (
    Role("gb_owner", "owns the platform's schema; nobody logs in as it"),
    Role("gb_app", "the platform: reads and writes the rows of the organization that gb.org_id names"),
    Role("gb_viewer", "reads without secrets; bound to organizations if gbtui access grant says so", (RESERVED,)),
    Role("gb_monitor", "the server's statistics, with every tenant's query texts", ("pg_monitor",)),
    Role(
        "gb_operator",
        "gb_viewer, and ends backends, makes partitions, vacuums (17+)",
        ("gb_viewer", "pg_signal_backend", RESERVED),
    ),
    Role(
        "gb_dba",
        "everything, and grants the others: member of gb_owner",
        ("gb_owner", "gb_app", "gb_viewer", "gb_operator", "gb_monitor", RESERVED),
        ("gb_app", "gb_viewer", "gb_operator", "gb_monitor"),
    ),
)
BY_NAME: Final = {role.name: role for role in ROLES}
GRANTED: Final = tuple(role.name for role in ROLES if role.name != "gb_owner")
"""What a login can be given."""
BOUND: Final = ("gb_viewer", "gb_operator")
"""What a login can be given for certain organizations only."""
BOUND_AS: Final = "gb_viewer"
"""What such a login is made a member of: the rest of gb_operator reaches every tenant."""


@dataclass(frozen=True, slots=True)
class Membership:
    """`role` granted to `member`; `admin`: who may grant it on."""

    role: str
    member: str
    admin: bool

    def sql(self, version_num: int) -> str:
        """The GRANT; since 16 it says what it means, because else that follows from the member's own attributes."""
        if version_num >= 160000:
            admin = "TRUE" if self.admin else "FALSE"
            return f"GRANT {self.role} TO {self.member} WITH ADMIN {admin}, INHERIT TRUE, SET TRUE"
        return f"GRANT {self.role} TO {self.member}{' WITH ADMIN OPTION' if self.admin else ''}"


def memberships(version_num: int) -> tuple[Membership, ...]:
    """All that a server of this version should have."""
    return tuple(
        Membership(of, role.name, of in role.gives)
        for role in ROLES
        for of in role.of
        if of != RESERVED or version_num >= 160000
    )


def named(text: str) -> str | None:
    """The role that somebody means: gb_viewer, or viewer."""
    name = text if text.startswith("gb_") else f"gb_{text}"
    return name if name in GRANTED else None
