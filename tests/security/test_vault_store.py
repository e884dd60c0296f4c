"""Keys and values in a database: made, rotated, sealed anew beside writers, and never lost."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from gbtui.database.connection import connect
from gbtui.database.database import Database
from gbtui.database.target import Target
from gbtui.errors import DeniedError, Fault, UsageError, VaultError
from gbtui.secret import Secret
from gbtui.security.audit import Audit
from gbtui.security.vault import cipher
from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
from gbtui.security.vault.keyring import Keyring
from gbtui.security.vault.master import Master
from gbtui.security.vault.reading import check
from gbtui.security.vault.reencrypt import Reencryption
from gbtui.security.vault.store import Store
from gbtui.security.vault.tally import Tally
from gbtui.security.vault.vault import Vault
from tests.conftest import Connect, Connection
from tests.domain.platform import place
from tests.waiting import until

MASTER, OTHER = Master(bytes(range(32))), Master(bytes(range(1, 33)))
V1 = {"default": bytes(range(3, 35))}
ROWS = 25
ACCOUNT = """
INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
SELECT $1, 'a' || n || '@example.org', 'i', 's', $2 FROM generate_series(1, $3) n RETURNING id
"""


@pytest.fixture
async def db(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def writer(dsn: str) -> AsyncIterator[Database]:
    async with Database(dsn, read_only=False) as opened:
        yield opened


@pytest.fixture
def audit(writer: Database, tmp_path: Path) -> Audit:
    return Audit(writer, tmp_path / "audit.jsonl", required=True)


@pytest.fixture
async def store(writer: Database, audit: Audit) -> Store:
    made = Store(writer, audit)
    await made.init(MASTER)
    return made


async def opened(store: Store, master: Master = MASTER) -> Vault:
    return Vault(Keyring(await store.keys(), master, V1))


def v1(secret: str) -> str:
    nonce = cipher.new_nonce()
    parts = nonce, cipher.encrypt(V1["default"], nonce, secret.encode(), b"")
    return ":".join(("1:AES-256-GCM:default", *(base64.b64encode(part).decode() for part in parts)))


@pytest.fixture
async def accounts(db: Connection) -> list[UUID]:
    """Mail accounts as the Rust server seals their passwords, each another one."""
    user = (await place(db)).user_id
    ids = sorted(row["id"] for row in await db.fetch(ACCOUNT, user, "x", ROWS))
    for number, key in enumerate(ids):
        await put(db, key, v1(f"secret {number}"))
    return ids


async def put(db: Connection, key: UUID, text: str) -> None:
    await db.execute("UPDATE user_email_accounts SET encrypted_password = $2 WHERE id = $1", key, text)


async def texts(db: Connection) -> dict[UUID, str]:
    return {row["id"]: row["encrypted_password"] for row in await db.fetch("SELECT * FROM user_email_accounts")}


async def secrets(db: Connection, vault: Vault) -> list[str]:
    """All values in the order of their keys; fails where one does not open."""
    found = sorted((await texts(db)).items())
    return [vault.open(Place(EMAIL_PASSWORD, str(key)), text).reveal() for key, text in found]


def ignore(_tally: Tally) -> None:
    """Nobody listens."""


async def reencrypt(writer: Database, audit: Audit, vault: Vault, batch: int = 4) -> Tally:
    return await Reencryption(writer, vault, audit, EMAIL_PASSWORD, batch=batch, pause=0).run(ignore)


async def actions(db: Connection) -> list[str]:
    return [
        row["action"]
        for row in await db.fetch(
            "SELECT action FROM gb_meta.audit_log WHERE action LIKE 'vault.%' ORDER BY created_at"
        )
    ]


async def test_keys_are_made_once_and_rotated_and_the_old_ones_go_on_opening(db: Connection, store: Store) -> None:
    with pytest.raises(UsageError, match="The vault has a key"):
        await store.init(MASTER)
    here = Place(EMAIL_PASSWORD, "row")
    before = await opened(store)
    text = before.seal(here, Secret("hunter2"))
    key = await store.rotate(MASTER)
    after = await opened(store)
    assert after.keys.active_id == key != before.keys.active_id
    assert after.open(here, text) == Secret("hunter2")
    assert after.seal(here, Secret("x")).split(":")[2] == key
    with pytest.raises(VaultError, match="Another master key"):
        await store.rotate(OTHER)
    assert await actions(db) == ["vault.initialized", "vault.rotated"]
    held = str(await db.fetch("SELECT * FROM gb_meta.vault_keys")) + str(
        await db.fetch("SELECT * FROM gb_meta.audit_log")
    )
    plain = [before.keys.key(one) for one in after.keys.ids if one != key]
    assert not any(raw.hex() in held or base64.b64encode(raw).decode() in held for raw in (*plain, MASTER.key))


async def test_of_several_at_once_one_makes_the_key(dsn: str, writer: Database, audit: Audit, db: Connection) -> None:
    store = Store(writer, audit)
    made = await asyncio.gather(*(store.init(MASTER) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in made) == 1
    assert all(isinstance(one, str | UsageError) for one in made)
    turned = await asyncio.gather(*(store.rotate(MASTER) for _ in range(4)), return_exceptions=True)
    assert any(isinstance(one, str) for one in turned)
    assert all(isinstance(one, str | UsageError) for one in turned)
    assert await db.fetchval("SELECT count(*) FROM gb_meta.vault_keys WHERE active") == 1


async def test_another_master_wraps_the_same_keys(store: Store, db: Connection) -> None:
    here = Place(EMAIL_PASSWORD, "row")
    text = (await opened(store)).seal(here, Secret("hunter2"))
    await store.rotate(MASTER)
    assert await store.rewrap(MASTER, OTHER) == 2
    assert (await opened(store, OTHER)).open(here, text) == Secret("hunter2")
    with pytest.raises(VaultError, match="Another master key"):
        (await opened(store)).open(here, text)
    with pytest.raises(UsageError, match="Nothing to do"):
        await store.rewrap(MASTER, OTHER)
    with pytest.raises(VaultError, match="Another master key"):
        await store.rewrap(Master(bytes(range(9, 41))), MASTER)


async def test_values_of_the_real_server_are_sealed_anew_and_again_after_a_rotation(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    expected = [f"secret {number}" for number in range(ROWS)]
    before = await db.fetch("SELECT id, updated_at FROM user_email_accounts ORDER BY id")
    vault = await opened(store)
    done = await reencrypt(writer, audit, vault)
    assert (done.read, done.sealed, done.current, done.left, done.faults) == (ROWS, ROWS, 0, 0, {})
    assert await secrets(db, vault) == expected
    assert all(text.startswith(f"2:AES-256-GCM:{vault.keys.active_id}:") for text in (await texts(db)).values())
    assert await db.fetch("SELECT id, updated_at FROM user_email_accounts ORDER BY id") == before

    again = await reencrypt(writer, audit, vault)
    assert (again.read, again.sealed, again.current) == (ROWS, 0, ROWS)
    await store.rotate(MASTER)
    vault = await opened(store)
    assert (await reencrypt(writer, audit, vault)).sealed == ROWS
    assert await secrets(db, vault) == expected
    runs = await db.fetch("SELECT state, detail FROM gb_meta.job_runs WHERE job = 'vault.reencrypt' ORDER BY id")
    assert [(run["state"], json.loads(run["detail"])["sealed"]) for run in runs] == [
        ("done", ROWS), ("done", 0), ("done", ROWS)
    ]  # fmt: skip
    recorded = await db.fetch("SELECT detail FROM gb_meta.audit_log WHERE action = 'vault.reencrypted'")
    assert sum(json.loads(row["detail"])["rows"] for row in recorded) == 2 * ROWS


async def test_what_does_not_open_stays_as_it_is_and_is_counted(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    vault = await opened(store)
    await reencrypt(writer, audit, vault)
    good = await texts(db)
    await put(db, accounts[0], good[accounts[1]])  # a swapped row
    await put(db, accounts[2], good[accounts[2]][:-1] + ("A" if good[accounts[2]][-1] != "A" else "Q"))
    await put(db, accounts[3], good[accounts[3]].replace(vault.keys.active_id, "k0"))  # a lost key
    await put(db, accounts[4], "plain text")
    broken = await texts(db)
    expected = {Fault.MOVED: 1, Fault.DAMAGED: 1, Fault.LOST: 1, Fault.UNREADABLE: 1}

    found = await check(writer, vault, EMAIL_PASSWORD, batch=4, pause=0, told=ignore)
    assert (found.faults, found.read, found.current) == (expected, ROWS, ROWS - 4)
    assert found.named[Fault.MOVED] == [str(accounts[0])]
    await store.rotate(MASTER)
    done = await reencrypt(writer, audit, await opened(store))
    # What names the active key is not opened again: the moved and the damaged one named the key before.
    assert (done.sealed, done.faults) == (ROWS - 4, expected)
    after = await texts(db)
    assert {key: after[key] for key in accounts[:5] if key != accounts[1]} == {
        key: broken[key] for key in accounts[:5] if key != accounts[1]
    }


async def test_with_another_master_key_nothing_is_begun(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    before = await texts(db)
    with pytest.raises(VaultError, match="Another master key"):
        await reencrypt(writer, audit, await opened(store, OTHER))
    assert await texts(db) == before
    assert await db.fetchval("SELECT count(*) FROM gb_meta.job_runs") == 0


class Overtaken(Vault):
    """Somebody else writes a row after it was read and before it is written back."""

    def __init__(self, keys: Keyring, target: Target, key: UUID) -> None:
        super().__init__(keys)
        self._target, self._key, self._done = target, key, False

    def seal(self, place: Place, value: Secret, nonce: bytes | None = None) -> str:
        if place.key == str(self._key) and not self._done:
            self._done = True
            asyncio.run(self._write())  # this is not the loop's thread
        return super().seal(place, value, nonce)

    async def _write(self) -> None:
        connection = await connect(self._target, purpose="write")
        await put(connection, self._key, "theirs")
        await connection.close(timeout=5)


async def test_who_writes_meanwhile_wins_and_who_holds_a_row_is_not_waited_for(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    vault = Overtaken(Keyring(await store.keys(), MASTER, V1), writer.target, accounts[12])
    async with db.transaction():
        await db.execute("UPDATE user_email_accounts SET active = false WHERE id = $1", accounts[7])
        done = await reencrypt(writer, audit, vault, batch=5)
    assert (done.sealed, done.left, done.read) == (ROWS - 2, 1, ROWS)
    assert done.named[Fault.UNREADABLE] == [str(accounts[12])]  # it was tried again, and is no sealed value now
    found = await texts(db)
    assert found[accounts[12]] == "theirs"
    assert found[accounts[7]].startswith("1:")
    await put(db, accounts[12], v1("theirs"))
    assert (await reencrypt(writer, audit, vault)).sealed == 2


async def test_a_run_that_is_cut_off_is_gone_on_with_by_another(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    vault = await opened(store)
    task: asyncio.Task[Tally]

    def stop(tally: Tally) -> None:
        if tally.read >= 12:
            task.cancel()

    task = asyncio.create_task(Reencryption(writer, vault, audit, EMAIL_PASSWORD, batch=4, pause=0.001).run(stop))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sum(text.startswith("2:") for text in (await texts(db)).values()) == 12
    row = await db.fetchrow("SELECT state, error FROM gb_meta.job_runs")
    assert row is not None
    assert tuple(row) == ("failed", "CancelledError")
    done = await reencrypt(writer, audit, vault)
    assert (done.current, done.sealed) == (12, ROWS - 12)


async def test_one_run_at_a_time(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    vault = await opened(store)
    began: list[Tally] = []
    run = Reencryption(writer, vault, audit, EMAIL_PASSWORD, batch=4, pause=0.001)
    first = asyncio.create_task(run.run(began.append))
    await until(lambda: began)
    with pytest.raises(UsageError, match="Another run is on its way"):
        await reencrypt(writer, audit, vault)
    assert (await first).sealed == ROWS


async def test_what_cannot_be_recorded_is_not_sealed(
    db: Connection, store: Store, writer: Database, audit: Audit, accounts: list[UUID]
) -> None:
    before = await texts(db)
    await db.execute("ALTER FUNCTION gb_meta.audit RENAME TO no_audit")
    with pytest.raises(Exception, match="Not recorded, so not done"):
        await reencrypt(writer, audit, await opened(store))
    with pytest.raises(Exception, match="Not recorded, so not done"):
        await store.rotate(MASTER)
    assert await texts(db) == before
    assert await db.fetchval("SELECT count(*) FROM gb_meta.vault_keys") == 1


async def test_a_read_only_console_seals_nothing(dsn: str, store: Store, audit: Audit, accounts: list[UUID]) -> None:
    async with Database(dsn) as database:
        with pytest.raises(DeniedError, match="Read-only"):
            await Reencryption(database, await opened(store), audit, EMAIL_PASSWORD).run(ignore)
        with pytest.raises(DeniedError, match="Read-only"):
            await Store(database, audit).rotate(MASTER)


async def test_masks_do_not_touch_what_is_written_back(
    dsn: str, db: Connection, store: Store, audit: Audit, accounts: list[UUID]
) -> None:
    async with Database(dsn, read_only=False, redact=True) as masking:
        done = await reencrypt(masking, Audit(masking), await opened(store))
    assert done.sealed == ROWS
    assert await secrets(db, await opened(store)) == [f"secret {number}" for number in range(ROWS)]
