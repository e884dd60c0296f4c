"""A schema of traps: each index is one that some usual definition of "useless" errs about, with the right answer.

Which definitions err stands in `errs`: published queries of monitoring tools, by what they look at.
"""

from dataclasses import dataclass
from typing import Final

KEEP: Final = ""


@dataclass(frozen=True, slots=True)
class Trap:
    """An index, or a foreign key without one, and what is right about it."""

    name: str
    right: str
    """The kind of advice that is right, with "!" where it is seen but must be withheld; KEEP: nothing to say."""
    errs: str
    """Which usual definition gets it wrong."""


SCHEMA: Final = """
CREATE SCHEMA traps;
SET search_path = traps;
CREATE TABLE parent (id bigint PRIMARY KEY, code text, n int, m int);
CREATE UNIQUE INDEX parent_code_key ON parent (code);
CREATE TABLE child (
    id bigint PRIMARY KEY, parent_id bigint REFERENCES parent ON DELETE CASCADE, other_id bigint REFERENCES parent,
    third_id bigint REFERENCES parent, by_code text REFERENCES parent (code),
    a int NOT NULL, b int NOT NULL, c int NOT NULL, d int, name text NOT NULL, body jsonb,
    at timestamptz NOT NULL, flag boolean
);
INSERT INTO parent SELECT n, 'code' || n, n, n FROM generate_series(1, 2010) n;
DELETE FROM parent WHERE id > 2000;
INSERT INTO child
    SELECT n, 1 + n % 2000, 1 + n % 2000, 1 + n % 2000, 'code' || 1 + n % 2000, n % 97, n, n % 7,
        CASE WHEN n % 50 = 0 THEN n END, 'name ' || n, jsonb_build_object('k', n), now() - n * interval '1 s', n % 3 = 0
    FROM generate_series(1, 120000) n;

-- what holds an index in place
ALTER TABLE parent ADD CONSTRAINT parent_n_key UNIQUE (n);
CREATE UNIQUE INDEX child_b_unique ON child (b);
CREATE INDEX child_parent_id ON child (parent_id);
CREATE INDEX child_flag_never ON child (flag, c);
CREATE TABLE ranges (id int PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&));
CREATE TABLE replicated (x int NOT NULL, y int);
CREATE UNIQUE INDEX replicated_x ON replicated (x);
ALTER TABLE replicated REPLICA IDENTITY USING INDEX replicated_x;
CREATE TABLE clustered (x int, y int);
CREATE INDEX clustered_x ON clustered (x);
CLUSTER clustered USING clustered_x;

-- copies
CREATE INDEX dup_a1 ON child (a);
CREATE INDEX dup_a2 ON child (a);
CREATE INDEX dup_expr1 ON child (lower(name));
CREATE INDEX dup_expression_with_a_longer_name ON child (lower(name));
CREATE INDEX dup_part1 ON child (c) WHERE c > 3;
CREATE INDEX dup_partial_with_a_longer_name ON child (c) WHERE c > 3;
CREATE INDEX other_predicate ON child (c) WHERE c > 4;
CREATE INDEX parent_pk_copy ON parent (id);
CREATE UNIQUE INDEX parent_pk_unique_copy ON parent (id);
CREATE INDEX incl1 ON child (at) INCLUDE (a);
CREATE INDEX incl2 ON child (at) INCLUDE (b);
CREATE INDEX incl_same1 ON child (name) INCLUDE (a, b);
CREATE INDEX incl_same2 ON child (name) INCLUDE (b, a);
CREATE INDEX order_asc ON child (d);
CREATE INDEX order_desc ON child (d DESC);
CREATE INDEX nulls_first ON child (d NULLS FIRST);
CREATE INDEX text_ops ON child (by_code);
CREATE INDEX text_pattern ON child (by_code text_pattern_ops);
CREATE INDEX text_c ON child (by_code COLLATE "C");
CREATE INDEX hash_a ON child USING hash (a);
CREATE INDEX brin_at ON child USING brin (at);
CREATE INDEX gin_body ON child USING gin (body);
CREATE INDEX gin_body_path ON child USING gin (body jsonb_path_ops);
CREATE TABLE deferring (x int, y int, UNIQUE (x) DEFERRABLE);
CREATE UNIQUE INDEX deferring_x_now ON deferring (x);
CREATE TABLE nulling (x int);
CREATE UNIQUE INDEX nulling_apart ON nulling (x);
CREATE UNIQUE INDEX nulling_together ON nulling (x) NULLS NOT DISTINCT;

CREATE TABLE inherited (x int, y int);
INSERT INTO inherited SELECT n, n FROM generate_series(1, 20000) n;
CREATE INDEX heir ON inherited (x);
CREATE INDEX heir_copy ON inherited (x);

-- beginnings
CREATE INDEX pre_ab ON child (a, b);
CREATE INDEX pre_c ON child (c);
CREATE INDEX pre_c_desc_b ON child (c DESC, b);
CREATE INDEX pre_cb ON child (c, b);
CREATE INDEX pre_bc ON child (b, c);
CREATE INDEX pre_name ON child (name);
CREATE INDEX pre_name_at ON child (name, at);
CREATE INDEX pre_namesake ON child (name text_pattern_ops);
CREATE INDEX tiny_flag ON child (third_id) WHERE third_id IS NOT NULL;
CREATE UNIQUE INDEX uniq_narrow ON child (at, id);
CREATE INDEX uniq_wide ON child (at, id, a);
CREATE INDEX expr_pre ON child (upper(name));
CREATE INDEX expr_wide ON child (upper(name), a);
CREATE INDEX incl_narrow ON child (b, a) INCLUDE (d);
CREATE INDEX incl_wide ON child (b, a, d);
CREATE INDEX incl_lost ON child (c, a) INCLUDE (name);
CREATE INDEX incl_lost_wide ON child (c, a, at);
CREATE INDEX part_pre ON child (flag) WHERE flag;
CREATE INDEX part_pre_wide ON child (flag, at);
CREATE INDEX expr_never ON child (length(name));
CREATE UNIQUE INDEX parent_only_unique ON parent (m, n);
CREATE INDEX wide_row_n ON parent (m);
CREATE INDEX wide_row ON parent (m, code, n);

-- partitions
CREATE TABLE parted (id bigint, at date NOT NULL, x int) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO parted SELECT n, date '2020-01-01' + n % 700, n FROM generate_series(1, 50000) n;
CREATE INDEX parted_id ON parted (id);
CREATE INDEX parted_never ON parted (at, x);
CREATE INDEX parted_x ON parted (x);
CREATE INDEX parted_x_again ON parted (x);
CREATE INDEX parted_at_only ON ONLY parted (at);

-- half built
CREATE TABLE failing (x int);
INSERT INTO failing VALUES (1), (1);

-- foreign keys
CREATE TABLE couples (a int, b int, PRIMARY KEY (a, b));
INSERT INTO couples SELECT n, n FROM generate_series(1, 2000) n;
CREATE TABLE grandchild (
    id bigint PRIMARY KEY CONSTRAINT covered_by_pk_fkey REFERENCES parent (id),
    a int, b int, part_covered bigint CONSTRAINT part_covered_fkey REFERENCES parent,
    second_column bigint CONSTRAINT second_column_fkey REFERENCES parent, filler text,
    quiet int, also_quiet int CONSTRAINT quiet_fkey REFERENCES ranges,
    CONSTRAINT two_fkey FOREIGN KEY (a, b) REFERENCES couples
);
ALTER TABLE grandchild ALTER filler SET STORAGE PLAIN;
INSERT INTO grandchild SELECT n, n, n, n, n, repeat('x', 4000) FROM generate_series(1, 2000) n;
CREATE INDEX grandchild_b_a ON grandchild (b, a);
CREATE INDEX grandchild_part ON grandchild (part_covered) WHERE part_covered > 10;
CREATE INDEX grandchild_second ON grandchild (quiet, second_column);
CREATE TABLE tenants (org int, id int, PRIMARY KEY (org, id));
INSERT INTO tenants SELECT n % 3, n FROM generate_series(1, 2010) n;
DELETE FROM tenants WHERE id > 2000;
CREATE TABLE walled (
    org int, by_id int, by_org int, more int, filler text,
    CONSTRAINT nearly_fkey FOREIGN KEY (org, by_id) REFERENCES tenants,
    CONSTRAINT hardly_fkey FOREIGN KEY (org, by_org) REFERENCES tenants
);
ALTER TABLE walled ALTER filler SET STORAGE PLAIN;
INSERT INTO walled SELECT n % 3, n, n, n, repeat('x', 4000) FROM generate_series(1, 2000) n;
CREATE INDEX walled_by_id ON walled (by_id, more);
CREATE INDEX walled_org ON walled (org, more);
CREATE INDEX walled_org_too ON walled (org, more DESC);
CREATE TABLE small (x bigint CONSTRAINT small_fkey REFERENCES parent);
INSERT INTO small VALUES (1), (2);

-- hostile names
CREATE TABLE "Wei""rd; DROP" ("Select" int, b int);
CREATE INDEX "idx; --" ON "Wei""rd; DROP" ("Select");
CREATE INDEX "idx ""2" ON "Wei""rd; DROP" ("Select");
ANALYZE;
"""

