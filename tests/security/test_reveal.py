"""A sealed value is shown to who has the right, a reason and the key, and on record before; else a refusal is."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from gbtui.database.database import Database
from gbtui.demo import secrets
from gbtui.errors import AuditError, DeniedError, Fault, UsageError, VaultError
from gbtui.secret import Secret
from gbtui.security.audit import Audit
from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
from gbtui.security.vault.keyring import Keyring, Wrapped
from gbtui.security.vault.master import Master
from gbtui.security.vault.reveal import Revealer, checked
from gbtui.security.vault.vault import Vault
from tests.conftest import Connect, Connection, Server, execute
from tests.domain.platform import place
from tests.security.test_audit import FUNCTION, as_role
from tests.security.test_vault_store import ACCOUNT

REASON = "ticket 4711: cannot log in"


@pytest.fixture
async def db(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def account(db: Connection) -> UUID:
    """One mail account with a password that is truly sealed."""
    user, key = (await place(db)).user_id, secrets.data_key()
    await db.execute(
        "INSERT INTO gb_meta.vault_keys (key_id, wrapped, master) VALUES ($1, $2, $3)",
        key.key_id,
        key.wrapped,
        key.master,
    )
    (row,) = await db.fetch(ACCOUNT, user, "x", 1)
    found: UUID = row["id"]
    text = secrets.vault().seal(Place(EMAIL_PASSWORD, str(found)), Secret("hunter2hunter2"))
    await db.execute("UPDATE user_email_accounts SET encrypted_password = $1", text)
    return found


def opened(wrapped: Sequence[Wrapped], master: Master = secrets.MASTER) -> Vault:
    return Vault(Keyring(wrapped, master))


def no_key(_wrapped: Sequence[Wrapped]) -> Vault:
    raise UsageError("No master key", "nothing says where it is")


async def recorded(db: Connection) -> list[tuple[str, str, str]]:
    found = await db.fetch(
        "SELECT action, object_id, reason, detail::text, before, after FROM gb_meta.audit_log"
        " WHERE action LIKE 'secret.%' ORDER BY created_at"
    )
    assert "hunter2" not in str(found)
    return [(row["action"], row["object_id"], row["reason"]) for row in found]


async def test_it_is_shown_and_was_on_record(dsn: str, db: Connection, account: UUID, tmp_path: Path) -> None:
    async with Database(dsn) as database:
        assert database.read_only
        audit = Audit(database, tmp_path / "audit.jsonl", required=True)
        secret = await Revealer(database, audit, opened).reveal(Place(EMAIL_PASSWORD, str(account)), REASON)
    assert secret == Secret("hunter2hunter2")
    assert "hunter2" not in f"{secret!r} {secret}"
    assert await recorded(db) == [("secret.revealed", str(account), REASON)]


@pytest.mark.parametrize("reason", ["", "  ", "because", "x            ", "\n\n\n\n\n\n\n\n\n"])
async def test_without_a_reason_nothing_is_asked(db: Connection, account: UUID, reason: str) -> None:
    """There is not even a database."""
    with pytest.raises(UsageError, match="A reason is wanted"):
        await Revealer(None, None, opened).reveal(Place(EMAIL_PASSWORD, str(account)), reason)  # type: ignore[arg-type]
    assert checked(f"  {REASON}\x1b[2J ") == checked(f"{REASON}\x1b[2J")


async def test_what_cannot_be_recorded_is_not_shown(dsn: str, db: Connection, account: UUID, tmp_path: Path) -> None:
    await db.execute("ALTER FUNCTION gb_meta.audit RENAME TO no_audit")
    async with Database(dsn) as database:
        audit = Audit(database, tmp_path / "audit.jsonl", required=True)
        with pytest.raises(AuditError):
            await Revealer(database, audit, opened).reveal(Place(EMAIL_PASSWORD, str(account)), REASON)
        # Neither the database nor a file takes it: also where it is not required.
        (tmp_path / "folder").mkdir()
        with pytest.raises(AuditError):
            await Revealer(database, Audit(database, tmp_path / "folder"), opened).reveal(
                Place(EMAIL_PASSWORD, str(account)), REASON
            )


@pytest.fixture
def viewer(server: Server) -> str:
    name = f"viewer_{uuid4().hex[:8]}"
    asyncio.run(execute(server.dsn, f"CREATE ROLE {name} LOGIN"))
    return name


async def test_who_lacks_the_right_is_told_which_and_it_is_on_record(
    dsn: str, db: Connection, account: UUID, viewer: str, tmp_path: Path
) -> None:
    """The GRANTs that are named, and nothing else, let it through."""
    await db.execute(
        f"GRANT USAGE ON SCHEMA gb_meta TO {viewer}; GRANT EXECUTE ON FUNCTION {FUNCTION} TO {viewer};"
        f"GRANT SELECT (id, email_address) ON user_email_accounts TO {viewer}"
    )
    here = Place(EMAIL_PASSWORD, str(account))
    async with Database(as_role(dsn, viewer)) as database:
        revealer = Revealer(database, Audit(database, tmp_path / "audit.jsonl", required=True), opened)
        grants = []
        for _ in range(2):
            with pytest.raises(DeniedError) as denied:
                await revealer.reveal(here, REASON)
            grants.append(denied.value.hint)
            await db.execute(denied.value.hint)
        assert await revealer.reveal(here, REASON) == Secret("hunter2hunter2")
    assert grants == [
        f'GRANT SELECT (id, "encrypted_password") ON "public"."user_email_accounts" TO "{viewer}"',
        f'GRANT USAGE ON SCHEMA gb_meta TO "{viewer}"; GRANT SELECT ON gb_meta.vault_keys TO "{viewer}"',
    ]
    assert [action for action, _, _ in await recorded(db)] == [
        "secret.reveal.refused", "secret.reveal.refused", "secret.revealed"
    ]  # fmt: skip


async def test_without_the_key_or_its_value_nothing_is_shown_and_it_is_on_record(
    dsn: str, db: Connection, account: UUID, tmp_path: Path
) -> None:
    here, elsewhere = Place(EMAIL_PASSWORD, str(account)), Place(EMAIL_PASSWORD, str(uuid4()))
    async with Database(dsn) as database:
        audit = Audit(database, tmp_path / "audit.jsonl", required=True)
        with pytest.raises(UsageError, match="No master key"):
            await Revealer(database, audit, no_key).reveal(here, REASON)
        with pytest.raises(VaultError) as other:
            await Revealer(database, audit, lambda keys: opened(keys, Master(bytes(range(32))))).reveal(here, REASON)
        assert other.value.fault is Fault.WRONG
        with pytest.raises(UsageError, match="Nothing to reveal"):
            await Revealer(database, audit, opened).reveal(elsewhere, REASON)
        text = secrets.vault().seal(elsewhere, Secret("hunter2hunter2"))
        await db.execute("UPDATE user_email_accounts SET encrypted_password = $1", text)
        with pytest.raises(VaultError) as moved:
            await Revealer(database, audit, opened).reveal(here, REASON)
        assert moved.value.fault is Fault.MOVED
    assert [action for action, _, _ in await recorded(db)] == ["secret.reveal.refused"] * 4
