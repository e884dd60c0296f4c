"""What others named or wrote never acts on the terminal of whoever runs a command, by stdout or by stderr."""

import asyncio
import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.__main__ import main
from gbtui.database.sql import identifier
from gbtui.resources import migrations
from tests.conftest import Server, execute
from tests.schema.folders import write

Told = pytest.CaptureFixture[str]

ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that move a cursor, change a colour or a title, or turn the reading direction."""
EVIL = "x\x1b]0;title\x07\x9b31m\u202ey\nz"


@pytest.fixture
def named_evil(server: Server) -> Iterator[list[str]]:
    """The flags that lead to a database with such a name."""
    asyncio.run(execute(server.dsn, f"CREATE DATABASE {identifier(EVIL)}"))
    yield ["-h", server.dsn.partition("host=")[2], "-U", "gbtui", "-d", EVIL]
    asyncio.run(execute(server.dsn, f"DROP DATABASE {identifier(EVIL)} WITH (FORCE)"))


@pytest.mark.parametrize(
    "words",
    [
        ("config",),
        ("config", "--json"),
        ("check",),
        ("check", "--json"),
        ("show", "databases"),
        ("show", "databases", "--json"),
        ("show", "databases", "--csv"),
        ("migrate", "status"),
        ("migrate", "up", "--read-write"),
        ("migrate", "down", "--read-write"),
        ("tail", "--limit", "0"),
    ],
)
def test_a_databases_name_does_nothing(words: tuple[str, ...], named_evil: list[str], capfd: Told) -> None:
    main([*words, *named_evil])
    printed = capfd.readouterr()
    assert printed.out or printed.err
    assert not ACTING.findall(printed.out)
    assert not ACTING.findall(printed.err)


def test_what_the_server_quotes_of_the_data_does_nothing(dsn: str, tmp_path: Path, capfd: Told) -> None:
    # A migration that trips over a row quotes it: DETAIL, Key (name)=(…) is duplicated.
    twice = f"INSERT INTO named SELECT {_text(EVIL)} FROM generate_series(1, 2)"
    asyncio.run(execute(dsn, f"CREATE TABLE named (name text); {twice}"))
    source = tmp_path / "source"
    shutil.copytree(migrations("core"), source)
    write(source, "2099-01-01-000000_names", "CREATE UNIQUE INDEX ON named (name);", "SELECT 1;")
    main(["migrate", "up", "--read-write", "--source", str(source), "--dsn", dsn])
    printed = capfd.readouterr()
    assert "title" in printed.err
    assert not ACTING.findall(printed.err)
    main(["migrate", "plan", "--json", "--read-write", "--source", str(source), "--dsn", dsn])
    printed = capfd.readouterr()
    assert "title" in str(json.loads(printed.out))
    assert not ACTING.findall(printed.out)


def test_csv_holds_no_formulas(dsn: str, capsys: Told) -> None:
    asyncio.run(execute(dsn, "INSERT INTO organizations (name, slug) VALUES ('=HYPERLINK(\"//evil\")', 'evil')"))
    assert main(["show", "tenants", "--csv", "--dsn", dsn]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["name"] == '\'=HYPERLINK("//evil")'
    assert row["organization"] == "evil"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
