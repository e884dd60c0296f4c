"""Which plain table can become the partitioned message_history, and what it has to get first. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

COLUMNS: Final = (
    "id uuid not null",
    "session_id uuid not null",
    "user_id uuid",
    "bot_id uuid not null",
    "message text not null",
    "sender text not null",
    "created_at timestamp with time zone not null",
    "org_id uuid not null",
)
"""Which it must have, whatever else it has. `tx` is added where it is missing."""
TX: Final = "tx xid8 not null"
TX_DEFAULT: Final = "pg_current_xact_id()"

INDEXES: Final[Mapping[str, tuple[str, str]]] = {
    "UNIQUE btree (id, created_at)": (
        "message_history_id_created_at_idx",
        "CREATE UNIQUE INDEX CONCURRENTLY message_history_id_created_at_idx ON public.message_history (id, created_at)",
    ),
    "UNIQUE btree (org_id, created_at, id)": (
        "message_history_org_id_created_at_id_idx",
        "CREATE UNIQUE INDEX CONCURRENTLY message_history_org_id_created_at_id_idx"
        " ON public.message_history (org_id, created_at, id)",
    ),
    "btree (session_id, created_at DESC, id DESC, org_id)": (
        "message_history_session_id_created_at_id_org_id_idx",
        "CREATE INDEX CONCURRENTLY message_history_session_id_created_at_id_org_id_idx"
        " ON public.message_history (session_id, created_at DESC, id DESC, org_id)",
    ),
    "btree (bot_id, created_at, org_id)": (
        "message_history_bot_id_created_at_org_id_idx",
        "CREATE INDEX CONCURRENTLY message_history_bot_id_created_at_org_id_idx"
        " ON public.message_history (bot_id, created_at, org_id)",
    ),
    "btree (user_id, created_at)": (
        "message_history_user_id_created_at_idx",
        "CREATE INDEX CONCURRENTLY message_history_user_id_created_at_idx"
        " ON public.message_history (user_id, created_at)",
    ),
    "btree (created_at DESC, id DESC)": (
        "message_history_created_at_id_idx",
        "CREATE INDEX CONCURRENTLY message_history_created_at_id_idx"
        " ON public.message_history (created_at DESC, id DESC)",
    ),
    "btree (tx) WHERE (tx > '3'::xid8)": (
        "message_history_tx_idx",
        "CREATE INDEX CONCURRENTLY message_history_tx_idx ON public.message_history (tx) WHERE tx > '3'",
    ),
}
"""What the migrations give message_history: what each index is -> its name, and the statement that builds it."""

CONSTRAINTS: Final[Mapping[str, str]] = {
    "CHECK ((octet_length(message) <= 1048576))":
        "ALTER TABLE public.message_history ADD CHECK (octet_length(message) <= 1048576) NOT VALID",
    "CHECK ((sender = ANY (ARRAY['user'::text, 'bot'::text])))":
        "ALTER TABLE public.message_history ADD CHECK (sender IN ('user', 'bot')) NOT VALID",
    "FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE SET NULL":
        "ALTER TABLE public.message_history ADD FOREIGN KEY (user_id) REFERENCES public.users (id)"
        " ON DELETE SET NULL NOT VALID",
    "FOREIGN KEY (org_id, session_id) REFERENCES public.user_sessions(org_id, id) ON DELETE CASCADE":
        "ALTER TABLE public.message_history ADD FOREIGN KEY (org_id, session_id)"
        " REFERENCES public.user_sessions (org_id, id) ON DELETE CASCADE NOT VALID",
    "FOREIGN KEY (org_id, bot_id) REFERENCES public.bots(org_id, id) ON DELETE CASCADE":
        "ALTER TABLE public.message_history ADD FOREIGN KEY (org_id, bot_id)"
        " REFERENCES public.bots (org_id, id) ON DELETE CASCADE NOT VALID",
}  # fmt: skip
"""What each constraint is -> the statement that adds it, to be validated afterwards."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalog says of the table (queries/meta/adoption.sql)."""

    kind: str
    persistence: str
    owner: str
    schema_owner: str | None
    owned: bool
    columns: Sequence[str]
    identities: Sequence[str]
    tx_default: str | None
    referencing: Sequence[str]
    views: Sequence[str]
    inherits: Sequence[str]
    publications: Sequence[str]
    policies: Sequence[str]
    uniques: Sequence[str]
    triggers: Sequence[str]
    column_grants: Sequence[str]
    has_rules: bool


def refusal(facts: Facts) -> tuple[str, str] | None:
    """Why the table cannot be partitioned in place, and what to do; None if it can."""
    return _kind(facts) or _columns(facts) or _hangs(facts)


def missing(wanted: Collection[str], there: Collection[str]) -> list[str]:
    """Those of `wanted` that are not there, in their order."""
    return [each for each in wanted if each not in there]


def _kind(facts: Facts) -> tuple[str, str] | None:
    if facts.kind != "r":
        return f"it is no plain table (relkind {facts.kind})", "only a plain table can be adopted"
    if facts.persistence != "p":
        return "it is unlogged or temporary", "ALTER TABLE public.message_history SET LOGGED"
    if facts.schema_owner is None:
        return "the schema gb_meta is missing", "gbtui migrate up --init builds it"
    if not facts.owned:
        return f"it belongs to {facts.owner}", f"connect as a member of {facts.owner}"
    if facts.owner != facts.schema_owner:
        return (
            f"it belongs to {facts.owner}, and gb_meta to {facts.schema_owner}",
            f"ALTER TABLE public.message_history OWNER TO {facts.schema_owner}",
        )
    return None


def _columns(facts: Facts) -> tuple[str, str] | None:
    needed = "docs/partitions.md lists the columns that it must have"
    names = {column.split(" ", 1)[0]: column for column in facts.columns}
    for wanted in COLUMNS:
        have = names.get(wanted.split(" ", 1)[0])
        if have is None:
            return f"it has no column {wanted}", needed
        if have != wanted:
            return f"column {have} must be {wanted}", needed
    if "tx" in names and names["tx"] != TX:
        return f"column {names['tx']} must be {TX}, or not be there", needed
    if "tx" in names and facts.tx_default not in (None, TX_DEFAULT):
        return f"the default of column tx is {facts.tx_default}, not {TX_DEFAULT}", needed
    if facts.identities:
        name = facts.identities[0]
        return (
            f"column {name} is an identity, or owns a sequence",
            "drop the identity, or ALTER SEQUENCE … OWNED BY NONE",
        )
    return None


def _hangs(facts: Facts) -> tuple[str, str] | None:
    for found, what, way_out in (
        (facts.referencing, "a foreign key points to it: {}", "drop that key first"),
        (facts.views, "{} reads it, and would see its old rows alone", "drop the view, create it again afterwards"),
        (facts.inherits, "it inherits with {}", "undo the inheritance first"),
        (facts.publications, "it is in the publication {}", "take it out, add it again afterwards"),
        (facts.policies, "it has a policy of its own: {}", "drop it, create it again afterwards"),
        (facts.uniques, "{} is unique, or excludes, without created_at", "a partitioned table cannot have it: drop it"),
        (facts.triggers, "trigger {} is disabled, a constraint, or has transition tables", "drop it first"),
        (facts.column_grants, "column {} has grants of its own", "grant them again afterwards, revoke them now"),
    ):
        if found:
            return what.format(found[0]), way_out
    return ("it has a rule", "drop the rule first") if facts.has_rules else None
