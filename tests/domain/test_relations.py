"""What a preview says is what DELETE does, on schemas of any shape, with names that nobody should choose."""

import random
from collections import Counter

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.domain.relations.around import Around, Way
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.relations.preview import Effect, Line, Preview, preview
from gbtui.domain.relations.thing import Thing
from gbtui.errors import QueryError
from tests.conftest import Connect, Connection

EVIL = 'we"ird; DROP SCHEMA x CASCADE; --'
HOSTILE = """
    CREATE SCHEMA "{q}";
    CREATE TABLE "{q}"."Select" ("Order" text, "id""; --" int, PRIMARY KEY ("Order", "id""; --"));
    CREATE TABLE "{q}"."from WHERE 1=1" (
        "table" text, "User" int, note text DEFAULT 'x',
        FOREIGN KEY ("table", "User") REFERENCES "{q}"."Select" ON DELETE CASCADE);
    CREATE TABLE "group" (
        id serial PRIMARY KEY, "$1" text, "%s" int,
        FOREIGN KEY ("$1", "%s") REFERENCES "{q}"."Select" ON DELETE SET NULL ("%s"));
    INSERT INTO "{q}"."Select" VALUES ('a''; --', 1), ('b', 2);
    INSERT INTO "{q}"."from WHERE 1=1" SELECT 'a''; --', 1 FROM generate_series(1, 3);
    INSERT INTO "{q}"."from WHERE 1=1" VALUES ('b', 2), (NULL, 1);
    INSERT INTO "group" ("$1", "%s") SELECT 'a''; --', 1 FROM generate_series(1, 2);
    INSERT INTO "group" ("$1", "%s") VALUES ('b', 2);
""".replace("{q}", EVIL.replace('"', '""'))


async def seen(dsn: str, thing: Thing, seconds: float = 15.0) -> Preview:
    async with Database(dsn) as database:
        return await preview(database, Catalog(database), thing, seconds=seconds)


def line(found: Preview, table: str, effect: Effect) -> Line:
    (one,) = [one for one in found.lines if (one.table, one.effect) == (table, effect)]
    return one


async def test_hostile_names_are_names(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    await db.execute(HOSTILE)
    found = await seen(empty_dsn, Thing(EVIL, "Select", ("a'; --", "1")))
    assert found.exact
    assert {(one.table, one.effect): one.rows for one in found.lines} == {
        (f"{EVIL}.Select", Effect.DELETED): 1,
        (f"{EVIL}.from WHERE 1=1", Effect.DELETED): 3,
        ("group", Effect.NULL): 2,
    }
    assert line(found, "group", Effect.NULL).columns == ("%s",)
    async with Database(empty_dsn) as database:
        around = Around(database, Catalog(database))
        here = await around.here(Thing(EVIL, "Select", ("a'; --", "1")))
        assert here is not None
        below = {one.table: one for one in await around.below(here)}
        assert {name: one.count for name, one in below.items()} == {f"{EVIL}.from WHERE 1=1": 3, "group": 2}
        assert len(await around.below(below["group"])) == 2
        (up,) = [one for one in await around.below((await around.below(below["group"]))[0]) if one.way is Way.UP]
        assert up.thing == Thing(EVIL, "Select", ("a'; --", "1"), "a'; --")


@pytest.mark.parametrize("seed", range(12))
async def test_a_preview_tells_what_delete_does_on_a_schema_of_any_shape(
    empty_dsn: str, connect: Connect, seed: int
) -> None:
    db, dice = await connect(empty_dsn), random.Random(seed)
    keys = await scatter(db, dice)
    for root in range(1, 4):
        found = await seen(empty_dsn, Thing("public", "t0", (str(root),)))
        assert found.exact
        deleted, nulled, stopped = await really(db, root, keys)
        maybe = any("the order of its cascades decides" in note for note in found.notes)
        assert stopped == bool(found.stops) or (stopped and maybe), (seed, root, found)
        if not stopped:
            assert deleted == Counter(found.rows(Effect.DELETED))
            told = {f"{one.table}.{one.columns[0]}": one.rows for one in found.lines if one.effect is Effect.NULL}
            assert nulled == Counter(told)


async def scatter(db: Connection, dice: random.Random) -> list[str]:
    """Five tables of forty rows, seven keys between any two of them: rings, self references, every action."""
    for table in range(5):
        # One has no key at all, so that its rows are named by their place.
        primary = "id int UNIQUE" if table == 4 else "id int PRIMARY KEY"
        await db.execute(f"CREATE TABLE t{table} ({primary}); INSERT INTO t{table} SELECT generate_series(1, 40)")
    keys = []
    for number in range(7):
        child, parent = dice.randrange(1, 5), 0 if number < 2 else dice.randrange(5)
        action = dice.choice(["CASCADE", "CASCADE", "CASCADE", "SET NULL", "RESTRICT", "NO ACTION"])
        spread = 12 if action in ("CASCADE", "SET NULL") else 400
        column = f"f{number}"
        await db.execute(
            f"ALTER TABLE t{child} ADD {column} int; CREATE INDEX ON t{child} ({column});"
            f"UPDATE t{child} SET {column} = nullif(1 + (id * {dice.randrange(1, 39)} + {number}) % {spread}, 41);"
            f"UPDATE t{child} SET {column} = NULL WHERE {column} > 40;"
            f"ALTER TABLE t{child} ADD FOREIGN KEY ({column}) REFERENCES t{parent} (id) ON DELETE {action}"
        )
        keys += [f"t{child}.{column}"] * (action == "SET NULL")
    return keys


async def really(db: Connection, root: int, keys: list[str]) -> tuple[Counter[str], Counter[str], bool]:
    """What a plain DELETE removes and sets, or that it is stopped; undone afterwards."""

    async def count() -> Counter[str]:
        return Counter({f"t{n}": await db.fetchval(f"SELECT count(*) FROM t{n}") for n in range(5)})

    transaction = db.transaction()
    await transaction.start()
    try:
        before = await count()
        left: dict[str, set[int]] = {}
        for key in keys:
            table, column = key.split(".")
            left[key] = {row[0] for row in await db.fetch(f"SELECT id FROM {table} WHERE {column} IS NOT NULL")}
        await db.execute("DELETE FROM t0 WHERE id = $1", root)
        after = await count()
        nulled = Counter[str]()
        for key in keys:
            table, column = key.split(".")
            now = {row[0] for row in await db.fetch(f"SELECT id FROM {table} WHERE {column} IS NULL")}
            nulled[key] = len(left[key] & now)
    except asyncpg.IntegrityConstraintViolationError:
        return Counter(), Counter(), True
    else:
        return before - after, +nulled, False
    finally:
        await transaction.rollback()


async def test_a_partitioned_table_counts_once_by_its_parent(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    await db.execute("""
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE p (id int, a_id int REFERENCES a ON DELETE CASCADE, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
        CREATE TABLE c (p_id int REFERENCES p ON DELETE CASCADE);
        INSERT INTO a VALUES (1); INSERT INTO p SELECT n, 1 FROM generate_series(0, 19) n;
        INSERT INTO c SELECT id FROM p""")
    found = await seen(empty_dsn, Thing("public", "a", ("1",)))
    assert found.rows(Effect.DELETED) == {"a": 1, "p": 20, "c": 20}


async def test_setting_what_may_not_be_null_stops_it(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    await db.execute("""
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a_id int NOT NULL REFERENCES a ON DELETE SET NULL);
        CREATE FUNCTION said() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
        CREATE TRIGGER watcher BEFORE DELETE ON a FOR EACH ROW EXECUTE FUNCTION said();
        INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)""")
    found = await seen(empty_dsn, Thing("public", "a", ("1",)))
    (stop,) = found.stops
    assert (stop.table, stop.rows, stop.note) == ("b", 1, "a_id may not be null")
    assert "trigger watcher runs BEFORE DELETE on a: public.said" in found.notes
    with pytest.raises(asyncpg.NotNullViolationError):
        await db.execute("DELETE FROM a")


async def test_what_may_not_be_read_is_named_by_its_grant_and_what_is_locked_by_itself(
    empty_dsn: str, connect: Connect, server: object
) -> None:
    db = await connect(empty_dsn)
    role = f"r{random.getrandbits(40)}"
    await db.execute(f"""
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a ON DELETE CASCADE);
        CREATE TABLE c (a_id int REFERENCES a ON DELETE CASCADE, secret text);
        INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (1, 'x');
        CREATE ROLE {role} LOGIN; GRANT SELECT ON a TO {role}; GRANT SELECT (a_id) ON c TO {role}""")
    try:
        found = await seen(empty_dsn.replace("gbtui@", f"{role}@"), Thing("public", "a", ("1",)))
        assert line(found, "b", Effect.DELETED).note == 'missing GRANT SELECT ("id", "a_id") ON "public"."b"'
        # Without a key a row is named by its place, which may be read with the whole table alone.
        assert "c" in line(found, "c", Effect.DELETED).note
        await db.execute(f"GRANT SELECT ON b TO {role}")
        locker = await connect(empty_dsn)
        await locker.execute("BEGIN; LOCK TABLE b IN ACCESS EXCLUSIVE MODE")
        found = await seen(empty_dsn.replace("gbtui@", f"{role}@"), Thing("public", "a", ("1",)))
        locked = line(found, "b", Effect.DELETED)
        assert locked.rows is None
        assert "b by pid" in locked.note
        await locker.execute("ROLLBACK")
    finally:
        await db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_with_no_time_there_are_at_least_so_many(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    await db.execute("""
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a ON DELETE CASCADE); CREATE INDEX ON b (a_id);
        INSERT INTO a VALUES (1); INSERT INTO b SELECT n, 1 FROM generate_series(1, 12000) n""")
    found = await seen(empty_dsn, Thing("public", "a", ("1",)), seconds=1.0)
    some = line(found, "b", Effect.DELETED)
    assert (some.rows, some.exact) == (10_000, False)
    assert some.told == "b: at least 10,000 deleted"
    assert not found.exact


async def test_a_row_or_table_that_is_not_there_is_said(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    await db.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)")
    with pytest.raises(QueryError, match="there is no a 7"):
        await seen(empty_dsn, Thing("public", "a", ("7",)))
    with pytest.raises(QueryError, match="no foreign key knows"):
        await seen(empty_dsn, Thing("public", "nowhere", ("7",)))
