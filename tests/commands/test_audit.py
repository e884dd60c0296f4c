"""`gbtui audit`: records for people and scripts; an empty answer that says what it does not know; seals."""

import asyncio
import csv
import io
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.conftest import Connect, Connection

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$hunter2hunter2"


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    db = await connect(dsn)
    await db.execute("INSERT INTO users (username, email, password_hash) VALUES ('ann', 'ann@example.org', $1)", HASH)
    await db.execute("UPDATE users SET active = false, password_hash = password_hash || 'x'")
    return db


async def audit(dsn: str, home: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, output, and what is said beside it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gbtui", "audit", *words, "--dsn", dsn, "--no-migrate", stdout=PIPE, stderr=PIPE,
        env={**os.environ, "XDG_STATE_HOME": str(home)},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_table_newest_first_and_objects_with_the_row(dsn: str, writer: Connection, tmp_path: Path) -> None:
    code, out, _ = await audit(dsn, tmp_path)
    head, changed, made = out.splitlines()
    assert (code, head.split()[:2]) == (0, ["at", "actor"])
    assert "row.updated" in changed
    assert "active,password_hash" in changed
    assert "row.inserted" in made
    _, out, _ = await audit(dsn, tmp_path, "action:updated", "--json")
    one = json.loads(out)
    assert (one["before"]["active"], one["after"]["active"], one["object_table"]) == (True, False, "public.users")
    assert "hunter2" not in out
    _, out, _ = await audit(dsn, tmp_path, "--csv", "--limit", "1")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["action"], json.loads(row["after"])["username"]) == ("row.updated", "ann")


async def test_an_empty_answer_says_what_is_not_on_record(dsn: str, writer: Connection, tmp_path: Path) -> None:
    await writer.execute("SELECT pg_stat_force_next_flush()")
    await writer.execute(
        "INSERT INTO user_login_tokens (user_id, token, expires_at)"
        " SELECT id, 'sha256:0123456789abcdef', now() FROM users"
    )
    await writer.execute("DELETE FROM user_login_tokens")
    await writer.execute("SELECT pg_stat_force_next_flush()")
    code, out, err = await audit(dsn, tmp_path, "table:user_login_tokens")
    assert (code, out) == (0, "")
    assert "no record matches" in err
    assert "user_login_tokens: no trigger: changes of its rows are not on record" in err
    assert "1 row deleted" in err
    assert "without a trigger: " in err
    assert "public.message_history" in err
    assert "public.users," not in err
    assert "nothing is on record from before" in err
    assert "log_statement = 'none'" in err
    assert "pgaudit is not installed" in err


async def test_it_is_sealed_and_verified(dsn: str, writer: Connection, tmp_path: Path) -> None:
    await writer.execute(
        "INSERT INTO gb_meta.audit_log (action, object_id, created_at)"
        " SELECT 'x', n::text, now() - interval '40 days' FROM generate_series(1, 3) n"
    )
    code, _, err = await audit(dsn, tmp_path, "--seal", "--read-only")
    assert (code, "Read-only" in err) == (1, True)
    code, out, _ = await audit(dsn, tmp_path, "--seal", "--read-write")
    assert (code, "3 records  chain " in out) == (0, True)
    assert (await audit(dsn, tmp_path, "--verify"))[0] == 0
    await writer.execute("SET session_replication_role = replica; DELETE FROM gb_meta.audit_log WHERE object_id = '2'")
    code, out, err = await audit(dsn, tmp_path, "--verify", "--json")
    assert code == 1
    assert any(one["wrong"] and "is missing" in one["told"] for one in map(json.loads, out.splitlines()))
    assert "not whole" in err


@pytest.mark.parametrize(
    "words", [("--verify", "table:users"), ("--seal", "12"), ("--follow", "--csv"), ("--limit", "0")]
)
async def test_what_makes_no_sense_is_said(dsn: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, err = await audit(dsn, tmp_path, *words, "--read-write")
    assert code == 2
    assert "Traceback" not in err
