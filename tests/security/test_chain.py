"""A record that is missing, changed or added after the seal shows, and which one; so does a seal that is gone."""

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.errors import UsageError
from gbtui.security.audit import Audit
from gbtui.security.chain import START, fold, seal, verify
from gbtui.security.chain import link as links
from gbtui.security.chain.verifying import Verdict
from tests.conftest import Connect, Connection


@pytest.fixture
async def owner(dsn: str, connect: Connect) -> Connection:
    """With 25 records in one month, none in the next, 3 in the one after that, and some of now."""
    db = await connect(dsn)
    await db.execute(
        "INSERT INTO gb_meta.audit_log (action, object_table, object_id, actor, created_at)"
        " SELECT 'row.updated', 'public.users', n::text, 'ann',"
        " (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => CASE WHEN n < 25 THEN 3 ELSE 1 END)"
        "  + make_interval(hours => n)) AT TIME ZONE 'UTC'"
        " FROM generate_series(0, 27) n"
    )
    await db.execute("SELECT gb_meta.audit('now')")
    return db


async def sealed(dsn: str, path: Path, until: date | None = None) -> list[tuple[date, int, bytes]]:
    async with Database(dsn, read_only=False) as database, database.writing() as connection:
        return await seal(connection, Audit(database, path / "audit.jsonl", required=True), until)


async def verdicts(dsn: str, path: Path) -> list[Verdict]:
    async with Database(dsn) as database:
        return [one async for one in verify(database, path / "seals.jsonl")]


async def wrong(dsn: str, path: Path) -> list[str]:
    return [one.told for one in await verdicts(dsn, path) if one.wrong]


async def unguarded(db: Connection, statement: str) -> None:
    """What a superuser can do."""
    await db.execute(f"SET session_replication_role = replica; {statement}; RESET session_replication_role")


