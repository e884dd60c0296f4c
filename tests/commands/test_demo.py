"""`gbtui demo` as its user meets it: a process, its words, and what is left when it ends."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.demo.homes import children, gone, home, postmasters
from tests.waiting import until_now


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with home() as empty:
        yield empty


def gbtui(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gbtui", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environ},
        check=False,
    )


def test_it_prepares_once_and_leaves_nothing_running(folder: Path) -> None:
    first = gbtui("demo", "--no-console", "--data-dir", folder, "--traffic", "50", "--seconds", "1")
    assert first.returncode == 0, first.stderr
    assert "preparing PostgreSQL" in first.stderr
    assert "loading sample data" in first.stderr
    assert "50 messages a second for 1 s" in first.stderr
    assert first.stdout == ""
    gone(folder)
    # A server that is named by the environment alone is not the demo's: it is neither written nor an obstacle.
    again = gbtui("demo", "--no-console", "--data-dir", folder, GBTUI_DSN="postgresql://prod/app", PGHOST="prod")
    assert again.returncode == 0, again.stderr
    assert "preparing" not in again.stderr
    assert "loading" not in again.stderr
    assert "gbtui --dsn embedded: opens it" in again.stderr
    gone(folder)


def test_a_size_needs_an_empty_demo_or_fresh(folder: Path) -> None:
    gbtui("demo", "--no-console", "--data-dir", folder)
    refused = gbtui("demo", "--no-console", "--data-dir", folder, "--size", "small")
    assert refused.returncode == 2
    assert "add --fresh to throw it away" in refused.stderr
    fresh = gbtui("demo", "--no-console", "--data-dir", folder, "--size", "small", "--fresh", "--seed", "9")
    assert fresh.returncode == 0, fresh.stderr
    assert "throwing the demo's data away" in fresh.stderr
    gone(folder)


def test_no_console_without_a_terminal(folder: Path) -> None:
    refused = gbtui("demo", "--data-dir", folder)
    assert refused.returncode == 2
    assert "--no-console" in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--dsn", "postgresql://db.example.com/app"], "--dsn names another one"),
        (["-h", "db.example.com", "--traffic", "5"], "--host names another one"),
        (["--profile", "prod", "--yes-write-to", "app"], "prod"),
        (["--dsn", "postgresql://x/app", "--yes-write-to", "app", "--fresh"], "--fresh is for the embedded server"),
        (["--traffic", "0"], "is not a number of messages a second"),
        (["--traffic", "nan"], "is not a number of messages a second"),
    ],
)
def test_what_it_refuses_at_once(words: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles.prod]\ndsn = "postgresql://db.example.com/app"\n')
    refused = gbtui("demo", "--no-console", "--config", tmp_path / "config.toml", *words)
    assert refused.returncode == 2
    assert told in refused.stderr


def test_another_server_must_be_named_twice(server: Server, filled_dsn: str) -> None:
    name = filled_dsn.partition("?")[0].rpartition("/")[2]
    mistaken = gbtui("demo", "--no-console", "--dsn", filled_dsn, "--traffic", "5", "--yes-write-to", "other")
    assert mistaken.returncode == 2
    assert f"connected to {name}" in mistaken.stderr
    meant = gbtui(
        "demo", "--no-console", "--dsn", filled_dsn, "--traffic", "50", "--seconds", "1", "--yes-write-to", name
    )
    assert meant.returncode == 0, meant.stderr
    assert "new sessions" in meant.stderr


@pytest.mark.parametrize("variable", ["GBTUI_DSN", "PGHOST"])
def test_a_database_named_twice_is_not_one_of_a_server_that_only_the_environment_names(
    variable: str, filled_dsn: str
) -> None:
    address, _, folder = filled_dsn.partition("?host=")
    name = address.rpartition("/")[2]
    environ = {variable: filled_dsn if variable == "GBTUI_DSN" else folder}
    words = ("-U", "gbtui", "-d", name, "--traffic", "50", "--seconds", "1", "--yes-write-to", name)
    refused = gbtui("demo", "--no-console", *words, **environ)
    assert refused.returncode == 1
    assert "Cannot reach the server" in refused.stderr or "does not exist" in refused.stderr


@pytest.mark.terminal
def test_nothing_is_left_when_the_console_is_killed(folder: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-m", "gbtui", "demo", "--traffic", "20", "--data-dir", str(folder)])
    try:
        (traffic,) = until_now(lambda: children(pid, "gbtui.demo.traffic"), 60)
        assert postmasters(folder)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)
    gone(folder)
    until_now(lambda: not traffic.is_running())
