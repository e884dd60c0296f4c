"""Giving a person's login a role, for all organizations or for some, and taking it back; each in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier, statement
from gbtui.errors import UsageError
from gbtui.security.access.login import Login
from gbtui.security.access.roles import BOUND, BOUND_AS, GRANTED
from gbtui.security.audit import Audit
from gbtui.security.deed import Deed

_TABLE: Final = "gb_meta.access_logins"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a login is now, the statements that made it so, and what has to be said about it."""

    login: Login
    sql: tuple[str, ...]
    remarks: tuple[str, ...] = ()


async def read(connection: Connection, name: str) -> Login:
    """A login as it is; UsageError if there is no such role."""
    row = await connection.fetchrow(statement("meta/access_login").text, name)
    if row is None:
        raise UsageError("No such role", name, f"make it first: CREATE ROLE {identifier(name)} LOGIN")
    return Login(**dict(row))


async def all_logins(connection: Connection) -> list[Login]:
    """Every login that has, or could take, one of the roles, or is bound here."""
    names = [row["login"] for row in await connection.fetch(statement("meta/access_logins").text, list(GRANTED))]
    return [await read(connection, name) for name in names]


async def gone(connection: Connection) -> list[str]:
    """Names of logins on record that are gone, or are other logins now."""
    return [row["login"] for row in await connection.fetch(statement("meta/access_gone").text)]


async def grant(
    connection: Connection, audit: Audit, name: str, role: str, organizations: Sequence[str] = ()
) -> Outcome:
    """Give it the role; with organizations it sees these only, and gets of gb_operator what reaches no other tenant."""
    login = await read(connection, name)
    if not login.logs_in:
        raise UsageError("Not a login", f"{name} cannot log in, and what is bound is who logs in")
    if organizations and role not in BOUND:
        raise UsageError("Not for some organizations", f"{role} reaches every tenant", f"bound are {', '.join(BOUND)}")
    ids = await _ids(connection, organizations)
    bound = bool(organizations)
    given = BOUND_AS if bound else role
    steps = [f"GRANT {given} TO {identifier(name)}"]
    if bound:
        steps += [f"REVOKE {one} FROM {identifier(name)}" for one in BOUND if one != BOUND_AS and one in login.granted]
    async with connection.transaction():
        for sql in steps:
            await connection.execute(sql)
        await _bind(connection, login, role, bound=bound, to=ids)
        now = await read(connection, name)
        if bound and now.breaches:
            # Rolled back: a wall with a door in it is worse than none, for it is believed.
            raise UsageError("It would not be bound", "; ".join(now.breaches), f"take that from {name} first")
        await audit.within(connection, _deed("access.granted", login, now))
    remarks = [] if role == given else [
        f"{role} for some organizations is {given} in the database: ending backends and maintenance reach every tenant"
    ]  # fmt: skip
    if login.bound and not bound:
        remarks.append(
            f"{name} was bound to {', '.join(login.organizations) or 'none'}, and now sees every organization"
        )
    return Outcome(now, tuple(steps), tuple(remarks))


async def revoke(connection: Connection, audit: Audit, name: str) -> Outcome:
    """Take all our roles from it. Where it keeps one through another role it stays on record, bound to nothing."""
    login = await read(connection, name)
    steps = [f"REVOKE {role} FROM {identifier(name)}" for role in GRANTED if role in login.granted]
    remarks = []
    async with connection.transaction():
        for sql in steps:
            await connection.execute(sql)
        now = await read(connection, name)
        if now.reads:
            others = ", ".join(role for role in now.granted)
            remarks.append(f"{name} still has gb_viewer through {others}: it stays on record, bound to no organization")
            await _bind(connection, login, "gb_viewer", bound=True, to=())
        else:
            await connection.execute(statement("meta/write/access_unbind").text, login.login_oid, name)
        now = await read(connection, name)
        await audit.within(connection, _deed("access.revoked", login, now))
    return Outcome(now, tuple(steps), tuple(remarks))


async def _bind(connection: Connection, login: Login, role: str, *, bound: bool, to: Sequence[UUID]) -> None:
    await connection.execute(statement("meta/write/access_forget").text, login.login_oid, login.login)
    await connection.execute(
        statement("meta/write/access_bind").text, login.login_oid, login.login, role, bound, list(to)
    )


async def _ids(connection: Connection, wanted: Sequence[str]) -> list[UUID]:
    if not wanted:
        return []
    found = await connection.fetch(statement("meta/access_organizations").text, [word.lower() for word in wanted])
    known = {row["slug"] for row in found} | {str(row["org_id"]) for row in found}
    if missing := [word for word in wanted if word.lower() not in known]:
        raise UsageError("No such organization", ", ".join(missing), "name its slug: gbtui show tenants lists them")
    return [row["org_id"] for row in found]


def _deed(action: str, before: Login, after: Login) -> Deed:
    return Deed(action, _TABLE, after.login, before=_row(before), after=_row(after))


def _row(login: Login) -> dict[str, object]:
    ours = [role for role in login.granted if role in GRANTED]
    return {"roles": ours, "bound": login.bound, "organizations": list(login.organizations)}
