"""`gbtui vault`: from no key to values that are all sealed anew; what is wrong is said in one sentence."""

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gbtui.__main__ import main
from gbtui.demo import secrets
from gbtui.secret import Secret
from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
from tests.conftest import execute
from tests.security.test_vault_store import ACCOUNT

Told = pytest.CaptureFixture[str]
Said = Callable[..., tuple[int, str, str]]
CONFIG = """
[profiles.prod]
dsn = "{dsn}"
[profiles.prod.vault]
file = "{folder}/master.key"
[profiles.other]
dsn = "{dsn}"
[profiles.other.vault]
file = "{folder}/other.key"
[profiles.none]
dsn = "{dsn}"
"""
ROWS = 7


async def _ask(dsn: str, sql: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetch(sql, *arguments)
    finally:
        await connection.close(timeout=5)


def ask(dsn: str, sql: str, *arguments: object) -> list[Any]:
    return asyncio.run(_ask(dsn, sql, *arguments))


@pytest.fixture
def said(dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Told) -> Said:
    """`gbtui vault` of a database whose mail passwords the demo has sealed: the exit code and what was printed."""
    (tmp_path / "config.toml").write_text(CONFIG.format(dsn=dsn, folder=tmp_path))
    monkeypatch.setenv("GBTUI_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(action: str, *words: str, profile: str = "prod", flags: str = "--read-write") -> tuple[int, str, str]:
        code = main(["vault", action, "--profile", profile, *words, *flags.split()])
        return code, *capsys.readouterr()

    return run


def fill(dsn: str, said: Said) -> None:
    """Mail accounts sealed by the demo's data key, wrapped by the profile's master key."""
    (user,) = ask(
        dsn, "INSERT INTO users (username, email, password_hash) VALUES ('a', 'a@b.c', $1) RETURNING id", secrets.HASH
    )
    vault = secrets.vault()
    for row in ask(dsn, ACCOUNT, user["id"], "x", ROWS):
        text = vault.seal(Place(EMAIL_PASSWORD, str(row["id"])), Secret("hunter2"))
        ask(dsn, "UPDATE user_email_accounts SET encrypted_password = $2 WHERE id = $1", row["id"], text)
    key = secrets.data_key()
    ask(
        dsn,
        "INSERT INTO gb_meta.vault_keys (key_id, wrapped, master) VALUES ($1, $2, $3)",
        key.key_id,
        key.wrapped,
        key.master,
    )


def test_a_vault_from_its_first_key_on(dsn: str, said: Said, tmp_path: Path) -> None:
    assert said("check")[0] == 2
    code, told, err = said("init", "--generate")
    assert code == 0
    assert told.startswith("data key k")
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert "keep a copy apart from the database" in err
    assert "The vault has a key" in said("init", "--generate")[2]
    assert "The vault has a key" in said("init")[2]
    assert said("check")[:2] == (0, f"{EMAIL_PASSWORD}: 0 values, 0 sealed under {told.split()[2]} already\n")
    assert said("rotate")[0] == 0
    code, told, _ = said("rotate", "--master-file", str(tmp_path / "other.key"), "--generate")
    assert (code, told.startswith("data keys: 2 wrapped by master key")) == (0, True)
    assert said("check", profile="other")[0] == 0
    code, _, err = said("check")
    assert (code, "Another master key" in err) == (1, True)
    ask(dsn, "UPDATE gb_meta.vault_keys SET wrapped = reverse(wrapped) WHERE NOT active")
    code, _, err = said("check", profile="other")
    assert (code, err.count("A data key is damaged: key k")) == (1, 1)
    kept = str(ask(dsn, "SELECT * FROM gb_meta.audit_log"))
    assert (tmp_path / "master.key").read_text().strip() not in kept


def test_values_are_checked_and_sealed_anew(dsn: str, said: Said, tmp_path: Path) -> None:
    fill(dsn, said)
    (tmp_path / "master.key").write_text(secrets.MASTER.key.hex())
    (tmp_path / "master.key").chmod(0o600)
    assert said("check", flags="")[:2] == (0, f"{EMAIL_PASSWORD}: {ROWS} values, {ROWS} sealed under demo already\n")
    new = said("rotate")[1].split()[2]
    assert (
        said("check", flags="")[1]
        == f"{EMAIL_PASSWORD}: {ROWS} values, 0 sealed under {new} already\n  {ROWS} under demo\n"
    )
    code, told, _ = said("reencrypt", "--pause", "0")
    assert (code, told) == (0, f"{EMAIL_PASSWORD}: {ROWS} values, 0 sealed under {new} already\n  {ROWS} sealed anew\n")
    (first, second, *_) = ask(dsn, "SELECT id, encrypted_password FROM user_email_accounts ORDER BY id")
    ask(
        dsn,
        "UPDATE user_email_accounts SET encrypted_password = $2 WHERE id = $1",
        first["id"],
        second["encrypted_password"],
    )
    code, told, _ = said("check", flags="")
    assert code == 1
    assert told.splitlines()[1:] == [
        f"  1 not opened, left as they are: value was moved: rows {first['id']}",
        f"    A value is not where it was sealed: {EMAIL_PASSWORD} of {first['id']} holds another row's or column's",
    ]
    (column,) = json.loads(said("check", "--json", flags="")[1])
    assert (column["read"], column["faults"]) == (ROWS, {"value was moved": 1})
    assert column["rows"] == {"value was moved": [str(first["id"])]}


@pytest.mark.parametrize(
    ("words", "profile", "flags", "sentence"),
    [
        (
            ("init",),
            "none",
            "--read-write",
            "No master key: nothing says where it is (the profile says where it is: vault =",
        ),
        (("init",), "prod", "--read-write", "Cannot read the master key: "),
        (("init", "--generate"), "none", "--read-write", "No file to write: "),
        (("init", "--generate"), "prod", "", "Read-only: nothing was changed (add --read-write"),
        (("reencrypt",), "prod", "", "Read-only: nothing was changed (add --read-write"),
        (("check", "--generate"), "prod", "", "--generate goes with init and rotate"),
        (("rotate", "--generate"), "prod", "--read-write", "--generate makes a master key: rotate makes a data key"),
        (("check", "--master-file", "x"), "prod", "", "--master-file goes with rotate"),
        (("check", "--pause", "-1"), "prod", "", "--pause: seconds from 0 to 60"),
    ],
)
def test_each_mistake_is_one_sentence(
    said: Said, words: tuple[str, ...], profile: str, flags: str, sentence: str
) -> None:
    code, out, err = said(*words, profile=profile, flags=flags)
    assert (code in (1, 2), out, err.count("\n")) == (True, "", 1)
    assert sentence in err


def test_a_database_that_is_not_ours_is_not_asked(empty_dsn: str, said: Said) -> None:
    asyncio.run(execute(empty_dsn, "CREATE TABLE users (id int)"))
    assert main(["vault", "check", "--dsn", empty_dsn]) == 2