def month(ago: int) -> date:
    today = datetime.now(UTC).date().replace(day=1)
    number = today.year * 12 + today.month - 1 - ago
    return date(number // 12, number % 12 + 1, 1)


def test_the_chain_is_what_anybody_can_compute() -> None:
    one, two = sha256(b"one").digest(), sha256(b"two").digest()
    assert fold(START, []) == START
    assert fold(START, [one, two]) == sha256(sha256(bytes(32) + one).digest() + two).digest()
    assert fold(START, [two, one]) != fold(START, [one, two])


async def test_months_are_sealed_in_order_once_and_the_seal_is_on_record(
    dsn: str, owner: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "PART", 10)
    assert [(when, records) for when, records, _ in await sealed(dsn, tmp_path)] == [
        (month(3), 25), (month(2), 0), (month(1), 3),
    ]  # fmt: skip
    assert await sealed(dsn, tmp_path) == []
    parts = await owner.fetch("SELECT month, part, records FROM gb_meta.audit_seals ORDER BY month, part")
    assert [tuple(part) for part in parts] == [
        (month(3), 1, 10), (month(3), 2, 10), (month(3), 3, 5), (month(2), 1, 0), (month(1), 1, 3),
    ]  # fmt: skip
    assert await owner.fetchval("SELECT count(*) FROM gb_meta.audit_log WHERE action = 'audit.sealed'") == 3
    assert await wrong(dsn, tmp_path) == []
    told = [(one.about, one.told) for one in await verdicts(dsn, tmp_path)]
    assert [about for about, _ in told] == [f"{month(ago):%Y-%m}" for ago in (3, 2, 1, 0)]
    assert "25 records, as sealed" in told[0][1]
    assert "does not show" in told[-1][1]


async def test_a_month_that_goes_on_or_may_still_get_records_is_not_sealed(
    dsn: str, owner: Connection, connect: Connect, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="has not ended"):
        await sealed(dsn, tmp_path, month(0))
    late = await connect(dsn)
    async with late.transaction():
        await late.execute(
            "INSERT INTO gb_meta.audit_log (action, created_at) VALUES ('late', now() - interval '80 days')"
        )
        with pytest.raises(UsageError, match=f"committed by {late.get_server_pid()}"):
            await sealed(dsn, tmp_path, month(3))
    assert [when for when, *_ in await sealed(dsn, tmp_path)][-1] == month(1)


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("DELETE FROM gb_meta.audit_log WHERE object_id = '7'", "is missing: it stood behind"),
        ("DELETE FROM gb_meta.audit_log WHERE object_id = '0'", "is missing: it stood first"),
        ("UPDATE gb_meta.audit_log SET actor = 'somebody' WHERE object_id = '7'", "was changed"),
        ("UPDATE gb_meta.audit_log SET detail = '{\"a\": 1}' WHERE object_id = '26'", "was changed"),
        ("UPDATE gb_meta.audit_log SET created_at = created_at + interval '1 us' WHERE object_id = '7'", "was changed"),
        ("INSERT INTO gb_meta.audit_log (action, created_at) SELECT 'forged', created_at FROM gb_meta.audit_log "
         "WHERE object_id = '7'", "was added after the seal"),
    ],
)  # fmt: skip
async def test_what_was_done_to_a_record_shows(
    dsn: str, owner: Connection, tmp_path: Path, deed: str, told: str
) -> None:
    await sealed(dsn, tmp_path)
    key = await owner.fetchval("SELECT id FROM gb_meta.audit_log WHERE object_id = '7'")
    await unguarded(owner, deed)
    found = [one for one in await wrong(dsn, tmp_path) if "by the server's statistics" not in one]
    assert len(found) == 1
    assert told in found[0]
    assert ("'7'" in deed and "forged" not in deed) == (str(key) in found[0])


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (
            "DELETE FROM gb_meta.audit_seals WHERE month = (SELECT min(month) FROM gb_meta.audit_seals)",
            "does not follow",
        ),
        (
            "UPDATE gb_meta.audit_seals SET digests = set_byte(digests, 40, get_byte(digests, 40) # 1) "
            "WHERE records = 25",
            "is not whole",
        ),
        ("TRUNCATE gb_meta.audit_seals", "was seen here before and is gone"),
    ],
)
async def test_what_was_done_to_a_seal_shows(dsn: str, owner: Connection, tmp_path: Path, deed: str, told: str) -> None:
    await sealed(dsn, tmp_path)
    assert await wrong(dsn, tmp_path) == []
    await unguarded(owner, deed)
    assert any(told in one for one in await wrong(dsn, tmp_path))


async def test_records_and_seals_written_anew_differ_from_what_was_seen(
    dsn: str, owner: Connection, tmp_path: Path
) -> None:
    """The strongest hand inside the database is still held against a file outside."""
    await sealed(dsn, tmp_path)
    assert await wrong(dsn, tmp_path) == []
    await unguarded(owner, "DELETE FROM gb_meta.audit_log WHERE object_id = '7'; TRUNCATE gb_meta.audit_seals")
    await sealed(dsn, tmp_path)
    found = await wrong(dsn, tmp_path)
    assert any("is not the one that was seen here before" in one for one in found)
    assert not any("is missing" in one for one in found), "the database by itself looks whole"
    assert (tmp_path / "seals.jsonl").stat().st_mode & 0o777 == 0o600


async def test_a_guard_that_is_off_shows(dsn: str, owner: Connection, tmp_path: Path) -> None:
    await owner.execute("ALTER TABLE gb_meta.audit_log DISABLE TRIGGER refuse_change")
    assert any("missing or off" in one for one in await wrong(dsn, tmp_path))


async def test_nobody_of_the_roles_changes_a_seal(dsn: str, owner: Connection, tmp_path: Path) -> None:
    await sealed(dsn, tmp_path)
    for statement in (
        "UPDATE gb_meta.audit_seals SET records = 0",
        "DELETE FROM gb_meta.audit_seals",
        "TRUNCATE gb_meta.audit_seals",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)
