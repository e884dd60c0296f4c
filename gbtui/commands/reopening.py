"""The command that opens the same server again, fit for a ticket: it holds no password, whatever named the server."""

import os
import shlex

from platformdirs import user_config_path

from gbtui.config import EMBEDDED, Config

_FLAGS = {"host": "-h", "port": "-p", "user": "-U", "dbname": "-d"}


def command(config: Config) -> str:
    """As a shell reads it; without `--open` and what follows."""
    words = ["gbtui"]
    if config.file.path != user_config_path("gbtui") / "config.toml":
        words += ["--config", str(config.file.path)]
    if config.is_embedded:
        words += ["--dsn", EMBEDDED, *(["--data-dir", str(config.data_dir)] if config.data_dir else [])]
    elif config.profile is not None and config.label == config.profile.name:
        words += ["--profile", config.profile.name]
        for place in config.connection[:1]:
            # What the command line adds to a profile; a password is no flag.
            words += [
                word for name, flag in _FLAGS.items() if (value := place.parameters.get(name)) for word in (flag, value)
            ]
    else:
        words.append(_conninfo(config))
    return shlex.join([*words, *(["--redact"] if config.redact else [])])


def _conninfo(config: Config) -> str:
    from gbtui.database.dsn import resolve
    from gbtui.database.parameters import SECRET

    named = {k: v for k, v in resolve(config.connection, os.environ).parameters.items() if k not in SECRET and v}
    return " ".join(f"{name}={_quoted(value)}" for name, value in named.items())


def _quoted(value: str) -> str:
    """As libpq reads it."""
    if value and not any(sign in value for sign in " '\\\t\n"):
        return value
    return "'" + value.replace("\\", r"\\").replace("'", r"\'") + "'"
