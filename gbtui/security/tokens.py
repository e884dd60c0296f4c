"""Tokens of sessions and logins: 256 random bits, shown once, stored as their SHA-256, revoked and never forgotten.

A fast hash is right here, unlike for passwords: nobody guesses 256 bits. Who reads the table holds no token, so none
is compared here: it is hashed and looked up by the index on the digest.

Everything runs on the connection, and in the transaction, that the caller gives. A connection that is in none commits
each batch of a revocation by itself.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.secret import Secret

BITS: Final = 256
LOGIN_LIFETIME: Final = timedelta(minutes=15)
BATCH: Final = 500
"""Sessions that one statement revokes at most: each row is locked until its transaction ends."""
_LONGEST: Final = 512
"""No token is longer (user_sessions says so of what it stores): whatever somebody sends, no more is hashed."""


class Whose(StrEnum):
    """Whose tokens are revoked: one session's or login's, or all of a user, a bot or an organization."""

    SESSION = "session"
    LOGIN = "login"
    USER = "user"
    BOT = "bot"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Login:
    """A login token just made, to be used once. `token` is shown this once."""

    id: UUID
    user_id: UUID
    expires_at: datetime
    token: Secret


@dataclass(frozen=True, slots=True)
class Holder:
    """The session that a token proves. Without a user it is anonymous."""

    session_id: UUID
    org_id: UUID
    bot_id: UUID
    user_id: UUID | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """How many tokens were valid and are no longer."""

    sessions: int = 0
    logins: int = 0

    def __add__(self, other: "Revoked") -> "Revoked":
        return Revoked(self.sessions + other.sessions, self.logins + other.logins)


def new() -> Secret:
    """A token nobody has had before."""
    return Secret(secrets.token_urlsafe(BITS // 8))


def stored(token: Secret) -> str:
    """What is kept of a token: `sha256:` and the digest in hex. Enough to find it, useless to steal."""
    return "sha256:" + hashlib.sha256(token.reveal().encode(errors="replace")).hexdigest()


async def make_login(connection: Connection, user_id: UUID, lifetime: timedelta = LOGIN_LIFETIME) -> Login | None:
    """A token with which this user may log in once; None: there is no such user, or it is not active."""
    token = new()
    made = await connection.fetchrow(_sql("login_insert"), user_id, stored(token), lifetime)
    return Login(made["id"], user_id, made["expires_at"], token) if made else None


async def use_login(connection: Connection, token: Secret) -> UUID | None:
    """Use a login token up: the user who may log in by it, and only the first time.

    One statement decides, so of any number at once exactly one is let in, if its transaction commits. None: it was
    used, revoked, is too old, never made, or its user is not active.
    """
    if not _plausible(token):
        return None
    user: UUID | None = await connection.fetchval(_sql("login_use"), stored(token))
    return user


async def verify_session(connection: Connection, token: Secret) -> Holder | None:
    """The session that this token proves now; None: revoked, too old, never made, or its user is not active."""
    if not _plausible(token):
        return None
    found = await connection.fetchrow(_sql("session_verify"), stored(token))
    return Holder(**found) if found else None


async def renew_session(connection: Connection, session_id: UUID, lifetime: timedelta) -> Secret | None:
    """Another token for a session that is still valid, in the place of the one before; None: it is not."""
    token = new()
    renewed = await connection.fetchval(_sql("session_renew"), session_id, stored(token), lifetime)
    return token if renewed else None


async def revoke(connection: Connection, whose: Whose, key: UUID, *, batch: int = BATCH) -> Revoked:
    """End what is valid now: of one session or login, or of a user, a bot or an organization.

    The rows stay: a session's token becomes `revoked:` and its id, which no token hashes to, and it expires now; a
    login counts as used. A session made while this runs is revoked, too; one made afterwards is not: who must not
    get in again is deactivated first. Of a bot and an organization only sessions are: logins belong to users.
    """
    done = Revoked()
    if whose in (Whose.USER, Whose.LOGIN):
        logins = await connection.fetch(_sql("login_revoke", whose), key)
        done += Revoked(logins=len(logins))
    if whose is Whose.LOGIN:
        return done
    while True:
        gone = await revoke_sessions(connection, whose, key, batch)
        done += Revoked(sessions=gone)
        if gone < batch:
            return done


async def revoke_sessions(connection: Connection, whose: Whose, key: UUID, limit: int) -> int:
    """One batch of a revocation, for who commits each by itself; fewer than `limit`: that was the last."""
    return len(await connection.fetch(_sql("session_revoke", whose), key, limit))


def _plausible(token: Secret) -> bool:
    return 0 < len(token.reveal()) <= _LONGEST


def _sql(name: str, whose: Whose | None = None) -> str:
    return statement(f"secrets/tokens/{name}", where=(whose,) if whose else ()).text
