"""The master key: 32 bytes that lie outside of the database, in a file, behind a command or in the environment."""

import base64
import binascii
import hashlib
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gbtui.config.secrets import VaultKeys
from gbtui.errors import Fault, UsageError, VaultError
from gbtui.security import private_file
from gbtui.security.vault.cipher import KEY_BYTES, new_key

_SECONDS: Final = 30.0
"""A command may have to ask its user."""
_LINE: Final = re.compile(r"(?P<id>[A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*[=\s]\s*(?P<key>\S+)")
_WHERE: Final = 'the profile says where it is: vault = { file = "FILE" }, { command = ["…"] } or { env = "NAME" }'


@dataclass(frozen=True, slots=True)
class Master:
    """The key that wraps the data keys."""

    key: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What tells it from another one, and nothing of it."""
        return hashlib.sha256(b"gbtui vault master" + self.key).hexdigest()[:16]


def read(source: VaultKeys | None, environ: Mapping[str, str]) -> Master:
    """The key from where the profile says. UsageError: nothing is said, or it is not there; VaultError: it is no key.

    It may take as long as a command does: not for the event loop.
    """
    if source is None:
        raise UsageError("No master key", "nothing says where it is", _WHERE)
    if source.file is not None:
        held, where = private_file.read(source.file, "the master key"), str(source.file)
    elif source.command:
        held, where = _told(source.command), source.command[0]
    else:
        where = f"environment {source.env}"
        if source.env not in environ:
            raise UsageError("No master key", f"{where} is not set")
        held = environ[source.env].encode()
    return Master(_key(held.decode(errors="replace"), where))


def generate(source: VaultKeys | None) -> Master:
    """Make the file that the profile names, with a new key in it. UsageError: it is there already, or none is named."""
    if source is None or source.file is None:
        raise UsageError("No file to write", "a key is made only where the profile names a file for it", _WHERE)
    master = Master(new_key())
    private_file.write_new(source.file, "the master key", base64.b64encode(master.key) + b"\n")
    return master


def read_v1_keys(source: VaultKeys | None) -> Mapping[str, bytes]:
    """Keys of v1 texts by their id: lines of ID and base64 or hex; empty where the profile names no file of them."""
    if source is None or source.v1_keys is None:
        return {}
    found = {}
    for number, line in enumerate(
        private_file.read(source.v1_keys, "the keys of v1").decode(errors="replace").splitlines(), 1
    ):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{source.v1_keys}, line {number}"
        if not (told := _LINE.fullmatch(line.strip())):
            raise UsageError("Wrong file of keys", where, "each line is an id and a key in base64 or hex")
        found[told["id"]] = _key(told["key"], where)
    return found


def _told(command: tuple[str, ...]) -> bytes:
    try:
        # Its errors are not shown: they may hold what it was asked for.
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        why = f"no answer within {_SECONDS:g} s" if isinstance(error, subprocess.TimeoutExpired) else error.strerror
        raise UsageError("No master key", f"{command[0]}: {why}") from None
    if done.returncode:
        raise UsageError("No master key", f"{command[0]} ended with {done.returncode}", "run it by hand to see why")
    return done.stdout


def _key(text: str, where: str) -> bytes:
    text = text.strip()
    try:
        key = bytes.fromhex(text) if re.fullmatch(r"[0-9A-Fa-f]{64}", text) else _base64(text)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) < 2:
        raise VaultError(Fault.WRONG, "Not a key", f"{where} does not hold 32 random bytes in base64 or hex")
    return key


def _base64(text: str) -> bytes:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
