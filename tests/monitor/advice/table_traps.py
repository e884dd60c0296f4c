"""Tables that some usual rule about dead rows, bloat or statistics errs about, each with the right answer.

The tables are real and small; `figures` are those of a large one, put in their place before the rules look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .traps import KEEP


@dataclass(frozen=True, slots=True)
class TableTrap:
    """A table (or TABLE.COLUMN) and what is right about it."""

    name: str
    right: str
    """The kind of advice, with "!" where it is seen but must be withheld; KEEP: nothing to say."""
    errs: str
    """Which usual rule gets it wrong."""
    figures: Mapping[str, Any] = field(default_factory=dict)


SCHEMA: Final = """
CREATE SCHEMA tabled;
SET search_path = tabled;
CREATE TABLE mail (id bigint, body text);
CREATE TABLE written_once (id bigint);
CREATE TABLE of_its_own (id bigint) WITH (autovacuum_vacuum_scale_factor = 0.15);
CREATE TABLE switched_off (id bigint) WITH (autovacuum_enabled = off);
CREATE TABLE capped (id bigint);
CREATE TABLE worked_on (id bigint);
CREATE TABLE huge (id bigint);
CREATE TABLE middling (id bigint);
CREATE TABLE small_and_dead (id bigint);
CREATE TABLE late (id bigint);
CREATE TABLE behind (id bigint);
CREATE TABLE off_and_dead (id bigint) WITH (autovacuum_enabled = off);
CREATE TABLE "Wei""rd; DROP" (id bigint);
CREATE TABLE by_threshold (id bigint) WITH (autovacuum_vacuum_threshold = 5000000, autovacuum_vacuum_scale_factor = 0);
CREATE TABLE fresh (id bigint NOT NULL, a int NOT NULL, body text NOT NULL) WITH (autovacuum_enabled = off);
CREATE TABLE half_air (id bigint NOT NULL, a int NOT NULL, body text NOT NULL) WITH (autovacuum_enabled = off);
CREATE TABLE half_full (id bigint NOT NULL, body text NOT NULL) WITH (fillfactor = 50, autovacuum_enabled = off);
CREATE TABLE half_null (id bigint NOT NULL, a int, b text, c timestamptz, d bigint) WITH (autovacuum_enabled = off);
CREATE TABLE old_statistics (id bigint NOT NULL, body text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO mail SELECT n, 'x' FROM generate_series(1, 10) n;
INSERT INTO written_once VALUES (1);
INSERT INTO middling VALUES (1);
INSERT INTO capped VALUES (1);
INSERT INTO behind VALUES (1);
INSERT INTO fresh SELECT n, n, repeat('x', n % 100) FROM generate_series(1, 100000) n;
INSERT INTO half_air SELECT n, n, repeat('x', n % 100) FROM generate_series(1, 100000) n;
DELETE FROM half_air WHERE id % 2 = 0;
INSERT INTO half_full SELECT n, repeat('x', 100) FROM generate_series(1, 50000) n;
INSERT INTO half_null SELECT n, CASE WHEN n % 2 = 0 THEN n END, CASE WHEN n % 3 = 0 THEN repeat('y', 90) END,
    CASE WHEN n % 5 = 0 THEN now() END, n FROM generate_series(1, 150000) n;
INSERT INTO old_statistics SELECT n, repeat('x', 100) FROM generate_series(1, 70000) n;

-- statistics
CREATE TABLE never (id bigint, a int) WITH (autovacuum_enabled = off);
CREATE TABLE emptied (id bigint) WITH (autovacuum_enabled = off);
CREATE TABLE few (id bigint) WITH (autovacuum_enabled = off);
CREATE TABLE reset_since (id bigint) WITH (autovacuum_enabled = off);
CREATE TABLE column_added (id bigint) WITH (autovacuum_enabled = off);
CREATE TABLE unwanted (id bigint, blob bytea) WITH (autovacuum_enabled = off);
CREATE TABLE all_null (id bigint, a int) WITH (autovacuum_enabled = off);
CREATE TABLE as_json (id bigint, a json, b point) WITH (autovacuum_enabled = off);
CREATE TABLE dropped_column (id bigint, gone int) WITH (autovacuum_enabled = off);
CREATE TABLE parted (id bigint, at int) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000) WITH (autovacuum_enabled = off);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (9000) WITH (autovacuum_enabled = off);
CREATE TABLE parted_known (id bigint, at int) PARTITION BY RANGE (at);
CREATE TABLE parted_known_1 PARTITION OF parted_known FOR VALUES FROM (0) TO (9000) WITH (autovacuum_enabled = off);
CREATE TABLE parted_empty (id bigint, at int) PARTITION BY RANGE (at);
ALTER TABLE unwanted ALTER blob SET STATISTICS 0;
INSERT INTO never SELECT n, n FROM generate_series(1, 2000) n;
INSERT INTO few SELECT n FROM generate_series(1, 20) n;
INSERT INTO reset_since SELECT n FROM generate_series(1, 2000) n;
INSERT INTO column_added SELECT n FROM generate_series(1, 2000) n;
INSERT INTO unwanted SELECT n, '\\x00' FROM generate_series(1, 2000) n;
INSERT INTO all_null SELECT n FROM generate_series(1, 2000) n;
INSERT INTO as_json SELECT n, '{}', point(0, n) FROM generate_series(1, 2000) n;
INSERT INTO dropped_column SELECT n, n FROM generate_series(1, 2000) n;
INSERT INTO parted SELECT n, n FROM generate_series(0, 4000) n;
INSERT INTO parted_known SELECT n, n FROM generate_series(0, 4000) n;
"""

AFTER: Final = (
    "VACUUM (ANALYZE) tabled.fresh, tabled.half_air, tabled.half_full, tabled.half_null, tabled.old_statistics",
    "ANALYZE tabled.reset_since, tabled.column_added, tabled.unwanted, tabled.all_null, tabled.as_json,"
    " tabled.dropped_column, tabled.parted_1, tabled.parted_2, tabled.parted_known, tabled.mail,"
    " tabled.written_once, tabled.middling, tabled.capped, tabled.behind",
    "ALTER TABLE tabled.column_added ADD later int",
    "ALTER TABLE tabled.dropped_column DROP gone",
    "SELECT pg_stat_reset_single_table_counters('tabled.reset_since'::regclass)",
)
"""What cannot run in one transaction with the schema."""

_BUSY: Final = {
    "rows": 50e6, "pages": 221_300, "live_rows": 50_000_000, "changed": 9_000_000, "dead_rows": 900_000,
    "changed_since_analyze": 0, "cap": None,
}  # fmt: skip
_DEAD: Final = {"rows": 1e6, "pages": 7_500, "live_rows": 1_000_000, "changed": 900_000, "dead_rows": 700_000}

LENGTHS: Final = "a fixed share of dead rows taken for the limit: autovacuum goes by each table's own"
TWENTY: Final = "the size alone: a fifth of a table that is written once never dies"
AIR: Final = "widths added up without what aligns them, NULLs or the fillfactor"
LOOKED: Final = "last_analyze not set taken for never analyzed"
ROWS: Final = "no row in pg_stats taken for no statistics"

TABLE_TRAPS: Final = (
    TableTrap("mail", "rules of autovacuum", "none", _BUSY),
    TableTrap("written_once", KEEP, TWENTY, {**_BUSY, "changed": 1000, "dead_rows": 100}),
    TableTrap("of_its_own", "rules of autovacuum!", "own options not read", _BUSY),
    TableTrap("switched_off", "rules of autovacuum!", "autovacuum_enabled not read", _BUSY),
    TableTrap("worked_on", "rules of autovacuum!", "pg_stat_progress_vacuum not looked at", {**_BUSY, "running": True}),
    TableTrap("huge", "rules of autovacuum", "one scale factor for every size", {**_BUSY, "rows": 2e9}),
    TableTrap(
        "middling",
        KEEP,
        "the share alone: a fifth of so few rows is no burden",
        {**_BUSY, "rows": 4e6, "pages": 17_700},
    ),
    TableTrap("capped", KEEP, "autovacuum_vacuum_max_threshold (18) not read", {**_BUSY, "cap": 500_000.0}),
    TableTrap("by_threshold", "rules of autovacuum!", "the scale factor read alone", _BUSY),
    TableTrap('Wei"rd; DROP', "rules of autovacuum", "names not quoted", _BUSY),
    TableTrap("late", "dead rows", "none", _DEAD),
    TableTrap(
        "behind", KEEP, LENGTHS, {**_DEAD, "rows": 3e6, "pages": 15_000, "live_rows": 3_000_000, "dead_rows": 600_000}
    ),
    TableTrap("small_and_dead", "dead rows!", "the share alone", {**_DEAD, "rows": 1e4, "pages": 90, "dead_rows": 2e4}),
    TableTrap("off_and_dead", "dead rows!", "autovacuum_enabled not read", _DEAD),
    TableTrap("fresh", KEEP, AIR),
    TableTrap("half_air", "bloated!", "none"),
    TableTrap("half_full", KEEP, AIR),
    TableTrap("half_null", KEEP, AIR),
    TableTrap(
        "old_statistics", KEEP, "statistics that no longer hold", {"changed_since_analyze": 30_000, "pages": 9000}
    ),
    TableTrap("never", "never analyzed", "none"),
    TableTrap("emptied", KEEP, ROWS),
    TableTrap("few", KEEP, LOOKED),
    TableTrap("reset_since", KEEP, LOOKED),
    TableTrap("column_added.later", "column without statistics", "tables looked at alone"),
    TableTrap("column_added.id", KEEP, "none"),
    TableTrap("unwanted.blob", "column without statistics!", "SET STATISTICS 0 not read"),
    TableTrap("all_null.a", KEEP, ROWS),
    TableTrap("as_json.a", KEEP, "types without an order taken for types without statistics"),
    TableTrap("dropped_column.gone", KEEP, ROWS),
    TableTrap("parted", "never analyzed", "partitions looked at alone: nobody analyzes their parent"),
    TableTrap("parted_1", KEEP, "none"),
    TableTrap("parted_known", KEEP, "last_analyze looked for in the counters, which partitioned tables have not"),
    TableTrap("parted_empty", KEEP, ROWS),
)
