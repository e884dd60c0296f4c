"""What a profile says of passwords and of the vault: how dear a hash is, where keys lie. Never a key itself."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

# OWASP's least for Argon2id, in KiB and passes; below it a profile is refused.
_LEAST_MEMORY: Final = 19_456
_LEAST_PASSES: Final = 2
MOST_MEMORY: Final = 1 << 20
"""KiB; whoever could write a hash into the table could else take all memory of who verifies it."""
MOST_PASSES: Final = 64
MOST_LANES: Final = 64


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """How passwords are hashed and which are refused. The defaults are the platform's own."""

    memory: int = 65_536
    """KiB."""
    passes: int = 3
    lanes: int = 4
    refused: Path | None = None
    """A file of passwords that are refused, one a line."""

    def __str__(self) -> str:
        listed = f", refused: {self.refused}" if self.refused else ""
        return f"argon2id, m={self.memory}, t={self.passes}, p={self.lanes}{listed}"


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """Where the vault's master key is, in one of three ways, and where keys of v1 texts are."""

    file: Path | None = None
    command: tuple[str, ...] = ()
    env: str = ""
    v1_keys: Path | None = None

    def __str__(self) -> str:
        where = f"file {self.file}" if self.file else f"command {self.command[0]}" if self.command else f"${self.env}"
        return f"{where}, v1 keys: {self.v1_keys}" if self.v1_keys else where


def password_rules(value: object) -> PasswordRules:
    """The table of a profile, checked."""
    table = _table(value, PasswordRules, "passwords = { memory = 65536, passes = 3, lanes = 4 }")
    limits = {
        "memory": (_LEAST_MEMORY, MOST_MEMORY),
        "passes": (_LEAST_PASSES, MOST_PASSES),
        "lanes": (1, MOST_LANES),
    }
    for name, (least, most) in limits.items():
        number = table.get(name, least)
        if type(number) is not int or not least <= number <= most:
            raise ValueError(f"such that {name} is a whole number from {least} to {most}")
    return PasswordRules(**_with_paths(table, "refused"))


def vault_keys(value: object) -> VaultKeys:
    """The table of a profile, checked."""
    table = _with_paths(_table(value, VaultKeys, 'vault = { file = "~/.config/gbtui/master.key" }'), "file", "v1_keys")
    if sum(name in table for name in ("file", "command", "env")) != 1:
        raise ValueError("a table with one of file, command and env")
    command, env = table.get("command", ["-"]), table.get("env", "-")
    if not (isinstance(command, list) and command and all(isinstance(word, str) and word for word in command)):
        raise ValueError('such that command is a list of words: command = ["pass", "show", "gbtui"]')
    if not (isinstance(env, str) and env):
        raise ValueError("such that env is the name of a variable")
    return VaultKeys(**{**table, **({"command": tuple(command)} if "command" in table else {})})


def _table(value: object, kind: type, example: str) -> dict[str, Any]:
    known = {field.name for field in fields(kind)}
    if not isinstance(value, Mapping) or not value or not value.keys() <= known:
        raise ValueError(f"a table of {', '.join(sorted(known))}: {example}")
    return dict(value)


def _with_paths(table: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same with absolute paths: a file found by where one happens to stand is another one tomorrow."""
    for name in names:
        if name in table:
            if not isinstance(table[name], str) or not (path := Path(table[name]).expanduser()).is_absolute():
                raise ValueError(f"such that {name} is a path from / or ~")
            table[name] = path
    return table
