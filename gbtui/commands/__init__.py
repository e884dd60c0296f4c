"""The commands: one module each, imported only when it is the one asked for.

A module has `add_arguments(parser)` and `run(arguments) -> int` (the exit code). `arguments.config` is the
loaded Config; `arguments` has the shared flags as well. Errors are raised, and told by __main__.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Name -> (module, what it does in one line). The console is what runs without a name.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "show": ("gbtui.commands.show", "print what a probe sees, once or again and again"),
        "tail": ("gbtui.commands.tail", "print the conversations as they happen"),
        "search": ("gbtui.commands.search", "find messages and documents by their words"),
        "sql": ("gbtui.commands.sql", "run one statement that reads"),
        "audit": ("gbtui.commands.audit", "print what is on record, prove that it is whole, seal it"),
        "check": ("gbtui.commands.check", "judge the server; the exit code is the verdict"),
        "advise": ("gbtui.commands.advise", "which indexes the workload asks for, and which it does not"),
        "report": ("gbtui.commands.report", "write the server's state as one page for a ticket"),
        "metrics": ("gbtui.commands.metrics", "serve figures and findings to Prometheus and its like"),
        "user": ("gbtui.commands.user", "make accounts, set and verify passwords, close accounts"),
        "session": ("gbtui.commands.act", "end a session; its messages stay"),
        "bot": ("gbtui.commands.act", "switch a bot off or on, revoke its sessions"),
        "organization": ("gbtui.commands.act", "revoke all sessions of an organization"),
        "retention": ("gbtui.commands.retention", "how long what is kept, what is past that, remove exactly that"),
        "archive": (
            "gbtui.commands.archive",
            "archives of what went: list, verify, restore, ask them without a server",
        ),
        "delete": ("gbtui.commands.delete", "what a delete would remove, and do it in batches"),
        "jobs": ("gbtui.commands.jobs", "run the background jobs, list them, when they ran"),
        "partitions": ("gbtui.commands.partitions", "list months, make them ahead, split, detach, adopt a plain table"),
        "vault": ("gbtui.commands.vault", "make and change keys, seal values anew, prove that they open"),
        "migrate": ("gbtui.commands.migrate", "see, apply and verify migrations"),
        "access": ("gbtui.commands.access", "who may do what: roles, logins, organizations"),
        "demo": ("gbtui.commands.demo", "fill and drive the demo server on this machine"),
        "config": ("gbtui.commands.config", "print the effective settings and where each came from"),
    }
)

CONSOLE: Final = "gbtui.commands.console"
