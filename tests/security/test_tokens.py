"""Tokens open once, only in their time, only what is theirs; a revoked one opens nothing and its row stays."""

import asyncio
import hashlib
import re
import traceback
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from gbtui.domain.sessions import NewSession, create_session
from gbtui.secret import Secret
from gbtui.security import tokens
from gbtui.security.tokens import Login, Revoked, Whose
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place
from tests.waiting import until

AT_ONCE = 50
NOBODY = uuid4()


@pytest.fixture
async def db(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def acme(db: Connection) -> Place:
    return await place(db)


async def login(db: Connection, user: UUID) -> Login:
    made = await tokens.make_login(db, user)
    assert made is not None
    return made


async def session(db: Connection, at: Place, user: UUID | None = None) -> NewSession:
    return await create_session(db, at.bot_id, user, greeting="Hello!")


async def _waiting(db: Connection) -> bool:
    waiting: int = await db.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return waiting == AT_ONCE


async def opens(db: Connection, *made: NewSession) -> list[bool]:
    return [await tokens.verify_session(db, one.token) is not None for one in made]


def test_a_token_is_256_random_bits_that_say_nothing_of_what_is_stored() -> None:
    made = {tokens.new().reveal() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in made)  # 43 x 6 bits >= 256
    token = made.pop()
    assert tokens.stored(Secret(token)) == "sha256:" + hashlib.sha256(token.encode()).hexdigest()
    assert token not in f"{Secret(token)!r} {Secret(token)} {Login(NOBODY, NOBODY, None, Secret(token))}"  # type: ignore[arg-type]


async def test_what_the_tables_hold_opens_nothing(db: Connection, acme: Place) -> None:
    made, once = await session(db, acme, acme.user_id), await login(db, acme.user_id)
    held = await db.fetchval("SELECT session_token FROM user_sessions WHERE id = $1", made.id)
    kept = await db.fetchval("SELECT token FROM user_login_tokens")
    assert (held, kept) == (tokens.stored(made.token), tokens.stored(once.token))
    assert await tokens.verify_session(db, Secret(held)) is None
    assert await tokens.use_login(db, Secret(kept)) is None
    assert await tokens.use_login(db, once.token) == acme.user_id


async def test_a_session_is_proved_until_it_expires(db: Connection, acme: Place) -> None:
    made = await session(db, acme, acme.user_id)
    holder = await tokens.verify_session(db, made.token)
    assert holder == tokens.Holder(made.id, acme.org_id, acme.bot_id, acme.user_id, made.expires_at)
    anonymous = await session(db, acme)
    assert await opens(db, anonymous) == [True]
    await db.execute("UPDATE user_sessions SET expires_at = now()")
    assert await opens(db, made, anonymous) == [False, False]


async def test_whatever_somebody_sends_is_only_no_token(db: Connection) -> None:
    for text in ("", "x", "é" * 200, "\0", "\ud800", "x" * 1_000_000, "' OR true --"):
        assert await tokens.verify_session(db, Secret(text)) is None
        assert await tokens.use_login(db, Secret(text)) is None


async def test_a_login_is_used_once_in_its_time(db: Connection, acme: Place) -> None:
    one, late = await login(db, acme.user_id), await login(db, acme.user_id)
    assert [await tokens.use_login(db, one.token) for _ in range(3)] == [acme.user_id, None, None]
    await db.execute("UPDATE user_login_tokens SET expires_at = now() WHERE id = $1", late.id)
    assert await tokens.use_login(db, late.token) is None
    assert await tokens.make_login(db, NOBODY) is None


async def test_a_login_that_expires_under_an_open_transaction_is_too_late(db: Connection, acme: Place) -> None:
    async with db.transaction():
        await db.fetchval("SELECT now()")
        one = await tokens.make_login(db, acme.user_id, timedelta(milliseconds=1))
        assert one is not None
        await db.execute("SELECT pg_sleep(0.01)")
        assert await tokens.use_login(db, one.token) is None


async def test_of_fifty_at_once_exactly_one_is_let_in(dsn: str, connect: Connect, db: Connection, acme: Place) -> None:
    watcher, *many = await asyncio.gather(*(connect(dsn) for _ in range(1 + AT_ONCE)))
    for _ in range(3):
        once = await login(db, acme.user_id)
        # All of them have begun before the first may go on.
        async with db.transaction():
            await db.execute("SELECT FROM user_login_tokens WHERE id = $1 FOR UPDATE", once.id)
            tries = [asyncio.create_task(tokens.use_login(one, once.token)) for one in many]
            await until(lambda: _waiting(watcher))
        let_in = [user for user in await asyncio.gather(*tries) if user is not None]
        assert let_in == [acme.user_id]
    assert await db.fetchval("SELECT count(*) FROM user_login_tokens WHERE used") == 3


async def test_a_login_whose_transaction_fails_is_not_used_up(db: Connection, acme: Place) -> None:
    once = await login(db, acme.user_id)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            assert await tokens.use_login(db, once.token) == acme.user_id
            raise ZeroDivisionError
    assert await tokens.use_login(db, once.token) == acme.user_id


async def test_who_is_not_active_is_let_in_by_nothing(db: Connection, acme: Place) -> None:
    made, once = await session(db, acme, acme.user_id), await login(db, acme.user_id)
    await db.execute("UPDATE users SET active = false")
    assert await opens(db, made) == [False]
    assert await tokens.use_login(db, once.token) is None
    assert await tokens.make_login(db, acme.user_id) is None


@pytest.mark.parametrize(
    ("whose", "expected"),
    [
        (Whose.USER, Revoked(4, 2)),  # one is the place's own session
        (Whose.BOT, Revoked(6, 0)),
        (Whose.ORGANIZATION, Revoked(6, 0)),
    ],
)
async def test_revoking_all_of_one_leaves_the_others(
    db: Connection, acme: Place, whose: Whose, expected: Revoked
) -> None:
    other = await place(db, "globex")
    mine = [await session(db, acme, acme.user_id) for _ in range(3)]
    anonymous = [await session(db, acme) for _ in range(2)]
    theirs = await session(db, other, other.user_id)
    logins = [await login(db, acme.user_id) for _ in range(3)]
    await tokens.use_login(db, logins[0].token)
    foreign = await login(db, other.user_id)

    key = {Whose.USER: acme.user_id, Whose.BOT: acme.bot_id, Whose.ORGANIZATION: acme.org_id}[whose]
    assert await tokens.revoke(db, whose, key, batch=3) == expected
    assert await tokens.revoke(db, whose, key, batch=3) == Revoked()
    assert await opens(db, *mine) == [False] * 3
    assert await opens(db, *anonymous) == [whose is Whose.USER] * 2
    assert await opens(db, theirs) == [True]
    assert await tokens.use_login(db, logins[1].token) == (None if whose is Whose.USER else acme.user_id)
    assert await tokens.use_login(db, foreign.token) == other.user_id

    rows = await db.fetch("SELECT id, session_token, expires_at <= now() AS over FROM user_sessions WHERE bot_id = $1",
                          acme.bot_id)  # fmt: skip
    assert len(rows) == 6
    gone = [row for row in rows if row["over"]]
    assert len(gone) == expected.sessions
    assert all(row["session_token"] == f"revoked:{row['id']}" for row in gone)


async def test_one_is_revoked_alone_and_its_tombstone_opens_nothing(db: Connection, acme: Place) -> None:
    one, other, once = await session(db, acme), await session(db, acme), await login(db, acme.user_id)
    assert await tokens.revoke(db, Whose.SESSION, one.id) == Revoked(sessions=1)
    assert await tokens.revoke(db, Whose.LOGIN, once.id) == Revoked(logins=1)
    assert await tokens.revoke(db, Whose.SESSION, NOBODY) == Revoked()
    assert await opens(db, one, other) == [False, True]
    assert await tokens.use_login(db, once.token) is None
    assert await tokens.verify_session(db, Secret(f"revoked:{one.id}")) is None
    # Nothing makes it valid again.
    assert await tokens.renew_session(db, one.id, timedelta(days=1)) is None
    assert await db.fetchval("SELECT count(*) FROM message_history WHERE session_id = $1", one.id) == 1


async def test_in_a_transaction_it_is_all_or_nothing_and_comes_to_an_end(db: Connection, acme: Place) -> None:
    made = [await session(db, acme) for _ in range(5)]
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await db.fetchval("SELECT now()")
            assert await tokens.revoke(db, Whose.BOT, acme.bot_id, batch=2) == Revoked(sessions=6)
            raise ZeroDivisionError
    assert await opens(db, *made) == [True] * 5


async def test_a_renewed_session_has_one_token(db: Connection, acme: Place) -> None:
    made = await session(db, acme)
    another = await tokens.renew_session(db, made.id, timedelta(hours=1))
    assert another is not None
    assert await opens(db, made) == [False]
    holder = await tokens.verify_session(db, another)
    assert holder is not None
    assert holder.session_id == made.id


async def test_no_failure_tells_a_token(db: Connection, acme: Place) -> None:
    once = await login(db, acme.user_id)
    await db.execute("""
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no: %', NEW.used; END $$;
        CREATE TRIGGER fail BEFORE UPDATE ON user_login_tokens FOR EACH ROW EXECUTE FUNCTION fail()""")
    try:
        await tokens.use_login(db, once.token)
    except Exception as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "no: t" in told
    assert once.token.reveal() not in told
