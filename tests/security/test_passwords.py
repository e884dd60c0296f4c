"""Hashes that the platform's server reads and the other way round; weak passwords refused; memory bounded."""

import asyncio
import threading
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from gbtui.config.secrets import PasswordRules
from gbtui.errors import UsageError
from gbtui.secret import Secret
from gbtui.security.passwords import Passwords, Verdict, refuse

CHEAP = PasswordRules(memory=64, passes=1, lanes=1)
GOOD = Secret("correct horse battery")
# Of "password", from the reference implementation's test.c; the Rust crate argon2 verifies them in its own tests.
PUBLISHED = (
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2i$v=19$m=65536,t=1,p=1$c29tZXNhbHQAAAAAAAAAAA$+r0d29hqEB0yasKr55ZgICsQGSkl0v0kgwhd+U3wyRo",
    "$argon2d$v=19$m=65536,t=2,p=1$YzI5dFpYTmhiSFFBQUFBQUFBQUFBQQ$Jxy74cswY2mq9y+u+iJcJy8EqOp4t/C7DWDzGwGB3IM",
)


@pytest.mark.parametrize("stored", PUBLISHED)
async def test_published_hashes_are_verified(stored: str) -> None:
    with Passwords(PasswordRules()) as passwords:
        assert await passwords.verify(stored, Secret("password")) == Verdict(matches=True, rehash=True)
        assert await passwords.verify(stored, Secret("sassword")) == Verdict(matches=False)


async def test_another_implementation_and_this_one_read_each_other_at_the_platforms_parameters() -> None:
    with Passwords(PasswordRules()) as passwords:
        ours = await passwords.hash(GOOD)
        assert ours.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        Argon2id.verify_phc_encoded(GOOD.reveal().encode(), ours)
        with pytest.raises(InvalidKey):
            Argon2id.verify_phc_encoded(b"correct horse batterz", ours)
        other = Argon2id(salt=b"sixteen bytes of", length=32, iterations=3, lanes=4, memory_cost=65536)
        theirs = other.derive_phc_encoded(GOOD.reveal().encode())
        assert await passwords.verify(theirs, GOOD) == Verdict(matches=True)


@pytest.mark.parametrize(
    ("had", "rehash"),
    [
        (PasswordRules(64, 1, 1), False),
        (PasswordRules(32, 2, 1), True),
        (PasswordRules(128, 1, 1), False),  # dearer: it stays
        (PasswordRules(64, 1, 2), False),
    ],
)
async def test_a_hash_is_made_anew_when_the_rules_ask_for_more(had: PasswordRules, rehash: bool) -> None:
    with Passwords(had) as before, Passwords(CHEAP) as now:
        assert await now.verify(await before.hash(GOOD), GOOD) == Verdict(matches=True, rehash=rehash)
        assert await now.verify(await before.hash(GOOD), Secret("wrong horse battery")) == Verdict(matches=False)


async def test_the_same_password_is_never_hashed_the_same() -> None:
    with Passwords(CHEAP) as passwords:
        assert len({await passwords.hash(GOOD) for _ in range(20)}) == 20
        umlaut = Secret("größer als zwölf")
        assert (await passwords.verify(await passwords.hash(umlaut), umlaut)).matches


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "it is empty"),
        ("elevenchars", "it has 11 characters, and 12 are the least"),
        ("Hunter2Hunter2", "it is one of those in"),
        ("x" * 1025, "it is longer than 1024 characters"),
        ("not utf-8 \udcff at all", "it is not UTF-8"),
    ],
)
async def test_a_weak_or_impossible_password_is_refused(tmp_path: Path, password: str, why: str) -> None:
    listed = tmp_path / "refused"
    listed.write_bytes(b"\xff\xfe\r\nhunter2hunter2\r\nanother one here\n")
    with (
        Passwords(PasswordRules(64, 1, 1, listed)) as passwords,
        pytest.raises(UsageError, match="This password is refused") as error,
    ):
        await passwords.hash(Secret(password))
    assert why in error.value.message
    assert not password or password not in str(error.value)
    refuse(Secret("hunter2hunter22"), PasswordRules(refused=listed))


def test_a_list_that_is_not_there_refuses_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        refuse(GOOD, PasswordRules(refused=tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("", "PHC"),
        ("secret", "PHC"),
        ("$2b$12$abcdefghijklmnopqrstuv", "PHC"),
        ("$argon2id$v=19$m=999999999,t=3,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "more than"),
        ("$argon2id$v=19$m=64,t=999999999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "more than"),
        ("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$!!!", ""),
        ("$argon2id$v=77$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", ""),
    ],
)
async def test_a_stored_text_that_is_no_hash_lets_nobody_in_and_costs_nothing(stored: str, why: str) -> None:
    with Passwords(CHEAP) as passwords:
        verdict = await passwords.verify(stored, GOOD)
    assert not verdict.matches
    assert verdict.unreadable
    assert why in verdict.unreadable


async def test_nobody_has_no_password() -> None:
    with Passwords(CHEAP) as passwords:
        assert await passwords.verify(None, GOOD) == Verdict(matches=False)


async def test_hashing_leaves_the_loop_free_and_is_bounded_in_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fit into the memory: of ten the others wait, also when those who asked have gone."""
    gate, lock, now, most = threading.Event(), threading.Lock(), 0, 0

    def slow(self: object, stored: str | None, password: Secret) -> Verdict:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        assert threading.current_thread() is not threading.main_thread()
        gate.wait(10)
        with lock:
            now -= 1
        return Verdict(matches=True)

    monkeypatch.setattr("gbtui.security.passwords.os.cpu_count", lambda: 64)
    monkeypatch.setattr(Passwords, "_verify", slow)
    with Passwords(PasswordRules(memory=128 * 1024)) as passwords:
        tries = [asyncio.create_task(passwords.verify("x", GOOD)) for _ in range(10)]
        await asyncio.sleep(0)
        for given_up in tries[:4]:
            given_up.cancel()
        gate.set()  # the loop got here while all of them wait
        assert await asyncio.gather(*tries[4:]) == [Verdict(matches=True)] * 6
    assert most <= 2
