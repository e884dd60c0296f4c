"""What the server reports, told on: its own sentence, and nothing of a row that is nobody's business."""

import asyncpg
import pytest

from gbtui.database.translate import translate
from gbtui.schema.failures import server_message
from tests.conftest import Connect

HASH = "$argon2id$v=19$m=65536$c2VjcmV0"
TOKEN = "token-that-opens-a-session"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (f"INSERT INTO users (username, email, password_hash) VALUES ('ann', 'no address', '{HASH}')", "users_email"),
        (f"INSERT INTO users (username, email, password_hash) VALUES (NULL, 'a@b.c', '{HASH}')", "username"),
        (f"CREATE TABLE t (session_token text UNIQUE); INSERT INTO t VALUES ('{TOKEN}'), ('{TOKEN}')", "session_token"),
    ],
)
async def test_no_row_and_no_secret_key_is_quoted(sql: str, told: str, dsn: str, connect: Connect) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await (await connect(dsn)).execute(sql)
    for sentence in (str(translate(refused.value)), server_message(refused.value)):
        assert told in sentence
        assert HASH not in sentence
        assert TOKEN not in sentence


async def test_a_key_that_may_be_seen_is_named(dsn: str, connect: Connect) -> None:
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await (await connect(dsn)).execute("INSERT INTO organizations (name, slug) VALUES ('a', 'acme'), ('b', 'acme')")
    assert "Key (slug)=(acme) already exists" in str(translate(refused.value))