FAILING: Final = "CREATE UNIQUE INDEX CONCURRENTLY failed_unique ON traps.failing (x)"

SCANS: Final = "a count of scans: checks of uniqueness and of foreign keys, replication and CLUSTER are none"
TEXTS: Final = "stored expressions compared as text: on 16 and older they hold the place where they stood"
COLUMNS: Final = "column numbers compared alone"
PREFIXES: Final = "the beginning of the definition's text compared"
PARTS: Final = "each partition's index judged by itself"
NONE: Final = "none"

UNUSED_BY_NOBODY: Final = frozenset(
    {
        "parent_pkey", "parent_code_key", "parent_n_key", "child_pkey", "child_b_unique", "child_parent_id",
        "child_flag_never", "ranges_r_excl", "replicated_x", "clustered_x", "text_ops", "text_pattern", "tiny_flag",
        "parted_never", "expr_never", "dup_a1", "heir", "deferring_x_key",
        "walled_by_id", "walled_org", "walled_org_too",
    }
)  # fmt: skip
"""Those that no query scans; all others are used all the time, as far as another node tells."""

TRAPS: Final = (
    # What holds an index in place.
    Trap("parent_pkey", KEEP, SCANS),
    Trap("parent_code_key", "unused!", SCANS),
    Trap("parent_n_key", "unused!", SCANS),
    Trap("child_pkey", "unused!", SCANS),
    Trap("child_b_unique", "unused!", SCANS),
    Trap("child_parent_id", "unused!", "scans: nothing else finds the children when a parent is deleted"),
    Trap("ranges_pkey", KEEP, NONE),
    Trap("ranges_r_excl", "unused!", "primary and unique keys spared, exclusion constraints forgotten"),
    Trap("replicated_x", "unused!", SCANS),
    Trap("clustered_x", "unused!", SCANS),
    Trap("child_flag_never", "unused", NONE),
    Trap("expr_never", "unused", "uses alone: the planner's statistics of the expression go too, which is said"),
    Trap("parent_only_unique", KEEP, NONE),
    # Copies.
    Trap("dup_a1", "prefix!", "scans of each alone: what its copy finds, it will find"),
    Trap("dup_a2", "duplicate", "pairs told twice, so that both go"),
    Trap("dup_expr1", KEEP, NONE),
    Trap("dup_expression_with_a_longer_name", "duplicate", TEXTS),
    Trap("dup_part1", KEEP, NONE),
    Trap("dup_partial_with_a_longer_name", "duplicate", TEXTS),
    Trap("other_predicate", KEEP, COLUMNS),
    Trap("parent_pk_copy", "duplicate", "definitions compared with their UNIQUE"),
    Trap("parent_pk_unique_copy", "duplicate!", COLUMNS),
    Trap("incl1", "prefix", "what is INCLUDEd not looked for among the wider one's columns"),
    Trap("incl2", KEEP, "what is INCLUDEd not compared"),
    Trap("incl_same1", KEEP, NONE),
    Trap("incl_same2", "duplicate", "what is INCLUDEd compared in its order, which means nothing"),
    Trap("order_asc", "mostly NULL!", NONE),
    Trap("order_desc", "mostly NULL!", COLUMNS),
    Trap("nulls_first", "mostly NULL!", COLUMNS),
    Trap("text_ops", "unused", NONE),
    Trap("text_pattern", "unused!", "each of two that serve a foreign key judged alone, so that both go"),
    Trap("text_c", KEEP, COLUMNS),
    Trap("hash_a", KEEP, COLUMNS),
    Trap("brin_at", KEEP, COLUMNS),
    Trap("gin_body", KEEP, NONE),
    Trap("gin_body_path", KEEP, COLUMNS),
    Trap("deferring_x_key", "unused!", SCANS),
    Trap(
        "deferring_x_now", KEEP, "columns and UNIQUE compared alone: the other one waits for the end of the transaction"
    ),
    Trap("nulling_apart", KEEP, NONE),
    Trap("nulling_together", KEEP, "columns and UNIQUE compared alone: this one refuses a second NULL"),
    Trap("heir", KEEP, "a keeper that is unused itself and its used copy both told to go"),
    Trap("heir_copy", "duplicate", NONE),
    # Beginnings.
    Trap("pre_ab", KEEP, NONE),
    Trap("pre_c", "prefix!", "the size of the wider one not looked at"),
    Trap("pre_c_desc_b", KEEP, COLUMNS),
    Trap("pre_cb", KEEP, NONE),
    Trap("pre_bc", KEEP, "columns compared as a set"),
    Trap("pre_name", "prefix", "exact copies looked for alone"),
    Trap("pre_name_at", KEEP, NONE),
    Trap("pre_namesake", KEEP, PREFIXES),
    Trap("tiny_flag", "unused!", "a partial index said to serve no foreign key, though it leaves out only NULLs"),
    Trap("uniq_narrow", KEEP, "a unique index taken for the beginning of a wider one"),
    Trap("uniq_wide", KEEP, NONE),
    Trap("expr_pre", KEEP, "expressions compared by their place"),
    Trap("expr_wide", KEEP, NONE),
    Trap("incl_narrow", "prefix", "what is INCLUDEd not looked for among the wider one's columns"),
    Trap("incl_wide", KEEP, NONE),
    Trap("incl_lost", KEEP, "what is INCLUDEd forgotten: the wider one has it not"),
    Trap("wide_row_n", "prefix", NONE),
    Trap("wide_row", KEEP, NONE),
    Trap("part_pre", KEEP, "the predicate not compared"),
    # Partitions.
    Trap("parted_id", KEEP, NONE),
    Trap("parted_1_id_idx", KEEP, PARTS),
    Trap("parted_2_id_idx", KEEP, PARTS),
    Trap("parted_never", "unused", PARTS),
    Trap("parted_x", KEEP, NONE),
    Trap("parted_x_again", "duplicate", PARTS),
    Trap("parted_2_x_idx", KEEP, "a partition's index told to go, which its parent's holds"),
    Trap("parted_at_only", "invalid!", "an index ON ONLY a parent told to be a failed one"),
    # Half built, small, or strangely named.
    Trap("failed_unique", "invalid", "indisvalid not looked at"),
    Trap("idx; --", KEEP, "names not quoted"),
    Trap('idx "2', "duplicate", "names not quoted"),
    # Foreign keys.
    Trap("child_parent_id_fkey", KEEP, NONE),
    Trap("child_other_id_fkey", "missing on foreign key", NONE),
    Trap("child_third_id_fkey", KEEP, "a partial index WHERE it IS NOT NULL not counted"),
    Trap("child_by_code_fkey", KEEP, NONE),
    Trap("two_fkey", KEEP, "the columns' order compared, of a key of two"),
    Trap("covered_by_pk_fkey", KEEP, "the index of a primary key not counted"),
    Trap("part_covered_fkey", "missing on foreign key", "an index whose predicate leaves rows out counted"),
    Trap("second_column_fkey", "missing on foreign key", "an index counted that has the column, and not first"),
    Trap("nearly_fkey", "missing on foreign key!", "all columns of a key asked for, where one of them is unique"),
    Trap("walled_by_id", "unused!", "scans: nothing else finds a parent's children by what is unique in the key"),
    Trap("walled_org", "unused", NONE),
    Trap("walled_org_too", "unused!", "each of two that a foreign key's children are found by judged alone"),
    Trap("hardly_fkey", "missing on foreign key", "any index counted that begins with a column of the key"),
    Trap("small_fkey", "missing on foreign key!", "a table of a few pages told to need one"),
    Trap("quiet_fkey", "missing on foreign key!", "what nobody ever deletes told to need one"),
)
