"""Users' accounts: made, given a password, a password verified; each deed recorded where it is done."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.errors import QueryError, UsageError
from gbtui.secret import Secret
from gbtui.security import tokens
from gbtui.security.deed import Deed
from gbtui.security.tokens import Revoked, Whose
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit
    from gbtui.security.passwords import Passwords, Verdict

USERS: Final = "public.users"
# The table's own rules, said before the server has to.
_LONGEST_NAME: Final = 200
_LONGEST_EMAIL: Final = 320
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Account:
    """A user, as far as somebody who may not read its password needs to know."""

    id: UUID
    username: str
    active: bool


class Accounts:
    """The accounts of one server. What is wrong with what was asked is a UsageError; nothing is then changed."""

    def __init__(self, database: "Database", audit: "Audit", passwords: "Passwords") -> None:
        self._database = database
        self._audit = audit
        self._passwords = passwords

    async def find(self, who: str) -> Account:
        """The user of this name, address or id. UsageError: there is none, or more than one."""
        if not self._database.facts.has_platform:
            raise UsageError("Not in this schema", "its users are not of gbtui's making")
        found = await self._database.rows(Account, "secrets/accounts/find", _uuid(who), who)
        if not found:
            raise UsageError("No such user", clean(who), "a user is named by its name, its address or its id")
        if len(found) > 1:
            ids = ", ".join(str(one.id) for one in found)
            raise UsageError("More than one user", f"{clean(who)} is one's name and another's address", f"ids: {ids}")
        return found[0]

    async def add(self, username: str, email: str, password: Secret) -> Account:
        """A new user who may log in."""
        _check_name(username, email)
        if not self._database.facts.has_platform:
            raise UsageError("Not in this schema", "its users are not of gbtui's making")
        hashed = await self._passwords.hash(password)
        async with self._deed() as connection:
            made = await connection.fetchval(_sql("insert"), username, email, hashed)
            if made is None:
                raise UsageError("Taken", f"there is a user named {username} or with the address {email}")
            await self._audit.within(connection, Deed("user.added", USERS, str(made), detail={"username": username}))
        return Account(made, username, active=True)

    async def set_password(self, user: Account, password: Secret) -> Revoked:
        """Another password. Whoever is logged in with the one before is logged out: it may be known to others."""
        hashed = await self._passwords.hash(password)
        async with self._deed() as connection:
            _there(await connection.fetchval(_sql("set_hash"), user.id, hashed), user)
            gone = await tokens.revoke(connection, Whose.USER, user.id)
            await self._audit.within(connection, _deed("user.password_set", user, gone))
        return gone

    async def verify(self, user: Account, password: Secret) -> "Verdict":
        """Whether this is the user's password; on record before it is said, for it could be guessing.

        On a connection that may write a hash that is cheaper than the rules is made anew, unless somebody was faster.
        """
        found = await self._database.fetch("secrets/accounts/hash", user.id)
        stored = found[0]["hash"] if found else None
        verdict = await self._passwords.verify(stored, password)
        await self._audit.write(Deed("user.verified", USERS, str(user.id), detail={"matches": verdict.matches}))
        if verdict.rehash and not self._database.read_only:
            hashed = await self._passwords.rehash(password)
            async with self._deed() as connection:
                sql = statement("secrets/accounts/set_hash", where=("unchanged",)).text
                if await connection.fetchval(sql, user.id, hashed, stored):
                    await self._audit.within(connection, Deed("user.rehashed", USERS, str(user.id)))
        return verdict

    @asynccontextmanager
    async def _deed(self) -> AsyncIterator[Connection]:
        """A transaction for a deed and its record."""
        async with self._database.writing() as connection, connection.transaction():
            yield connection


def _deed(action: str, user: Account, gone: Revoked) -> Deed:
    return Deed(action, USERS, str(user.id), detail={"sessions": gone.sessions, "logins": gone.logins})


def _there(found: object, user: Account) -> None:
    if found is None:
        raise QueryError("No such user", f"{user.username} was deleted meanwhile")


def _check_name(username: str, email: str) -> None:
    if not username.strip() or len(username) > _LONGEST_NAME or clean(username) != username:
        raise UsageError("Not a user's name", clean(username), f"1 to {_LONGEST_NAME} characters, none of control")
    if not _EMAIL.fullmatch(email) or len(email) > _LONGEST_EMAIL or clean(email) != email:
        raise UsageError("Not an address", clean(email), "name@domain, without blanks")


def _uuid(who: str) -> UUID | None:
    try:
        return UUID(who)
    except ValueError:
        return None


def _sql(name: str) -> str:
    return statement(f"secrets/accounts/{name}").text
