"""The DDL rules: each says what it is for, and is quiet about what is good."""

from pathlib import Path

import postgast
import pytest

from gbtui.resources import migrations as folder
from gbtui.schema import scan, source
from gbtui.schema.lint import lint

from .folders import write


def rules(path: Path, up: str, metadata: str | None = None) -> list[str]:
    """The rules that one file breaks."""
    write(path, "1_x", up, metadata=metadata)
    return [finding.rule for finding in lint(source.read(path))]


@pytest.mark.parametrize(
    ("up", "rule"),
    [
        ("CREATE INDEX i ON public.t (a)", "index-not-concurrently"),
        ("DROP INDEX i", "drop-index-not-concurrently"),
        ("ALTER TABLE public.t ADD FOREIGN KEY (a) REFERENCES public.u (a)", "constraint-not-valid"),
        ("ALTER TABLE public.t ADD CHECK (a > 0)", "constraint-not-valid"),
        ("ALTER TABLE public.t ADD UNIQUE (a)", "unique-using-index"),
        ("ALTER TABLE public.t ADD PRIMARY KEY (a)", "unique-using-index"),
        ("ALTER TABLE public.t ADD EXCLUDE USING gist (a WITH &&)", "exclusion"),
        ("ALTER TABLE public.t ALTER a SET NOT NULL", "set-not-null"),
        ("ALTER TABLE public.t ALTER a TYPE bigint", "column-type"),
        ("ALTER TABLE public.t ADD a int NOT NULL", "add-not-null"),
        ("ALTER TABLE public.t ADD a uuid DEFAULT gen_random_uuid()", "add-column-rewrites"),
        ("ALTER TABLE public.t ADD a bigint GENERATED ALWAYS AS IDENTITY", "add-column-rewrites"),
        ("ALTER TABLE public.t ADD a int GENERATED ALWAYS AS (b) STORED", "add-column-rewrites"),
        ("ALTER TABLE public.t DROP COLUMN a", "unmarked-destructive"),
        ("DROP TABLE public.t", "unmarked-destructive"),
        ("TRUNCATE public.t", "unmarked-destructive"),
        ("ALTER TABLE public.t DETACH PARTITION public.p", "detach-not-concurrently"),
        ("ALTER TABLE public.t RENAME COLUMN a TO b", "rename"),
        ("ALTER TABLE public.t RENAME TO u", "rename"),
        ("UPDATE public.t SET a = 1", "backfill-in-migration"),
        ("DELETE FROM public.t", "backfill-in-migration"),
        ("CREATE TABLE public.p PARTITION OF public.t FOR VALUES IN (1)", "partition-of"),
        ("CREATE TABLE public.t (a json)", "type"),
        ("CREATE TABLE public.t (a timestamp)", "type"),
        ("CREATE TABLE public.t (a varchar(20))", "type"),
        ("CREATE TABLE public.t (a int PRIMARY KEY)", "type"),
        ("CREATE TABLE t (a int)", "unqualified"),
        (f"CREATE TABLE public.{'é' * 32} (a int)", "long-name"),
        ("CREATE TABLE public.t (a int REFERENCES public.u (a))", "foreign-key-without-index"),
        ("CREATE TABLE public.t (bot_id uuid)", "tenant-without-org"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
            "REVOKE ALL ON FUNCTION f() FROM PUBLIC",
            "definer-search-path",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1'",
            "definer-public",
        ),
        (
            "ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE public.t VALIDATE CONSTRAINT c",
            "validate-in-same-file",
        ),
        ("CREATE TABEL t ()", "syntax"),
    ],
)
def test_a_rule_finds_what_it_is_for(tmp_path: Path, up: str, rule: str) -> None:
    assert rules(tmp_path, up) == [rule]


@pytest.mark.parametrize(
    "up",
    [
        "CREATE TABLE public.t (id uuid PRIMARY KEY, a int REFERENCES public.u (a)); CREATE INDEX i ON public.t (a);"
        "ALTER TABLE public.t ALTER a SET NOT NULL",
        "ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        "ALTER TABLE public.t VALIDATE CONSTRAINT c",
        "ALTER TABLE public.t ADD CONSTRAINT c UNIQUE USING INDEX i",
        "ALTER TABLE public.t ADD a timestamptz NOT NULL DEFAULT now()",
        "-- gbtui: destructive\nDROP TABLE public.t",
        "-- the types fit\n-- gbtui-lint: ignore column-type\nALTER TABLE public.t ALTER a TYPE text",
        "CREATE TABLE public.t (org_id uuid, bot_id uuid,"
        " FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id));"
        "CREATE INDEX ON public.t (bot_id)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1';"
        "REVOKE ALL ON FUNCTION f() FROM PUBLIC",
    ],
)
def test_good_ddl_is_not_remarked_on(tmp_path: Path, up: str) -> None:
    assert rules(tmp_path, up) == []


def test_an_index_built_concurrently_is_good(tmp_path: Path) -> None:
    assert rules(tmp_path, "CREATE INDEX CONCURRENTLY i ON public.t (a)", "run_in_transaction = false") == []


def test_tables_of_earlier_files_are_new_and_lines_are_true(tmp_path: Path) -> None:
    write(tmp_path, "1_a", "CREATE TABLE public.a (n int)")
    write(tmp_path, "2_b", "-- é\nCREATE INDEX ON public.a (n);\n\n-- why\nCREATE INDEX ON public.old (n);")
    (finding,) = lint(source.read(tmp_path))
    assert (finding.migration, finding.line, finding.rule) == ("2_b", 5, "index-not-concurrently")


def test_the_core_migrations_pass() -> None:
    assert [str(finding) for finding in lint(source.read(folder("core")))] == []


@pytest.mark.parametrize("migration", source.read(folder("core")), ids=lambda m: str(m.name))
def test_our_small_lexer_agrees_with_the_servers_grammar(migration: source.Migration) -> None:
    for sql in (migration.up, migration.down or ""):
        assert len(scan.statements(sql)) == len(postgast.parse(sql).stmts)
