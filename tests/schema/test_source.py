"""A Diesel source folder, rule by rule and trap by trap."""

from pathlib import Path

import pytest

from gbtui.errors import MigrationError
from gbtui.schema import source

from .folders import write


@pytest.mark.parametrize(
    ("directory", "version"),
    [
        ("2026-01-01-000000_core", "20260101000000"),
        ("20260101000000_core_again", "20260101000000"),
        ("6.0.0-01-core", "6.0.001core"),
        ("00000000000000_diesel_initial_setup", "00000000000000"),
    ],
)
def test_version_is_the_name_before_the_first_underscore_without_hyphens(directory: str, version: str) -> None:
    assert source.version_of(directory) == version


def test_order_is_bytewise(tmp_path: Path) -> None:
    for name in ("6.0.10-01_b", "6.0.1-01_a", "2026-03-15-000000_late", "é_x", "z_x", "Z_x", "10_x", "9_x"):
        write(tmp_path, name)
    versions = [m.version for m in source.read(tmp_path)]
    assert versions == ["10", "20260315000000", "6.0.1001", "6.0.101", "9", "Z", "z", "é"]


def test_two_folders_of_one_version_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "2026-01-01-000000_a")
    write(tmp_path, "20260101000000_b")
    with pytest.raises(MigrationError, match="2026-01-01-000000_a and 20260101000000_b are both version"):
        source.read(tmp_path)


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_without_up_sql_refuses_the_whole_source(tmp_path: Path, empty: bool) -> None:
    write(tmp_path, "1_good")
    write(tmp_path, "2_bad", up=None, down=None if empty else "SELECT 1;")
    with pytest.raises(MigrationError, match=r"2_bad holds no up\.sql"):
        source.read(tmp_path)


def test_plain_files_and_hidden_folders_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, "1_good")
    write(tmp_path, ".2_hidden", up=None)
    (tmp_path / "README.md").write_text("hello")
    assert [m.name for m in source.read(tmp_path)] == ["1_good"]


def test_a_missing_source_and_a_missing_down_sql(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="nowhere"):
        source.read(tmp_path / "nowhere")
    write(tmp_path, "1_one_way", down=None)
    (migration,) = source.read(tmp_path)
    assert migration.down is None
    assert not migration.problems


@pytest.mark.parametrize(
    ("metadata", "in_transaction", "warned"),
    [
        (None, True, False),
        ("", False, True),
        ("[gbtui]\nlong_running = true\n", False, True),
        ("run_in_transaction = true", True, False),
        ("run_in_transaction = false", False, False),
        ("other = 1\nrun_in_transaction = true\n[gbtui]\ndestructive = true", True, False),
        ("run_in_transaction = ", True, True),
        ('run_in_transaction = "false"', True, True),
    ],
)
def test_metadata_is_read_as_diesel_reads_it(
    tmp_path: Path, metadata: str | None, in_transaction: bool, warned: bool
) -> None:
    write(tmp_path, "1_x", metadata=metadata)
    (migration,) = source.read(tmp_path)
    assert migration.in_transaction is in_transaction
    assert bool(migration.warnings) is warned


@pytest.mark.parametrize(
    ("up", "problem"),
    [
        ("", "it is empty"),
        ("-- only a comment\n", "holds no statement"),
        (" \n\t;;\n/* nothing */", "holds no statement"),
        ("SELECT 1;\nCOMMIT;\nSELECT 2;", "line 2: COMMIT"),
        ("begin; SELECT 1; end", "line 1: BEGIN"),
        ("START TRANSACTION", "START"),
        ("ROLLBACK;", "ROLLBACK"),
        ("PREPARE TRANSACTION 'x'", "PREPARE"),
        ("SET search_path = a, b;", "search_path"),
        ("SELECT 1;\nSET LOCAL search_path TO a", "line 2: it changes search_path"),
        ("SET SCHEMA 'a'", "search_path"),
        ("RESET ALL", "search_path"),
        ("DISCARD ALL", "search_path"),
        ("SELECT pg_catalog.set_config('search_path', '', false)", "search_path"),
        ("DO $$ BEGIN SET search_path = a; END $$", "search_path"),
        ("DO $$ BEGIN PERFORM set_config('search_path', '', true); END $$", "search_path"),
        ("SELECT 1\0", "NUL"),
        ("\ufeffSELECT 1", "byte order mark"),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "cannot run in a transaction"),
        ("VACUUM t", "cannot run in a transaction"),
        ("-- gbtui: destuctive\nDROP TABLE t", "unknown mark “destuctive”"),
    ],
)
def test_a_harmful_file_is_refused_before_it_runs(tmp_path: Path, up: str, problem: str) -> None:
    write(tmp_path, "1_x", up=up)
    migrations = source.read(tmp_path)
    with pytest.raises(MigrationError) as failed:
        source.refuse_problems(migrations)
    assert problem in failed.value.message
    assert "1_x/up.sql" in failed.value.message


