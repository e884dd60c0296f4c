"""Statements, each a trap for advice on indexes, with the right answer. Drawn into docs/query-advice.md."""
# ruff: noqa: E501

from dataclasses import dataclass
from typing import Final

SCHEMA: Final = """
CREATE TABLE t (
    id int PRIMARY KEY, org int, kind text, email text, code text, status text, flag boolean, deleted_at timestamptz,
    closed_at timestamptz, created_at timestamptz, amount numeric, body text, tags text[], data jsonb
);
INSERT INTO t SELECT i, i * 7919 % 50, 'kind ' || i % 5, 'user' || i || '@example.org', 'C' || (i * 31) % 59999, 'open',
    i % 100 = 0, CASE WHEN i % 100 = 1 THEN now() END, CASE WHEN i % 100 <> 2 THEN now() END,
    '2026-01-01'::timestamptz + i * interval '1 minute', i * 7 % 60000, repeat('some words of a text ', 6),
    ARRAY['tag' || i % 5000], jsonb_build_object('k', i % 5000)
FROM generate_series(1, 60000) AS i;
CREATE INDEX ON t (kind, org);
CREATE INDEX ON t (lower(code));
CREATE TABLE u (id int PRIMARY KEY, t_id int, name text, body text);
INSERT INTO u SELECT i, i * 17 % 60000, 'name ' || i, repeat('x', 100) FROM generate_series(1, 60000) AS i;
CREATE INDEX ON u (name);
CREATE TABLE letters (id int, body text);
INSERT INTO letters SELECT i, i || repeat('x', 400) FROM generate_series(1, 20000) AS i;
CREATE TABLE tiny (id int, x int);
INSERT INTO tiny SELECT i, i FROM generate_series(1, 500) AS i;
CREATE TABLE parted (id int, user_id int, at date, body text) PARTITION BY RANGE (at);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parted_b PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO parted SELECT i, i % 9000, '2026-01-01'::date + i % 59, repeat('x', 60) FROM generate_series(1, 40000) AS i;
CREATE TABLE written (id int, ref int, body text);
INSERT INTO written SELECT i, i, repeat('x', 60) FROM generate_series(1, 30000) AS i;
CREATE TABLE unknown (id int, ref int, body text) WITH (autovacuum_enabled = off);
INSERT INTO unknown SELECT i, i, repeat('x', 60) FROM generate_series(1, 30000) AS i;
VACUUM ANALYZE t, u, letters, tiny, parted, written;
VACUUM unknown;
"""


@dataclass(frozen=True, slots=True)
class Trap:
    """A statement, the indexes that are right for it (none: nothing is), and what is easy to get wrong."""

    text: str
    right: tuple[str, ...]
    trap: str
    errs: str = "none"
    """Which usual definition gets it wrong, and how."""
    total_ms: float = 1_000_000.0


def trap(text: str, *right: str, why: str, errs: str = "none", total_ms: float = 1_000_000.0) -> Trap:
    return Trap(text, right, why, errs, total_ms)


