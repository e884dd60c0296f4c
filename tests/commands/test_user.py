"""`gbtui user`: secrets come from anywhere but an argument; each deed is on record, and undone where that fails."""

import asyncio
import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gbtui.__main__ import main
from gbtui.domain.sessions import create_session
from gbtui.security import tokens
from tests.conftest import Server, execute
from tests.domain.platform import place

Told = pytest.CaptureFixture[str]
GOOD, BETTER = "correct horse battery", "another horse battery"
CONFIG = """
[profiles.cheap]
dsn = "{dsn}"
passwords = {{ memory = 19456, passes = 2, lanes = 1, refused = "{refused}" }}
[profiles.dear]
dsn = "{dsn}"
passwords = {{ memory = 19456, passes = 3, lanes = 1 }}
[profiles.strict]
dsn = "{dsn}"
audit = "required"
"""


@pytest.fixture(scope="module")
def shared(server: Server, core_template: str) -> str:
    asyncio.run(execute(server.dsn, f"CREATE DATABASE users TEMPLATE {core_template} STRATEGY file_copy"))
    return server.of("users")


@pytest.fixture(autouse=True)
def surroundings(shared: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "refused").write_text("letmeinletmein\n")
    (tmp_path / "config.toml").write_text(CONFIG.format(dsn=shared, refused=tmp_path / "refused"))
    monkeypatch.setenv("GBTUI_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    asyncio.run(execute(shared, "TRUNCATE users, organizations CASCADE"))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> Callable[..., tuple[int, str, str]]:
    """`gbtui user` with a password on stdin: the exit code and what was printed."""

    def run(*words: str, secret: str | None = None, profile: str = "cheap", flags: str = "--read-write") -> Any:
        if secret is not None:
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\nmore\n"))
            words = (*words, "--stdin")
        code = main(["user", *words, "--profile", profile, *flags.split()])
        return code, *capsys.readouterr()

    return run


def rows(dsn: str, sql: str) -> list[tuple[Any, ...]]:
    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close(timeout=5)

    return asyncio.run(ask())


def deeds(dsn: str) -> list[str]:
    """The actions recorded of users that are there."""
    return [
        action
        for (action,) in rows(
            dsn,
            "SELECT action FROM gb_meta.audit_log a JOIN users u ON u.id::text = object_id"
            " WHERE action LIKE 'user.%' ORDER BY a.created_at",
        )
    ]


def test_an_account_from_its_making_to_its_end(shared: str, said: Callable[..., tuple[int, str, str]]) -> None:
    code, told, _ = said("add", "ann", "--email", "ann@example.com", secret=GOOD)
    assert (code, told.startswith("ann: made, id ")) == (0, True)
    assert said("verify", "ann", secret=GOOD, flags="")[:2] == (0, "ann: this is the password\n")
    assert said("verify", "ANN@example.com", secret="wrong", flags="")[:2] == (1, "ann: this is not the password\n")
    assert said("passwd", "ann", secret=BETTER)[:2] == (
        0, "ann: another password; 0 sessions and 0 login tokens revoked\n"
    )  # fmt: skip
    assert said("verify", "ann", secret=GOOD, flags="")[0] == 1
    assert said("deactivate", "ann")[0] == 0
    assert said("verify", "ann", secret=BETTER, flags="")[1] == "ann: this is the password; the account is not active\n"
    assert said("activate", "ann")[:2] == (0, "user ann is active now\n")
    assert said("activate", "ann")[:2] == (0, "user ann was active already\n")
    assert deeds(shared) == [
        "user.added", "user.verified", "user.verified", "user.password_set", "user.verified", "user.deactivated",
        "user.verified", "user.activated",
    ]  # fmt: skip
    kept = str(rows(shared, "SELECT * FROM gb_meta.audit_log")) + str(rows(shared, "SELECT * FROM users"))
    assert not any(secret in kept for secret in (GOOD, BETTER, "wrong"))


@pytest.mark.parametrize("act", ["deactivate", "passwd", "revoke"])
def test_who_is_logged_in_is_logged_out(shared: str, said: Callable[..., tuple[int, str, str]], act: str) -> None:
    async def log_in() -> Any:
        connection = await asyncpg.connect(shared, timeout=10)
        at = await place(connection)
        made = await create_session(connection, at.bot_id, at.user_id, greeting="Hello!")
        return connection, made, await tokens.make_login(connection, at.user_id)

    async def outcome() -> tuple[object, object]:
        connection, made, login = await log_in()
        acted = await asyncio.to_thread(said, act, "ann-acme", secret=GOOD if act == "passwd" else None)
        assert "2 sessions" in acted[1]
        assert "revoked" in acted[1]
        found = await tokens.verify_session(connection, made.token), await tokens.use_login(connection, login.token)
        await connection.close(timeout=5)
        return found

    assert asyncio.run(outcome()) == (None, None)


def test_a_hash_is_made_anew_where_the_profile_asks_for_more(
    shared: str, said: Callable[..., tuple[int, str, str]]
) -> None:
    def stored() -> str:
        return str(rows(shared, "SELECT password_hash FROM users")[0][0])

    said("add", "ann", "--email", "ann@example.com", secret=GOOD)
    assert "m=19456,t=2,p=1" in (before := stored())
    said("verify", "ann", secret=GOOD, profile="dear", flags="")
    said("verify", "ann", secret="wrong", profile="dear")
    assert stored() == before
    said("verify", "ann", secret=GOOD, profile="dear")
    assert "m=19456,t=3,p=1" in stored()
    assert said("verify", "ann", secret=GOOD)[0] == 0
    assert deeds(shared)[-2:] == ["user.rehashed", "user.verified"]


@pytest.mark.parametrize(
    ("words", "secret", "sentence"),
    [
        (("add", "bob", "--email", "bob@b.c"), "", "refused: it is empty"),
        (("add", "bob", "--email", "bob@b.c"), "short", "refused: it has 5 characters, and 12 are"),
        (("passwd", "ann"), "LetMeInLetMeIn", "refused: it is one of those in"),
        (("add", "ann", "--email", "new@b.c"), GOOD, "Taken: there is a user named ann or with"),
        (("add", "bob", "--email", "Ann@Example.com"), GOOD, "Taken: there is a user named bob or"),
        (("add", "bob", "--email", "nowhere"), GOOD, "Not an address: nowhere"),
        (("add", " ", "--email", "bob@b.c"), GOOD, "Not a user's name"),
        (("add", "b\x1bob", "--email", "bob@b.c"), GOOD, "Not a user's name"),
        (("add", "bob"), GOOD, "--email goes with add"),
        (("verify", "nobody"), GOOD, "No such user: nobody (a user is named by its name, its address or its id)"),
        (("deactivate", "ann"), GOOD, "deactivate needs no password"),
    ],
)
def test_each_mistake_is_one_sentence_and_nothing_is_changed(
    shared: str,
    said: Callable[..., tuple[int, str, str]],
    words: tuple[str, ...],
    secret: str,
    sentence: str,
) -> None:
    said("add", "ann", "--email", "ann@example.com", secret=BETTER)
    before = rows(shared, "SELECT * FROM users")
    code, out, err = said(*words, secret=secret)
    assert (code, out) in [(1, ""), (2, "")]
    assert sentence in err
    assert err.count("\n") == 1
    assert GOOD not in err
    assert rows(shared, "SELECT * FROM users") == before


def test_nothing_is_written_unless_that_is_said(shared: str, said: Callable[..., tuple[int, str, str]]) -> None:
    for words in (("add", "ann", "--email", "a@b.c"), ("passwd", "ann"), ("deactivate", "ann"), ("activate", "ann")):
        code, _, err = said(*words, flags="")
        assert (code, err) == (1, "gbtui: Read-only: nothing was changed (add --read-write, or read_only = false to the"
                                  " profile)\n")  # fmt: skip
    assert rows(shared, "SELECT * FROM users") == []


def test_a_name_that_is_anothers_address_is_asked_about(shared: str, said: Callable[..., tuple[int, str, str]]) -> None:
    said("add", "ann", "--email", "bob@b.c", secret=GOOD)
    _, told, _ = said("add", "bob@b.c", "--email", "bob@other.c", secret=GOOD)
    assert said("deactivate", "bob@b.c")[0] == 2
    code, _, err = said("verify", "bob@b.c", secret=GOOD)
    assert code == 2
    assert "More than one user" in err
    assert (key := told.split()[-1]) in err
    assert said("deactivate", key)[0] == 0


def test_what_cannot_be_recorded_is_not_done(shared: str, said: Callable[..., tuple[int, str, str]]) -> None:
    said("add", "ann", "--email", "ann@example.com", secret=GOOD)
    before = rows(shared, "SELECT * FROM users")
    asyncio.run(execute(shared, "ALTER FUNCTION gb_meta.audit RENAME TO no_audit"))
    try:
        for words in (("passwd", "ann"), ("add", "bob", "--email", "bob@b.c"), ("deactivate", "ann")):
            secret = None if words[0] == "deactivate" else BETTER
            code, _, err = said(*words, secret=secret, profile="strict")
            assert (code, "Not recorded, so not done" in err) == (1, True)
            assert rows(shared, "SELECT * FROM users") == before
        code, out, err = said("verify", "ann", secret=GOOD, profile="strict")
        assert (code, out) == (1, "")
    finally:
        asyncio.run(execute(shared, "ALTER FUNCTION gb_meta.no_audit RENAME TO audit"))


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(
    said: Callable[..., tuple[int, str, str]], tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{GOOD}\n")
    file.chmod(mode)
    code, _, err = said("add", "ann", "--email", "ann@example.com", "--file", str(file))
    if mode == 0o600:
        assert code == 0
        assert said("verify", "ann", secret=GOOD, flags="")[0] == 0
    else:
        assert code == 2
        assert f"has mode {mode:04o} (chmod 0600 {file})" in err


def test_without_a_terminal_it_does_not_wait(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["user", "add", "ann", "--email", "a@b.c", "--profile", "cheap", "--read-write"]) == 2
    assert "No terminal to ask at (--stdin or --file FILE say where" in capsys.readouterr().err


@pytest.mark.terminal
@pytest.mark.parametrize(("again", "code"), [(GOOD, 0), (BETTER, 2)])
def test_a_terminal_is_asked_twice_and_shows_nothing(shared: str, again: str, code: int) -> None:
    words = ("add", "ann", "--email", "a@b.c", "--profile", "cheap", "--read-write")
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "gbtui", "user", *words], stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),  # noqa: PLW1509
    )  # fmt: skip
    os.close(slave)
    seen, answers = b"", [(b"Password: ", GOOD), (b"Again: ", again)]
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if answers and seen.endswith(answers[0][0]):
            os.write(master, answers.pop(0)[1].encode() + b"\n")
    os.close(master)
    assert child.wait(30) == code, seen
    assert GOOD.encode() not in seen
    assert (b"Not the same password twice" in seen) == bool(code)
