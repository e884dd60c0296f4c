"""One login as the walls see it: what it may see and do, by which grant, and what breaks the wall. Pure words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gbtui.security.access.roles import BY_NAME

_PREDEFINED: Final = {
    "pg_monitor": "reads the texts of every tenant's statements",
    "pg_read_all_stats": "reads the texts of every tenant's statements",
    "pg_read_all_settings": "",
    "pg_stat_scan_tables": "",
    "pg_read_all_data": "may read every table and column, secrets too; row-level security still hides rows",
    "pg_write_all_data": "may write every table; row-level security still holds",
    "pg_signal_backend": "may cancel and terminate every tenant's backends",
    "pg_read_server_files": "reads the server's files, so all data",
    "pg_write_server_files": "writes the server's files",
    "pg_execute_server_program": "runs programs as the server",
    "pg_maintain": "may lock and rewrite every table",
    "pg_use_reserved_connections": "",
}
_BREAKING: Final = (
    "gb_owner",
    "gb_dba",
    "gb_operator",
    "gb_monitor",
    *(name for name, what in _PREDEFINED.items() if what),
)


@dataclass(frozen=True, slots=True)
class Login:
    """One row of queries/meta/access_login.sql.

    `has`: roles whose rights it has; `becomes`: those it may SET ROLE to.
    """

    login_oid: int
    login: str
    logs_in: bool
    superuser: bool
    bypasses: bool
    creates_roles: bool
    replicates: bool
    has: Sequence[str]
    becomes: Sequence[str]
    granted: Sequence[str]
    owns: int
    owner: str | None
    role: str | None
    bound: bool
    stale: bool
    organizations: Sequence[str]

    @property
    def breaches(self) -> tuple[str, ...]:
        """What would let it see past a wall of organizations, a clause each; superuser alone says all."""
        if self.superuser:
            return ("it is a superuser: no wall holds it",)
        return tuple(self._breaches())

    def _breaches(self) -> Iterator[str]:
        if self.bypasses:
            yield "it has BYPASSRLS: row-level security does not hold it"
        if self.replicates:
            yield "it has REPLICATION: it may copy the whole server"
        if self.owner and self.owner in (self.login, *self.has) and self.owner != "gb_owner":
            yield f"it has the rights of {self.owner}, who owns the tables: row-level security does not hold owners"
        elif self.owns:
            yield f"it owns {self.owns} of the tables: row-level security does not hold owners"
        if self.creates_roles:
            yield "it has CREATEROLE: it may grant itself roles"
        for role in (*self.has, *self.becomes):
            if role in _BREAKING:
                what = _PREDEFINED.get(role) or BY_NAME[role].what
                way = "" if role in self.has else ", by SET ROLE"
                yield f"it is a member of {role}{way}: {what}"

    @property
    def reads(self) -> bool:
        """Whether it reads the platform's tables as a person."""
        return "gb_viewer" in self.has


def sentences(login: Login) -> list[str]:
    """What it may see and do, and why; one sentence a line, what breaks a wall last."""
    return [*_seen(login), *_done(login), *_ways(login), *_warnings(login)]


def _seen(login: Login) -> Iterator[str]:
    if login.superuser:
        yield f"{login.login} sees and does everything on this server: it is a superuser"
    elif "gb_owner" in login.has:
        yield f"{login.login} sees every organization and every column: gb_owner owns the tables, and it has its rights"
    elif not login.reads:
        yield f"{login.login} sees no row of the platform as a person: it lacks gb_viewer"
    elif login.stale and login.bound:
        yield (f"{login.login} sees no organization: it was made anew after it was bound (gbtui access grant "
               f"{login.login} {login.role} --org … binds it again)")  # fmt: skip
    elif login.bound:
        where = ", ".join(login.organizations) or "none: all it was bound to are gone"
        yield f"{login.login} sees these organizations only, without secret columns: {where}"
    else:
        yield f"{login.login} sees every organization, without secret columns: it has gb_viewer and is bound to none"
    if login.bound and login.reads and not login.superuser:
        yield "no mail, preferences or login tokens of people: they belong to no organization"


def _done(login: Login) -> Iterator[str]:
    if login.superuser:
        return
    if "gb_app" in login.has:
        yield "as the platform: reads and writes the rows of the organization that gb.org_id names (gb_app)"
    if "gb_monitor" in login.has:
        yield "reads the server's statistics, every tenant's query texts among them (gb_monitor)"
    if "gb_operator" in login.has:
        yield "ends backends of everybody, makes partitions, vacuums on 17 and later (gb_operator)"
    elif login.reads:
        yield "ends no backends and maintains nothing" + (
            ": both reach every tenant, and it is bound" if login.bound else ": it lacks gb_operator"
        )


def _ways(login: Login) -> Iterator[str]:
    ours = [role for role in login.has if role in BY_NAME]
    if direct := [role for role in ours if role in login.granted]:
        yield f"granted to it: {', '.join(direct)}"
    if inherited := [role for role in ours if role not in login.granted]:
        others = [role for role in login.granted if role not in direct] or direct
        yield f"inherited through {', '.join(others) or 'other roles'}: {', '.join(inherited)}"
    if not login.logs_in:
        yield "it does not log in: what is bound are logins, so nothing here binds its members"


def _warnings(login: Login) -> Iterator[str]:
    if login.bound and not login.superuser:
        yield from (f"BREAKS THE WALL: {breach}" for breach in login.breaches)
    elif not login.superuser:
        yield from (f"also: {breach}" for breach in login.breaches if not breach.startswith("it is a member of gb_"))
