"""Passwords: Argon2id in PHC form, as the platform's Rust server writes and reads it; never kept, never compared by us.

A hash costs 64 MiB and a third of a second by design. So it is made off the event loop, by few threads of its own:
however many log in at once, memory stays bounded.
"""

import asyncio
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from gbtui.config.secrets import MOST_LANES, MOST_MEMORY, MOST_PASSES, PasswordRules
from gbtui.errors import UsageError
from gbtui.secret import Secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

R = TypeVar("R")

SHORTEST: Final = 12
"""Characters."""
LONGEST: Final = 1024
_MEMORY: Final = 256 * 1024
"""KiB that all hashing together takes at most."""
_PHC: Final = re.compile(
    r"\$argon2(?:id|i|d)\$(?:v=(?:16|19)\$)?m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})(?:,[\w=+/,-]+)?\$[^$]+\$[^$]+"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is the one that was hashed. `rehash`: it is, and what is stored is cheaper to guess than now.

    `unreadable` says why the stored hash could not be used, "" where it could.
    """

    matches: bool
    rehash: bool = False
    unreadable: str = ""


class Passwords:
    """Makes and verifies hashes by the rules. Close it, or use it in a `with`."""

    def __init__(self, rules: PasswordRules) -> None:
        self._rules = rules
        at_once = max(1, min(_MEMORY // rules.memory, os.cpu_count() or 1))
        # Its threads bound the memory also where who waits has gone away: a hash that has begun is not stopped.
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="password")

    def __enter__(self) -> "Passwords":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: Secret) -> str:
        """Its hash, salted anew each time. UsageError: the password is refused, and why."""
        return await self._apart(self._hash, password)

    async def rehash(self, password: Secret) -> str:
        """The same of one that is in use already, however short: what is refused today was not when it was set."""
        return await self._apart(lambda: self._hasher.hash(password.reveal()))

    async def verify(self, stored: str | None, password: Secret) -> Verdict:
        """Hold a password against a stored hash, in constant time; None (no such user) takes as long as a wrong one."""
        return await self._apart(self._verify, stored, password)

    async def _apart(self, act: Callable[..., R], *arguments: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, act, *arguments)

    # --- in a thread ----------------------------------------------------------------------------------

    def _hash(self, password: Secret) -> str:
        refuse(password, self._rules)
        return self._hasher.hash(password.reveal())

    def _verify(self, stored: str | None, password: Secret) -> Verdict:
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        if _wrong_text(password):
            return Verdict(matches=False)
        if stored is not None and (why := _unfit(stored)):
            return Verdict(matches=False, unreadable=why)
        try:
            self._hasher.verify(stored or self._nobody, password.reveal())
        except VerifyMismatchError:
            return Verdict(matches=False)
        except (InvalidHashError, VerificationError) as error:
            return Verdict(matches=False, unreadable=str(error))
        if stored is None:
            return Verdict(matches=False)
        return Verdict(matches=True, rehash=self._is_cheaper(stored))

    def _is_cheaper(self, stored: str) -> bool:
        """Whether the rules ask for more; a hash that costs more than they ask for stays."""
        from argon2 import Type, extract_parameters
        from argon2.low_level import ARGON2_VERSION

        had, rules = extract_parameters(stored), self._rules
        cheaper = had.memory_cost < rules.memory or had.time_cost < rules.passes
        return had.type is not Type.ID or had.version < ARGON2_VERSION or cheaper

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return PasswordHasher(self._rules.passes, self._rules.memory, self._rules.lanes)

    @cached_property
    def _nobody(self) -> str:
        """A hash that no password has, as dear as the others."""
        return self._hasher.hash(os.urandom(32))


def refuse(password: Secret, rules: PasswordRules) -> None:
    """UsageError if nobody may have this password: it is empty, too short, too long, or in the profile's list."""
    length = len(password.reveal())
    why = _wrong_text(password)
    if not length:
        why = "it is empty"
    elif length < SHORTEST:
        why = f"it has {length} characters, and {SHORTEST} are the least"
    elif not why and rules.refused is not None and _is_listed(password, rules.refused):
        why = f"it is one of those in {rules.refused}"
    if why:
        raise UsageError("This password is refused", why)


def _wrong_text(password: Secret) -> str:
    text = password.reveal()
    if len(text) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it is not UTF-8"
    return ""


def _is_listed(password: Secret, path: Path) -> bool:
    """Whether a line of the file is this password, whatever the case. A list that cannot be read refuses all."""
    wanted = password.reveal().casefold()
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return any(line.rstrip("\r\n").casefold() == wanted for line in lines)
    except OSError as error:
        told = f"{path}: {error.strerror or error}"
        raise UsageError(
            "The list of refused passwords cannot be read", told, "no password is set without it"
        ) from None


def _unfit(stored: str) -> str:
    """Why a stored hash is not even tried; "" if it may be."""
    if not (found := _PHC.fullmatch(stored)):
        return "it is not Argon2 in PHC form"
    memory, passes, lanes = map(int, found.groups())
    if memory > MOST_MEMORY or passes > MOST_PASSES or lanes > MOST_LANES:
        return f"m={memory}, t={passes}, p={lanes} is more than is ever spent on one"
    return ""
