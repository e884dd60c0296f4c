"""`gbtui delete` and its neighbours: the plan by default, the name to confirm, one sentence for what is wrong."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gbtui.__main__ import main
from gbtui.domain.sessions import create_session
from gbtui.errors import QueryError
from tests.domain.platform import Place, place

Run = Callable[..., tuple[int, str, str]]


def ask(dsn: str, sql: str) -> Any:
    async def once() -> Any:
        db = await asyncpg.connect(dsn, timeout=10)
        try:
            return await db.fetchval(sql)
        finally:
            await db.close(timeout=5)

    return asyncio.run(once())


async def begin(dsn: str, at: Place) -> None:
    db = await asyncpg.connect(dsn, timeout=10)
    try:
        await create_session(db, at.bot_id, None, greeting="hello")
    finally:
        await db.close(timeout=5)


@pytest.fixture
def acme(dsn: str) -> Place:
    async def make() -> Place:
        db = await asyncpg.connect(dsn, timeout=10)
        try:
            return await place(db)
        finally:
            await db.close(timeout=5)

    return asyncio.run(make())


@pytest.fixture
def gbtui(dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--dsn", dsn])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_the_plan_is_the_default_and_changes_nothing(acme: Place, dsn: str, gbtui: Run) -> None:
    code, out, _ = gbtui("delete", "organization", "acme")
    assert code == 0
    assert "user_sessions  deleted  1" in out
    lines = [json.loads(line) for line in gbtui("delete", "organization", str(acme.org_id), "--json")[1].splitlines()]
    assert {line["table"]: line["rows"] for line in lines if line["what"] == "deleted"} == {
        "organizations": 1, "bots": 1, "user_sessions": 1,
    }  # fmt: skip
    assert ask(dsn, "SELECT count(*) FROM organizations") == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("organization", "acme", "--yes", "acme"), 1, "Read-only: nothing was changed"),
        (("organization", "acme", "--yes", "acne", "--read-write"), 2, "--yes acne is not its name"),
        (("organization", "acme", "--resume", "--read-write"), 2, "no deletion of organization acme was begun"),
        (("organization", "nobody"), 2, "none is called so: nobody"),
        (("organization",), 2, "Which one?"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_done(
    acme: Place, gbtui: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    found, out, err = gbtui("delete", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1
    assert "user_sessions  deleted  1" in gbtui("delete", "organization", "acme")[1]


def test_it_is_deleted_by_its_name_and_stands_in_the_list(acme: Place, dsn: str, gbtui: Run) -> None:
    code, out, _ = gbtui("delete", "organization", "acme", "--yes", "acme", "--read-write", "--reason", "they left")
    assert (code, out) == (0, "organization acme: deleted, 3 rows\n")
    assert ask(dsn, "SELECT count(*) FROM organizations") == 0
    said = "SELECT reason FROM gb_meta.audit_log WHERE action = 'organization.deleted'"
    assert ask(dsn, said) == "they left"
    (line,) = gbtui("delete", "--json")[1].splitlines()
    assert {name: json.loads(line)[name] for name in ("what", "is", "done")} == {
        "what": "organization acme", "is": "done", "done": 3,
    }  # fmt: skip


def test_a_session_ends_and_keeps_its_row(acme: Place, dsn: str, gbtui: Run) -> None:
    assert gbtui("session", "end", str(acme.session_id), "--read-write")[:2] == (
        0, f"session {str(acme.session_id)[:8]} has ended; its messages stay\n",
    )  # fmt: skip
    assert ask(dsn, "SELECT expires_at <= now() FROM user_sessions")
    assert ask(dsn, "SELECT count(*) FROM gb_meta.audit_log WHERE action = 'session.ended'") == 1
    assert "nothing was valid any more" in gbtui("session", "end", str(acme.session_id), "--read-write")[1]
    assert ask(dsn, "SELECT count(*) FROM gb_meta.audit_log WHERE action = 'session.ended'") == 1


def test_a_bot_is_switched_off_and_on_and_begins_no_session_between(acme: Place, dsn: str, gbtui: Run) -> None:
    off = gbtui("bot", "deactivate", "support-acme@acme", "--read-write")[1]
    assert off == "bot support-acme@acme is switched off now\n"
    with pytest.raises(QueryError, match="switched off"):
        asyncio.run(begin(dsn, acme))
    assert gbtui("bot", "activate", "support-acme@acme", "--read-write")[1] == "bot support-acme@acme is active now\n"
    asyncio.run(begin(dsn, acme))
    records = """
        SELECT string_agg(action || after::text, ' ' ORDER BY created_at) FROM gb_meta.audit_log
        WHERE action LIKE 'bot.%'"""
    assert ask(dsn, records) == 'bot.deactivated{"active": false} bot.activated{"active": true}'


@pytest.mark.parametrize(("kind", "name"), [("user", "ann-acme"), ("bot", "support-acme"), ("organization", "acme")])
def test_tokens_are_revoked_by_whose_they_are(acme: Place, dsn: str, gbtui: Run, kind: str, name: str) -> None:
    code, out, _ = gbtui(kind, "revoke", name, "--read-write")
    assert code == 0
    assert "1 session revoked" in out
    assert ask(dsn, f"SELECT count(*) FROM gb_meta.audit_log WHERE action = '{kind}.revoked'") == 1
    assert ask(dsn, "SELECT session_token LIKE 'revoked:%' FROM user_sessions")
