"""Which server? Asked on a terminal when nobody has named one."""

import os
from argparse import Namespace
from collections.abc import Callable

from gbtui.config import EMBEDDED, Config, load
from gbtui.errors import NoTargetError

Ask = Callable[[str], str]


def choose(arguments: Namespace, config: Config, ask: Ask = input) -> Config:
    """Offer the profiles found, the demo on this machine, or a DSN; the settings with the answer in them.

    NoTargetError if the answer is nothing.
    """
    profiles = sorted(config.file.profiles)
    print("Which server?")
    for number, name in enumerate(profiles, 1):
        print(f"  {number}  {name}")
    demo = len(profiles) + 1
    print(f"  {demo}  the demo on this machine (a PostgreSQL of its own, with sample data)")
    print("  or a connection string: postgresql://user@host/database, or host=… dbname=…")
    try:
        answer = ask("> ").strip()
    except EOFError:
        answer = ""
    if not answer:
        raise NoTargetError("No server is named", "nothing was chosen")
    if answer in profiles or (answer.isdigit() and 0 < int(answer) < demo):
        arguments.profile = answer if answer in profiles else profiles[int(answer) - 1]
    else:
        arguments.dsn = EMBEDDED if answer in (str(demo), "demo") else answer
    return load(arguments, os.environ)
