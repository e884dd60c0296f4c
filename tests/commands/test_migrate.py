"""`gbtui migrate` as a person and a script use it."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gbtui.__main__ import main
from gbtui.resources import migrations
from tests.conftest import Server, execute
from tests.schema.folders import write
from tests.waiting import until_now

CORE = sorted(path.name for path in migrations("core").iterdir() if path.is_dir())

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def quiet_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No profile and no PG* variable of whoever runs the tests."""
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "GBTUI_DSN", "GBTUI_PROFILE", "GBTUI_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The core migrations, and one more of our own."""
    folder = tmp_path / "source"
    shutil.copytree(migrations("core"), folder)
    write(folder, "2099-01-01-000000_more", "CREATE TABLE public.more (n int);\n", "DROP TABLE public.more;")
    return folder


def rows(told: Told) -> list[dict[str, Any]]:
    """What was printed, as JSON."""
    return list(json.loads(told.readouterr().out))


def fetch(dsn: str, query: str) -> Any:
    """One value, over a connection of its own."""

    async def ask() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_an_empty_database_is_built_when_that_is_said(empty_dsn: str, capsys: Told) -> None:
    write_to = ["--dsn", empty_dsn, "--read-write"]
    assert main(["migrate", "status", "--dsn", empty_dsn]) == 0
    assert "empty; gbtui migrate up --init builds it" in capsys.readouterr().out
    assert main(["migrate", "up", *write_to]) == 1
    assert "--init" in capsys.readouterr().err
    assert main(["migrate", "up", "--init", "--json", *write_to]) == 0
    applied = rows(capsys)
    assert [row["name"] for row in applied] == CORE
    assert set(applied[0]) == {"version", "name", "direction", "seconds", "attempts"}
    assert main(["migrate", "up", *write_to]) == 0
    assert capsys.readouterr().out == "nothing is pending\n"
    assert main(["migrate", "status", "--check", "--dsn", empty_dsn]) == 0


def test_status_in_json_is_a_contract(dsn: str, source: Path, capsys: Told) -> None:
    at = ["--dsn", dsn, "--source", str(source)]
    assert main(["migrate", "status", "--json", *at]) == 0
    found = rows(capsys)
    assert [row["state"] for row in found] == ["applied"] * len(CORE) + ["pending"]
    assert set(found[0]) == {
        "version", "name", "state", "standing", "run_on", "applied_at", "seconds", "actor", "tool_version", "drifted",
        "late", "marks", "in_transaction", "up_sha256", "problems", "warnings",
    }  # fmt: skip
    assert found[0]["applied_at"].endswith("Z")
    assert isinstance(found[0]["seconds"], float)
    assert found[0]["standing"] == "ours"
    assert main(["migrate", "status", "--check", *at]) == 1


