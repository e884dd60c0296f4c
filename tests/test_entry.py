"""The entry as a shell sees it: exit codes, one sentence on stderr, and nothing heavy for a light question."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gbtui import __version__
from gbtui.__main__ import main
from tests.conftest import Server

HEAVY = ("asyncpg", "pydantic", "textual", "rich", "asyncio", "ssl", "tomllib")


def run(*words: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run gbtui without a terminal and without the user's own settings."""
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-m", "gbtui", *words],
        env={**bare, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_light_questions_import_nothing_heavy(word: str) -> None:
    script = f"import sys; from gbtui.__main__ import main\ntry: main([{word!r}])\nexcept SystemExit: pass\n"
    script += f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert shown.splitlines()[-1] == "HEAVY []"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"gbtui {__version__}\n"


def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    for words in (
        "gbtui postgresql://",
        "--profile prod",
        "embedded:",
        "gbtui show",
        "gbtui tail",
        "--theme NAME",
        "verify-full",
    ):
        assert words in shown


@pytest.mark.parametrize("command", ["show", "tail", "check", "migrate", "demo", "config"])
def test_each_command_has_help_with_the_shared_flags(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert f"gbtui {command}" in shown
    assert "-h HOST" in shown
    assert "--profile NAME" in shown
    assert f"examples:\n  gbtui {command}" in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("shwo",), 2, "did you mean show?"),
        (("mydatabase",), 2, "-d mydatabase"),
        (("--dsn", "hots=a"), 2, "hots"),
        (("--dsn", "gssencmode=require"), 2, "gssencmode"),
        (("--profile", "absent", "config"), 2, "absent"),
        ((), 3, "No server is named"),
        (("check",), 3, "No server is named"),
        (("show", "activity"), 3, "No server is named"),
        (("tail",), 3, "No server is named"),
        (("show", "activity", "-h", "/nonexistent"), 1, "/nonexistent"),
        (("--dsn", "host=/nonexistent"), 2, "The console needs a terminal"),
    ],
)
def test_failures_are_one_sentence_and_an_exit_code(words: tuple[str, ...], code: int, said: str) -> None:
    done = run(*words)
    assert done.returncode == code
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert len((done.stderr + done.stdout).splitlines()) == 1


def test_shared_flags_work_before_and_after_the_command(server: Server) -> None:
    dsn = ("--dsn", server.dsn)
    for words in ((*dsn, "show", "connections", "--json"), ("show", "connections", "--json", *dsn)):
        done = run(*words)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)[0]["max_connections"] > 0


def test_a_reader_that_goes_away_is_no_error(server: Server) -> None:
    command = [sys.executable, "-m", "gbtui", "--dsn", server.dsn, "show", "settings", "--json"]
    reader, writer = os.pipe()
    os.close(reader)  # nobody reads, from the beginning
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("gbtui.commands.config.run", interrupt)
    assert main(["config"]) == 130


def test_the_config_command_masks_secrets_and_names_places(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[profiles.prod]\ndsn = 'host=prod user=me password=s3cr3t'\nrescue_dsn = 'password=s3cr3t'\n")
    file.chmod(0o600)
    environ = {"PGDATABASE": "fromenv", "PGHOST": "leftover", "PGPASSWORD": "s3cr3t"}
    words = ("config", "--config", str(file), "--profile", "prod")
    table, array = run(*words, environ=environ), run(*words, "--json", environ=environ)
    assert table.returncode == array.returncode == 0, table.stderr + array.stderr
    assert "s3cr3t" not in table.stdout + array.stdout + table.stderr
    assert "leftover" not in table.stdout
    entries = {entry["name"]: entry for entry in json.loads(array.stdout)}
    assert entries["host"] == {
        "section": "connection",
        "name": "host",
        "value": "prod",
        "source": f"profile prod in {file}",
    }
    assert entries["dbname"]["source"] == "environment PGDATABASE"
    assert (entries["sslmode"]["value"], entries["read_only"]["value"]) == ("verify-full", True)
    assert "verify-full" in table.stdout


def test_a_password_is_asked_for_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("getpass.getpass", lambda: "s3cr3t")
    assert main(["config", "-W", "-h", "db.example.com"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "password" in line.split()]
    assert line.split() == ["password", "********", "typed", "at", "-W"]


def test_an_ignored_password_file_is_warned_of(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    file.write_text("*:*:*:*:x\n")
    file.chmod(0o644)
    done = run("show", "connectivity", "--json", "--dsn", server.dsn, environ={"PGPASSFILE": str(file)})
    assert done.returncode == 0
    assert "group or world access" in done.stderr
    assert json.loads(done.stdout)


@pytest.mark.parametrize(
    "written",
    [
        "postgres:me:hunter2@host",
        "me:hunter2@host",
        "postgresql:/me:hunter2@host/db",
        "mysql://me:hunter2@host/db",
        "postgresql://me:p@hunter2@127.0.0.1:1/db",
        "postgresql://me:hunter2/x@127.0.0.1/db",
        "postgresql://me:hunter2%zz@127.0.0.1/db",
        "postgresql://me@127.0.0.1/db?hunter2=1",
        "host=127.0.0.1 port=1 password='hunter2",
        "host=127.0.0.1 port=1 password=hunter2 junk",
        "host=127.0.0.1 port=1 password=hunter2",
    ],
)
@pytest.mark.parametrize("words", [(), ("config", "--dsn"), ("show", "activity", "--dsn")])
def test_no_password_of_a_connection_string_is_ever_shown(
    written: str, words: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    main([*words, written])
    printed = capfd.readouterr()
    assert printed.out or printed.err
    assert "hunter2" not in printed.out + printed.err
