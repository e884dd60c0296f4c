"""Secrets that were planted are in no output: of any command, of a failure, of a crash, of what is written to disk."""

import asyncio
import os
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.conftest import Connect

SECRET = "hunter2PLANTED"
HASH = f"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0${SECRET}"
_CRASH = """
import sys
from gbtui.database import facts
async def broken(connection, *, pooled):
    raise RuntimeError("planted to break")
facts.read = broken
from gbtui.__main__ import main
sys.exit(main(["show", "activity", "--dsn", sys.stdin.read(), "--no-migrate"]))
"""


@pytest.fixture
async def planted(dsn: str, connect: Connect) -> str:
    """A database whose columns hold the secret, each where a secret stands; and a DSN with a password."""
    db = await connect(dsn)
    await db.execute("INSERT INTO users (username, email, password_hash) VALUES ('ann', 'ann@example.org', $1)", HASH)
    await db.execute(f"""
        INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme');
        INSERT INTO bots (name, org_id) SELECT 'helper', org_id FROM organizations;
        INSERT INTO bot_configuration (bot_id, key, value) SELECT id, 'llm-key', '{SECRET}' FROM bots;
        INSERT INTO user_sessions (user_id, bot_id, session_token)
            SELECT u.id, b.id, 'sha256:{SECRET}' FROM users u, bots b;
        INSERT INTO user_login_tokens (user_id, token, expires_at) SELECT id, 'sha256:{SECRET}', now() FROM users;
        INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
            SELECT id, 'ann@example.org', 'i', 's', '{SECRET}' FROM users;
        UPDATE users SET password_hash = password_hash || 'x';
        UPDATE bot_configuration SET value = value || 'x'""")
    return dsn.replace("://gbtui@", f"://gbtui:{SECRET}@")


async def said(home: Path, *words: str, program: tuple[str, ...] = ("-m", "gbtui"), typed: str = "") -> tuple[int, str]:
    """The exit code and all that is said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *program, *words, stdin=PIPE, stdout=PIPE, stderr=PIPE,
        env={**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CONFIG_HOME": str(home)},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(typed.encode()), 90)
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


COMMANDS = (
    ("config",),
    ("config", "--json"),
    ("show", "users", "--json"),
    ("show", "sessions", "--json"),
    ("show", "audit", "--json"),
    ("show", "activity", "--json"),
    ("audit", "--json"),
    ("audit", "--csv"),
    ("audit", "--verify"),
    ("tail", "--stream", "audit", "--limit", "5", "--json"),
    ("report",),
    ("check", "--json"),
    ("migrate", "status"),
    ("search", "helper"),
    ("nosuch", "--dsn"),
)


async def test_no_command_says_one(planted: str, tmp_path: Path) -> None:
    # Two at once: a third of the time goes to starting them.
    for at in range(0, len(COMMANDS), 2):
        some = COMMANDS[at : at + 2]
        for words, (_, told) in zip(
            some,
            await asyncio.gather(*(said(tmp_path, *w, "--dsn", planted, "--no-migrate") for w in some)),
            strict=True,
        ):
            assert told
            assert SECRET not in told, words


async def test_no_failure_and_no_crash_says_one(planted: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.p]\ndsn = "{planted}"\nrescue_dsn = "{planted}"\npgbouncer = "{planted}"\n')
    config.chmod(0o600)
    script = tmp_path / "crash.py"
    script.write_text(_CRASH)
    cases = (
        ("show", "activity", "--dsn", f"postgresql://ann:{SECRET}@127.0.0.1:1/x"),
        ("show", "activity", "--dsn", f"postgresql://ann:{SECRET}@[::1/x"),
        ("show", "activity", "--dsn", f"host=x password={SECRET} nosuch=1"),
        (f"postgresql://ann:{SECRET}@x", "and more"),
        ("config", "--config", str(config), "--profile", "p"),
    )
    for words in cases:
        _, told = await said(tmp_path, *words)
        assert told
        assert SECRET not in told, words
    code, told = await said(tmp_path, program=(str(script),), typed=planted)
    assert code != 0
    assert "planted to break" in told
    assert SECRET not in told


async def test_what_is_written_is_its_owners_and_holds_none(planted: str, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        await said(tmp_path, "report", "--output", str(tmp_path / "report.md"), "--dsn", planted, "--no-migrate")
        await said(tmp_path, "tail", "--from-cursor", str(tmp_path / "cursor"), "--until", "in 1s", "--dsn", planted)
        await said(tmp_path, "audit", "--seal", "--read-write", "--dsn", planted, "--no-migrate")
        await said(tmp_path, "audit", "--verify", "--dsn", planted, "--no-migrate")
    finally:
        os.umask(before)
    files = written(tmp_path)
    assert {path.name for path in files} >= {"report.md", "cursor"}
    for path in files:
        assert (mode(path), SECRET in path.read_text(errors="replace")) == (0o600, False), path
        assert path.parent == tmp_path or mode(path.parent) == 0o700, path


def written(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