@pytest.mark.parametrize(
    "up",
    [
        "SELECT 1; -- COMMIT;\n",
        "SAVEPOINT a; ROLLBACK TO a; RELEASE a",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = pg_catalog, pg_temp AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET search_path = a; END $$",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END",
        "ALTER ROLE me SET search_path = a",
        "COMMENT ON TABLE t IS 'COMMIT; SET search_path = x'",
        "SET LOCAL lock_timeout = '1s'; SELECT 1",
        "DO $$ BEGIN EXECUTE 'SELECT 1'; END $$",
        "SELECT 'é'",
    ],
)
def test_a_harmless_file_is_not_refused(tmp_path: Path, up: str) -> None:
    write(tmp_path, "1_x", up=up)
    (migration,) = source.read(tmp_path)
    assert migration.problems == ()


def test_without_a_transaction_a_file_holds_one_statement(tmp_path: Path) -> None:
    outside = "run_in_transaction = false"
    write(tmp_path, "1_one", "-- why\nCREATE INDEX CONCURRENTLY i ON t (a);\n-- done", metadata=outside)
    write(tmp_path, "2_two", "SET lock_timeout = 1; CREATE INDEX CONCURRENTLY i ON t (a)", metadata=outside)
    one, two = source.read(tmp_path)
    assert one.problems == ()
    assert "2 statements" in two.problems[0]


def test_a_down_sql_is_judged_on_its_own(tmp_path: Path) -> None:
    write(tmp_path, "1_x", down="-- nothing to do")
    migrations = source.read(tmp_path)
    source.refuse_problems(migrations)
    with pytest.raises(MigrationError, match=r"down\.sql: it holds no statement"):
        source.refuse_problems(migrations, down=True)


def test_a_version_longer_than_diesels_column_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "é" * 50 + "_fits")
    write(tmp_path, "x" * 51 + "_long")
    write(tmp_path, "_nameless")
    problems = {m.name: m.problems for m in source.read(tmp_path)}
    assert problems["é" * 50 + "_fits"] == ()
    assert "51 characters" in problems["x" * 51 + "_long"][0]
    assert "no version" in problems["_nameless"][0]


def test_marks_come_from_comments_and_metadata(tmp_path: Path) -> None:
    write(tmp_path, "1_comment", "-- what it does\n-- gbtui: destructive, long_running\nDROP TABLE t")
    write(tmp_path, "2_table", metadata="run_in_transaction = true\n[gbtui]\nlong_running = true")
    write(tmp_path, "3_none", "SELECT '-- gbtui: destructive'")
    assert [set(m.marks) for m in source.read(tmp_path)] == [{"destructive", "long_running"}, {"long_running"}, set()]


def test_text_is_kept_to_the_byte(tmp_path: Path) -> None:
    write(tmp_path, "1_dos", b"SELECT 1;\r\n")
    write(tmp_path, "2_unix", b"SELECT 1;\n")
    dos, unix = source.read(tmp_path)
    assert dos.up == "SELECT 1;\r\n"
    assert dos.up_sha256 != unix.up_sha256


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "1_x", b"SELECT '\xff'")
    with pytest.raises(MigrationError, match="byte 9"):
        source.read(tmp_path)
