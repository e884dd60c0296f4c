"""`gbtui jobs`: the list, the history, runs, schedules, one sentence for what is wrong; and the daemon as a process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gbtui.__main__ import main
from gbtui.lifecycle.jobs.registry import JOBS
from tests.waiting import until_now

Run = Callable[..., tuple[int, str, str]]


def ask(dsn: str, sql: str) -> Any:
    async def once() -> Any:
        db = await asyncpg.connect(dsn, timeout=10)
        try:
            return await db.fetchval(sql)
        finally:
            await db.close(timeout=5)

    return asyncio.run(once())


@pytest.fixture
def gbtui(dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--dsn", dsn])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_what_is_due_runs_once_and_then_nothing_is(gbtui: Run) -> None:
    code, out, _ = gbtui("jobs")
    assert code == 0
    assert out.count("never") >= len(JOBS)
    code, out, _ = gbtui("jobs", "run", "--read-write")
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines()] == list(JOBS)
    assert gbtui("jobs", "run", "--read-write") == (0, "nothing is due\n", "")

    rows = {row["job"]: row for row in json.loads(gbtui("jobs", "list", "--json")[1])}
    assert {row["stands"] for row in rows.values()} == {"done"}
    assert rows["sessions"]["result"] == "nothing to do"
    assert rows["sessions"]["next_run"] > rows["sessions"]["last_run"]
    assert gbtui("jobs", "run", "purge", "sessions", "--read-write")[1].startswith("purge: done: nothing to do")
    assert (
        "no place for archives is named, so these stay: audit" in gbtui("jobs", "run", "retention", "--read-write")[2]
    )
    assert len(json.loads(gbtui("jobs", "history", "purge", "--json")[1])) == 2


def test_a_job_that_fails_is_the_exit_code(gbtui: Run, dsn: str) -> None:
    ask(dsn, "ALTER TABLE user_login_tokens RENAME TO elsewhere")
    code, out, _ = gbtui("jobs", "run", "retention", "--read-write")
    assert code == 1
    assert "retention: failed: " in out
    assert "user_login_tokens" in out
    (line,) = [line for line in gbtui("jobs")[1].splitlines() if line.startswith("retention")]
    assert "failed" in line
    assert "does not exist" in line


def test_a_schedule_is_set_told_and_taken_back(gbtui: Run) -> None:
    gbtui("jobs", "run", "purge", "--read-write")
    code, out, _ = gbtui(
        "jobs", "set", "purge", "--schedule", "0 4 * * *", "--zone", "Europe/Berlin", "--read-write"
    )  # fmt: skip
    assert code == 0
    assert out.startswith("purge: At 04:00 every day, Europe/Berlin; next 20")
    assert gbtui("jobs", "set", "purge", "--off", "--read-write")[1] == "purge: off\n"
    (row,) = [row for row in json.loads(gbtui("jobs", "--json")[1]) if row["job"] == "purge"]
    assert (row["stands"], row["own_schedule"], row["next_run"]) == ("off", True, None)
    assert "At 02:20 every day" in gbtui("jobs", "set", "purge", "--default", "--read-write")[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run",), 1, "Read-only: nothing was changed"),
        (("run", "dishes", "--read-write"), 2, "No such job: dishes"),
        (("set", "purge", "--schedule", "0 0 31 2 *", "--read-write"), 2, "purge:"),
        (("set", "purge", "--zone", "Mars/Olympus", "--read-write"), 2, "Mars/Olympus is no time zone"),
        (("schedule", "--read-write"), 2, "By what?"),
        (("schedule", "--pg-cron", "--read-write"), 2, "pg_cron is not installed here"),
        (("set", "purge"), 2, "Nothing to set"),
        (("list", "purge"), 2, "list takes no name"),
        (("run", "purge", "--off", "--read-write"), 2, "That goes with set"),
    ],
)
def test_what_is_wrong_is_one_sentence(gbtui: Run, words: tuple[str, ...], code: int, said: str) -> None:
    found, out, err = gbtui("jobs", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1


def test_the_daemon_runs_what_is_due_comes_back_and_ends_when_it_is_told(dsn: str, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "gbtui", "jobs", "daemon", "--read-write", "--dsn", dsn]
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True) as daemon:
        try:
            done = "SELECT count(DISTINCT job) FROM gb_meta.job_runs WHERE state = 'done'"
            until_now(lambda: ask(dsn, done) == len(JOBS), 20)
            # All its connections go; the next thing that is due runs all the same.
            ask(dsn, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'gbtui'")
            assert daemon.poll() is None
            daemon.send_signal(signal.SIGTERM)
            _, said = daemon.communicate(timeout=20)
        finally:
            daemon.kill()
    assert daemon.returncode == 0
    assert said.rstrip().endswith("told to end")
    assert "Traceback" not in said