def test_what_changed_or_came_from_elsewhere_shows(dsn: str, source: Path, capsys: Told) -> None:
    (source / CORE[1] / "down.sql").write_text("SELECT 1;")
    asyncio.run(execute(dsn, f"DELETE FROM gb_meta.migration_log WHERE name = '{CORE[2]}'"))
    assert main(["migrate", "status", "--dsn", dsn, "--source", str(source)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if CORE[1] in line).endswith("down.sql changed since")
    assert next(line for line in lines if CORE[2] in line).endswith("not by gbtui")


def test_a_server_is_read_only_unless_said_otherwise(dsn: str, source: Path, capsys: Told) -> None:
    at = ["--dsn", dsn, "--source", str(source)]
    for action in ("up", "down", "redo", "verify"):
        assert main(["migrate", action, *at]) == 1
        assert "--read-write" in capsys.readouterr().err
    assert main(["migrate", "plan", "--json", *at]) == 0
    (step,) = rows(capsys)
    assert (step["rehearsed"], step["sql"]) == (False, "CREATE TABLE public.more (n int);\n")
    assert fetch(dsn, "SELECT to_regclass('more') IS NULL")


def test_plan_rehearses_and_leaves_nothing(dsn: str, source: Path, capsys: Told) -> None:
    write(source, "2099-01-02-000000_lock", "ALTER TABLE public.bots ADD m int;", "ALTER TABLE public.bots DROP m;")
    at = ["--dsn", dsn, "--source", str(source), "--read-write"]
    assert main(["migrate", "plan", *at]) == 0
    told = capsys.readouterr().out
    assert "locks public.bots  ACCESS EXCLUSIVE        reads and writes wait" in told
    assert "CREATE TABLE public.more" in told
    assert main(["migrate", "plan", "--json", "--to", "2099-01-01-000000", *at]) == 0
    (step,) = rows(capsys)
    assert set(step) == {
        "version", "name", "direction", "sql", "in_transaction", "marks", "rehearsed", "locks", "rewritten", "losses",
        "seconds", "note", "error", "problems", "warnings", "remarks",
    }  # fmt: skip
    assert fetch(dsn, "SELECT to_regclass('more') IS NULL")


def test_down_and_redo_tell_the_losses_and_want_the_name(dsn: str, source: Path, capsys: Told) -> None:
    at = ["--dsn", dsn, "--source", str(source), "--read-write"]
    name = fetch(dsn, "SELECT current_database()")
    assert main(["migrate", "up", *at]) == 0
    asyncio.run(execute(dsn, "INSERT INTO more VALUES (1), (2)"))
    for confirm in ([], ["--confirm", "another"]):
        capsys.readouterr()
        assert main(["migrate", "redo", *at, *confirm]) == 1
        told = capsys.readouterr().err
        assert "loses table public.more: 2 rows" in told
        assert f"--confirm {name}" in told
        assert fetch(dsn, "SELECT count(*) FROM more") == 2
    assert main(["migrate", "redo", "--json", *at, "--confirm", name]) == 0
    assert [row["direction"] for row in rows(capsys)] == ["down", "up"]
    assert fetch(dsn, "SELECT count(*) FROM more") == 0
    assert main(["migrate", "down", "--to", CORE[-1], *at, "--confirm", name]) == 0
    assert fetch(dsn, "SELECT to_regclass('more') IS NULL")


def test_destructive_migrations_want_the_name(dsn: str, source: Path, capsys: Told) -> None:
    write(source, "2099-01-02-000000_drop", "-- gbtui: destructive\nDROP TABLE public.more;")
    at = ["--dsn", dsn, "--source", str(source), "--read-write"]
    assert main(["migrate", "up", *at]) == 1
    assert "2099-01-02-000000_drop would lose data" in capsys.readouterr().err
    assert main(["migrate", "up", *at, "--confirm", fetch(dsn, "SELECT current_database()")]) == 0


def test_a_failure_names_file_line_and_the_servers_words(dsn: str, source: Path, capsys: Told) -> None:
    write(source, "2099-01-02-000000_bad", "CREATE TABLE public.bad ();\nALTER TABLE public.nothing ADD m int;")
    assert main(["migrate", "up", "--dsn", dsn, "--source", str(source), "--read-write"]) == 1
    told = capsys.readouterr().err
    assert 'bad/up.sql:2:1: relation "public.nothing" does not exist [42P01]' in told
    assert fetch(dsn, "SELECT to_regclass('more') IS NOT NULL AND to_regclass('bad') IS NULL")


@pytest.mark.parametrize("action", ["up", "down", "redo"])
def test_databases_of_others_and_newer_ones_are_not_touched(
    empty_dsn: str, dsn: str, capsys: Told, action: str
) -> None:
    asyncio.run(execute(empty_dsn, "CREATE TABLE theirs ()"))
    assert main(["migrate", action, "--dsn", empty_dsn, "--read-write", "--init"]) == 1
    assert "Not built by gbtui" in capsys.readouterr().err
    asyncio.run(execute(dsn, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9')"))
    assert main(["migrate", action, "--dsn", dsn, "--read-write"]) == 1
    assert "version 9" in capsys.readouterr().err


def test_verify_proves_a_source_or_names_the_difference(server: Server, tmp_path: Path, capsys: Told) -> None:
    write(tmp_path, "1_good", "CREATE TABLE a ()", "DROP TABLE a")
    at = ["--dsn", server.dsn, "--source", str(tmp_path), "--read-write"]
    assert main(["migrate", "verify", *at]) == 0
    assert "✔ all together" in capsys.readouterr().out
    write(tmp_path, "2_bad", "CREATE TABLE b ()")
    assert main(["migrate", "verify", "--json", *at]) == 1
    good, bad = rows(capsys)
    assert set(good) == {"version", "name", "objects", "seconds", "problems"}
    assert (good["problems"], bad["name"]) == ([], "2_bad")


def test_new_makes_a_folder_that_is_refused_until_it_is_filled(tmp_path: Path, capsys: Told) -> None:
    assert main(["migrate", "new", "add_labels", "--source", str(tmp_path), "--json"]) == 0
    (made,) = rows(capsys)
    assert made["name"].endswith("_add_labels")
    assert (Path(made["path"]) / "down.sql").exists()
    assert main(["migrate", "new", "Add Labels", "--source", str(tmp_path)]) == 2
    assert main(["migrate", "new"]) == 2
    write(tmp_path, "2999-01-01-000000_last")
    assert main(["migrate", "new", "late", "--source", str(tmp_path)]) == 2
    assert "is not after 29990101000000" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["status", "up", "plan"])
def test_without_a_server_nothing_is_assumed(action: str, capsys: Told) -> None:
    assert main(["migrate", action, "--read-write"]) == 3


def test_an_unknown_version_is_said_to_be_unknown(dsn: str, capsys: Told) -> None:
    assert main(["migrate", "up", "--to", "nothing", "--dsn", dsn, "--read-write"]) == 2
    assert "No such version: nothing" in capsys.readouterr().err


def test_lint_judges_without_a_server(tmp_path: Path, capsys: Told) -> None:
    write(tmp_path, "1_lock", "CREATE INDEX i ON public.bots (name);")
    assert main(["migrate", "lint", "--source", str(tmp_path)]) == 1
    assert "1_lock/up.sql:1: CREATE INDEX on public.bots makes its writers wait" in capsys.readouterr().out
    assert main(["migrate", "lint", "--json", "--source", str(tmp_path)]) == 1
    assert {"rule", "severity", "migration", "line", "message", "advice"} == set(rows(capsys)[0])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_proof_drops_its_scratch_database(
    server: Server, tmp_path: Path, *, number: signal.Signals, code: int
) -> None:
    write(tmp_path, "1_slow", "SELECT pg_sleep(60)")
    words = ["migrate", "verify", "--dsn", server.dsn, "--source", str(tmp_path), "--read-write"]
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
    with subprocess.Popen([sys.executable, "-m", "gbtui", *words], stderr=subprocess.DEVNULL) as proof:
        try:
            until_now(lambda: fetch(server.dsn, sleeping), 30)
            proof.send_signal(number)
            # Dropping a database waits for a checkpoint, of all that other tests have written.
            assert proof.wait(90) == code
        finally:
            proof.kill()
    assert fetch(server.dsn, "SELECT count(*) FROM pg_database WHERE datname LIKE 'gbtui\\_verify\\_%'") == 0