SCANS: Final = "counted scans"
"""Tables that are read whole often call for an index (PgHero's missing indexes, pgx_scripts' needed indexes)."""
ONE_TABLE: Final = "one table: another index"
SILENT: Final = "one table: says nothing"
"""The columns that a statement compares, in one table and joined by AND (PgHero's suggested indexes)."""
BOTH: Final = f"{SCANS}; {ONE_TABLE}"
TRAPS: Final = (
    trap("SELECT * FROM t WHERE email = $1", "t (email)", why="the plain case"),
    trap("SELECT * FROM t WHERE id = $1", why="the primary key serves it"),
    trap("SELECT * FROM t WHERE kind = $1", why="five values: reading the table is cheaper", errs=SCANS),
    trap("SELECT * FROM t WHERE status = $1", why="one value", errs=SCANS),
    trap("SELECT * FROM t WHERE email = $1 AND kind = $2", "t (email)", why="a second column that narrows nothing more"),
    trap("SELECT * FROM t WHERE kind = $1 AND org = $2", why="there is (kind, org)"),
    trap("SELECT * FROM t WHERE org = $1 AND kind = $2", why="there is (kind, org): the order of equalities is free"),
    trap("SELECT * FROM t WHERE org = $1 AND amount > $2", "t (org, amount)", why="the bound stands behind the equality"),
    trap("SELECT * FROM t WHERE created_at > $1", why="one unknown bound leaves a third of the rows", errs=SCANS),
    trap("SELECT * FROM t WHERE created_at BETWEEN $1 AND $2", "t (created_at)", why="two bounds are narrow"),
    trap("SELECT * FROM t WHERE created_at >= $1 AND created_at < $2", "t (created_at)", why="written as two conditions"),
    trap("SELECT * FROM t WHERE org = $1 ORDER BY created_at DESC LIMIT $2", "t (org, created_at)",
         why="the order behind the equality; an index is read both ways"),
    trap("SELECT * FROM t ORDER BY created_at DESC LIMIT 10", "t (created_at)", why="no condition at all"),
    trap("SELECT * FROM t ORDER BY created_at DESC", why="all rows are wanted: sorting them is cheaper", errs=SCANS),
    trap("SELECT * FROM t ORDER BY org, created_at DESC LIMIT 10", "t (org, created_at DESC)", why="mixed directions"),
    trap("SELECT * FROM t ORDER BY created_at DESC NULLS LAST LIMIT 10", "t (created_at DESC NULLS LAST)",
         why="NULLs elsewhere than by default"),
    trap("SELECT org, count(*) FROM t GROUP BY org ORDER BY org LIMIT 10", why="what is limited are groups, not rows", errs=SCANS),
    trap("SELECT * FROM t WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 10",
         "t (created_at, id)", why="paging by keyset: a comparison of rows", errs=SILENT),
    trap("SELECT * FROM t WHERE lower(email) = $1", "t (lower(email))", why="an expression: (email) would not serve it", errs=SILENT),
    trap("SELECT * FROM t WHERE lower(code) = $1", why="there is an index on that expression"),
    trap("SELECT * FROM t WHERE created_at::date = $1", why="that cast depends on the time zone: no index may hold it", errs=SCANS),
    trap("SELECT * FROM t WHERE amount + 1 = $1", why="arithmetic on the column", errs=SCANS),
    trap("SELECT * FROM t WHERE email LIKE 'abc%'", "t (email text_pattern_ops)", why="a prefix needs its own operators", errs=ONE_TABLE),
    trap("SELECT * FROM t WHERE email LIKE '%abc'", why="no prefix", errs=BOTH),
    trap("SELECT * FROM t WHERE email LIKE $1", why="whether it is a prefix nobody knows", errs=BOTH),
    trap("SELECT * FROM t WHERE email <> $1", why="all rows but one", errs=BOTH),
    trap("SELECT * FROM t WHERE data @> $1", "t USING gin (data jsonb_path_ops)", why="a b-tree cannot", errs=SILENT),
    trap("SELECT * FROM t WHERE tags && $1", "t USING gin (tags)", why="an array", errs=SILENT),
    trap("SELECT * FROM t WHERE to_tsvector('english', body) @@ plainto_tsquery($1)",
         "t USING gin (to_tsvector('english', body))", why="full text, by the very expression", errs=SILENT),
    trap("SELECT * FROM t WHERE to_tsvector($1, body) @@ plainto_tsquery($2)", why="in which language is not known", errs=SCANS),
    trap("SELECT * FROM t WHERE flag", "t (flag) WHERE flag", why="few rows: a partial index", errs=ONE_TABLE),
    trap("SELECT * FROM t WHERE NOT flag", why="nearly all rows", errs=SCANS),
    trap("SELECT * FROM t WHERE flag AND org = $1", "t (org) WHERE flag", why="partial, on the other column", errs=ONE_TABLE),
    trap("SELECT * FROM t WHERE closed_at IS NULL", "t (closed_at) WHERE closed_at IS NULL", why="few NULLs", errs=ONE_TABLE),
    trap("SELECT * FROM t WHERE deleted_at IS NULL", why="nearly all are NULL", errs=SCANS),
    trap("SELECT * FROM t WHERE email = $1 OR code = $2", "t (email)", "t (code)", why="an OR needs an index on each side", errs=SILENT),
    trap("SELECT * FROM t WHERE email = $1 OR body LIKE $2", why="one side of the OR cannot be answered: none helps", errs=SCANS),
    trap("SELECT * FROM t WHERE email IN ($1, $2, $3)", "t (email)", why="a list"),
    trap("SELECT * FROM t WHERE email = ANY($1)", "t (email)", why="an array of unknown length"),
    trap("SELECT * FROM t JOIN u ON u.t_id = t.id WHERE t.id = $1", "u (t_id)", why="the other side of a join", errs=SILENT),
    trap("SELECT count(*) FROM t JOIN u ON u.t_id = t.id", why="all of both tables: a hash join", errs=SCANS),
    trap("SELECT * FROM t LEFT JOIN u ON u.t_id = t.id WHERE t.id = $1", "u (t_id)", why="an outer join", errs=SILENT),
    trap("SELECT * FROM t WHERE id = $1 AND EXISTS (SELECT FROM u WHERE u.t_id = t.id)", "u (t_id)", why="in a subquery", errs=SILENT),
    trap("WITH x AS (SELECT * FROM t WHERE email = $1) SELECT * FROM x JOIN u ON u.id = x.id", "t (email)", why="in a WITH", errs=SILENT),
    trap("SELECT id FROM t WHERE email = $1 UNION ALL SELECT id FROM u WHERE t_id = $2", "t (email)", "u (t_id)",
         why="both sides of a UNION", errs=SILENT),
    trap("UPDATE t SET amount = $1 WHERE email = $2", "t (email)", why="a write looks for its rows, too"),
    trap("DELETE FROM u WHERE t_id = $1", "u (t_id)", why="a delete"),
    trap("SELECT * FROM tiny WHERE x = $1", why="a table of a few pages"),
    trap("SELECT * FROM parted WHERE user_id = $1", "ONLY parted (user_id)", why="partitioned: no CONCURRENTLY on the parent",
         errs="one table: a statement that fails"),
    trap("SELECT * FROM written WHERE ref = $1", why="it would save less than its writes cost", errs=SCANS, total_ms=200.0),
    trap("SELECT * FROM unknown WHERE ref = $1", why="never analysed: nothing is known of it", errs=SCANS),
    trap("SELECT org, amount FROM t WHERE org = $1", "t (org) INCLUDE (amount)", why="many rows of two columns: covering", errs=ONE_TABLE),
    trap("SELECT * FROM letters WHERE body = $1", why="long texts: a b-tree refuses a row with more than 2.7 kB", errs=BOTH),
    trap("SELECT * FROM t WHERE email = $1 FOR UPDATE SKIP LOCKED", "t (email)", why="a lock changes nothing"),
    trap("SELECT * FROM gone WHERE x = $1", why="what it names is not there any more"),
    trap("VACUUM t", why="no statement with a plan"),
)  # fmt: skip
