"""A plain message_history, as an import from elsewhere leaves it, and what a table holds as one number."""

from tests.conftest import Connection

COLUMNS = "id, session_id, user_id, bot_id, message, sender, created_at, org_id"
_PLAIN = f"""
CREATE TABLE plain (LIKE message_history INCLUDING DEFAULTS);
{{more}}
INSERT INTO plain ({COLUMNS}) SELECT {COLUMNS} FROM message_history;
DROP TABLE message_history;
ALTER TABLE plain RENAME TO message_history;
ALTER TABLE message_history ADD PRIMARY KEY (id);
CREATE INDEX message_history_lower ON message_history (lower(sender));
"""


async def make_plain(db: Connection, *, tail: bool = True) -> None:
    """Put a plain table with the same rows in the place of the partitioned one; with the tail's column or without."""
    old, new = ("ALTER TABLE plain ALTER tx SET DEFAULT '3';", "ALTER TABLE message_history ALTER tx SET DEFAULT {};")
    if tail:  # what is loaded as history bears 3
        await db.execute(_PLAIN.format(more=old) + new.format("pg_current_xact_id()"))
    else:
        await db.execute(_PLAIN.format(more="ALTER TABLE plain DROP COLUMN tx;"))


async def sum_of(db: Connection, where: str = "true") -> tuple[int, int]:
    """How many rows, and the sum over a hash of each."""
    row = await db.fetchrow(
        f"SELECT count(*) AS rows, sum(hashtextextended(row({COLUMNS})::text, 0)::numeric)::text AS hash"
        f" FROM message_history WHERE {where}"
    )
    assert row is not None
    return row["rows"], int(row["hash"] or 0)
