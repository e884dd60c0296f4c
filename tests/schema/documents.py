"""The platform's documents, transcribed as data: what the database must have, whatever else it has.

A line of TABLES is a table, then its columns: `name type`, with `!` for the primary key.
"""

from typing import Final, NamedTuple

TABLES: Final = """
organizations: org_id uuid!, name text, slug text, created_at timestamptz
bots: id uuid!, name text, org_id uuid, created_at timestamptz, updated_at timestamptz
bot_configuration: id uuid!, bot_id uuid, key text, value text, created_at timestamptz, updated_at timestamptz
bot_memories: id uuid!, bot_id uuid, key text, value text, created_at timestamptz, updated_at timestamptz
users: id uuid!, username text, email text, password_hash text, active boolean, created_at timestamptz, updated_at timestamptz
user_sessions: id uuid!, user_id uuid, bot_id uuid, session_token text, expires_at timestamptz, created_at timestamptz, updated_at timestamptz
user_login_tokens: id uuid!, user_id uuid, token text, expires_at timestamptz, used boolean, created_at timestamptz
user_preferences: id uuid!, user_id uuid, preferences jsonb, created_at timestamptz, updated_at timestamptz
message_history: id uuid!, session_id uuid, user_id uuid, bot_id uuid, message text, sender text, created_at timestamptz
clicks: id uuid!, session_id uuid, element_id text, timestamp timestamptz
system_automations: id uuid!, bot_id uuid, name text, schedule text, script text, active boolean, created_at timestamptz, updated_at timestamptz
kb_collections: id text!, bot_id uuid, name text, description text, metadata jsonb, created_at timestamptz, updated_at timestamptz
kb_documents: id text!, collection_id text, bot_id uuid, name text, content text, metadata jsonb, embedding_id text, indexed boolean, created_at timestamptz, updated_at timestamptz
user_kb_associations: id text!, session_id uuid, collection_id text, created_at timestamptz
basic_tools: id text!, bot_id uuid, name text, description text, parameters jsonb, script text, metadata jsonb, created_at timestamptz, updated_at timestamptz
session_tool_associations: id text!, session_id uuid, tool_id text, created_at timestamptz
user_email_accounts: id uuid!, user_id uuid, email_address text, imap_server text, imap_port integer, smtp_server text, smtp_port integer, encrypted_password text, active boolean, created_at timestamptz, updated_at timestamptz
email_drafts: id uuid!, user_id uuid, account_id uuid, to_addresses text[], cc_addresses text[], bcc_addresses text[], subject text, body text, attachments jsonb, created_at timestamptz, updated_at timestamptz
email_folders: id uuid!, account_id uuid, name text, path text, parent_id uuid, message_count integer, unread_count integer, created_at timestamptz, updated_at timestamptz
folder_messages: id uuid!, folder_id uuid
"""  # noqa: E501 - a table a line reads as the table it is

SYNONYMS: Final = {"timestamptz": "timestamp with time zone"}


class Relation(NamedTuple):
    """A foreign key: from a column to a table, and what deleting there does here."""

    table: str
    column: str
    target: str
    rule: str


_CASCADE: Final = """
bots.org_id organizations
bot_configuration.bot_id bots
bot_memories.bot_id bots
system_automations.bot_id bots
kb_collections.bot_id bots
kb_documents.bot_id bots
basic_tools.bot_id bots
user_sessions.bot_id bots
message_history.bot_id bots
message_history.session_id user_sessions
clicks.session_id user_sessions
user_kb_associations.session_id user_sessions
user_kb_associations.collection_id kb_collections
session_tool_associations.session_id user_sessions
session_tool_associations.tool_id basic_tools
user_login_tokens.user_id users
user_preferences.user_id users
user_email_accounts.user_id users
email_drafts.user_id users
email_folders.account_id user_email_accounts
email_folders.parent_id email_folders
folder_messages.folder_id email_folders
organization_members.org_id organizations
organization_members.user_id users
kb_index_jobs.document_id kb_documents
"""
_SET_NULL: Final = """
user_sessions.user_id users
message_history.user_id users
email_drafts.account_id user_email_accounts
"""
_RESTRICT: Final = """
kb_documents.collection_id kb_collections
"""


def _relation(line: str, rule: str) -> Relation:
    source, target = line.split()
    table, column = source.split(".")
    return Relation(table, column, target, rule)


RELATIONS: Final = frozenset(
    _relation(line, rule)
    for rule, lines in (("CASCADE", _CASCADE), ("SET NULL", _SET_NULL), ("RESTRICT", _RESTRICT))
    for line in lines.strip().splitlines()
)

INDEXES: Final = """
user_sessions session_token unique
user_sessions bot_id user_id
message_history created_at
message_history user_id created_at
message_history session_id created_at
message_history tx
kb_documents collection_id
kb_documents collection_id indexed
kb_documents collection_id id
bot_memories bot_id key unique
bot_configuration bot_id key unique
users username unique
user_preferences user_id unique
organizations slug unique
user_sessions expires_at
user_login_tokens expires_at
clicks timestamp
"""
"""A table and the columns an index of it begins with; `unique`: and ends with, and no two rows have the same."""

USER_TABLES: Final = frozenset(
    "users user_preferences user_login_tokens user_email_accounts email_drafts email_folders folder_messages".split()  # noqa: SIM905 - a line
)
"""Tables that hang on users alone; every other one belongs to a tenant."""


def columns() -> dict[str, list[tuple[str, str, bool]]]:
    """Each table's columns as (name, type, part of the primary key)."""
    tables = {}
    for line in TABLES.strip().splitlines():
        table, rest = line.split(": ")
        parts = [part.split(" ") for part in rest.split(", ")]
        tables[table] = [
            (name, SYNONYMS.get(kind.rstrip("!"), kind.rstrip("!")), kind.endswith("!")) for name, kind in parts
        ]
    return tables


def indexes() -> list[tuple[str, list[str], bool]]:
    """Each index as (table, columns, unique)."""
    words = [line.split() for line in INDEXES.strip().splitlines()]
    return [(table, [word for word in rest if word != "unique"], "unique" in rest) for table, *rest in words]
