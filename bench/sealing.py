"""Passwords and the vault: what a verification costs, what sealing adds to the cipher, and a column sealed anew beside
a writer.
"""

import asyncio
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import UUID, uuid4

import asyncpg
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.figure import Figure
from gbtui.config.secrets import PasswordRules
from gbtui.database.database import Database
from gbtui.demo import secrets
from gbtui.demo.embedded import EmbeddedServer
from gbtui.secret import Secret
from gbtui.security.audit import Audit
from gbtui.security.passwords import Passwords
from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
from gbtui.security.vault.keyring import Keyring
from gbtui.security.vault.reencrypt import Reencryption
from gbtui.security.vault.store import Store
from gbtui.security.vault.vault import Vault
from tests.conftest import migrate

_VALUES: Final = 10_000
_WAIT_MS: Final = 250.0
"""That one writer may wait, as for anything that gbtui does beside a platform."""
_USER: Final = "INSERT INTO users (username, email, password_hash) VALUES ('a', 'a@b.c', '$argon2id$x') RETURNING id"
_ACCOUNTS: Final = """INSERT INTO user_email_accounts
    (id, user_id, email_address, imap_server, smtp_server, encrypted_password)
    SELECT u.id, $1, 'a@b.c', 'i', 's', u.sealed FROM unnest($2::uuid[], $3::text[]) u (id, sealed)"""
_TOUCH: Final = "UPDATE user_email_accounts SET active = NOT active WHERE id = $1"


def figures() -> Iterator[Figure]:
    """All of them."""
    yield from asyncio.run(_passwords())
    yield from _cipher()
    yield from asyncio.run(_column())


async def _passwords() -> list[Figure]:
    password, hasher = "correct horse battery", PasswordHasher(3, 65_536, 4)
    stored = hasher.hash(password)
    alone, ours = [], []
    with Passwords(PasswordRules()) as passwords:
        for _ in range(9):  # in turn, so that both meet the same load
            alone.append(_took(lambda: hasher.verify(stored, password)))
            begun = perf_counter()
            assert (await passwords.verify(stored, Secret(password))).matches
            ours.append(perf_counter() - begun)
    return [Figure("verify a password", median(ours), "ms", None, False, "argon2-cffi", median(alone))]


def _cipher() -> list[Figure]:
    vault, place, cipher = secrets.vault(), Place(EMAIL_PASSWORD, str(uuid4())), AESGCM(bytes(range(32)))
    value, nonce = "correct horse battery", bytes(12)
    text, raw = vault.seal(place, Secret(value)), cipher.encrypt(nonce, value.encode(), b"context")
    seal = _each(lambda: vault.seal(place, Secret(value)))
    unseal = _each(lambda: vault.open(place, text))
    encrypt = _each(lambda: cipher.encrypt(nonce, value.encode(), b"context"))
    decrypt = _each(lambda: cipher.decrypt(nonce, raw, b"context"))
    return [
        Figure("seal a value", seal, "us", None, False, "cryptography", encrypt),
        Figure("open a value", unseal, "us", None, False, "cryptography", decrypt),
    ]


async def _column() -> list[Figure]:
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    server = EmbeddedServer(home)
    try:
        return await _sealed_anew(await asyncio.to_thread(server.start))
    finally:
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.wait_stopped)
        shutil.rmtree(home, ignore_errors=True)


async def _sealed_anew(dsn: str) -> list[Figure]:
    await migrate(dsn)
    admin = await asyncpg.connect(dsn)
    ids = [uuid4() for _ in range(_VALUES)]
    old = secrets.vault()
    texts = [old.seal(Place(EMAIL_PASSWORD, str(one)), Secret("correct horse battery")) for one in ids]
    await admin.execute(_ACCOUNTS, await admin.fetchval(_USER), ids, texts)
    key = secrets.data_key()
    await admin.execute(
        "INSERT INTO gb_meta.vault_keys (key_id, wrapped, master) VALUES ($1, $2, $3)",
        key.key_id,
        key.wrapped,
        key.master,
    )
    async with Database(dsn, read_only=False) as database:
        audit = Audit(database, required=True)
        store = Store(database, audit)
        seconds = []
        waits: dict[bool, list[float]] = {}
        for beside in (False, True):
            await store.rotate(secrets.MASTER)
            vault = Vault(Keyring(await store.keys(), secrets.MASTER))
            run = Reencryption(database, vault, audit, EMAIL_PASSWORD, pause=0.0)
            writing = asyncio.create_task(_write(dsn, ids)) if beside else None
            begun = perf_counter()
            tally = await run.run(lambda _: None)
            seconds.append(perf_counter() - begun)
            assert tally.sealed + tally.left == _VALUES
            if writing:
                writing.cancel()
                waits[True] = await writing
        waits[False] = await _writing_alone(dsn, ids)
    await admin.close()
    longest = 1000 * max(waits[True])
    return [
        Figure("values sealed anew, without a pause", _VALUES / seconds[0], "a s"),
        Figure("the same beside a writer of the same rows", _VALUES / seconds[1], "a s"),
        Figure("its longest wait", longest, "ms", _WAIT_MS, False, "alone", 1000 * max(waits[False])),
        Figure("its writes, median", median(waits[True]), "ms", None, False, "alone", median(waits[False])),
    ]


def median(seconds: list[float]) -> float:
    """In milliseconds."""
    return 1000 * statistics.median(seconds)


async def _write(dsn: str, ids: list[UUID]) -> list[float]:
    """Touch rows one by one until cancelled; how long each took."""
    took: list[float] = []
    connection = await asyncpg.connect(dsn)
    try:
        for one in ids * 100:
            begun = perf_counter()
            await connection.execute(_TOUCH, one)
            took.append(perf_counter() - begun)
    except asyncio.CancelledError:
        pass
    finally:
        connection.terminate()
    return took


async def _writing_alone(dsn: str, ids: list[UUID]) -> list[float]:
    writing = asyncio.create_task(_write(dsn, ids))
    await asyncio.sleep(5)
    writing.cancel()
    return await writing


def _each(act: Callable[[], object], times: int = 5000) -> float:
    """Microseconds a call, the best of three rounds."""
    return min(_took(lambda: [act() for _ in range(times)]) for _ in range(3)) / times * 1e6


def _took(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun
