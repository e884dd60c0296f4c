"""Users with their logins, preferences, memberships and mail."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from gbtui.demo import secrets
from gbtui.demo.sample import corpus
from gbtui.demo.sample.copying import random_uuid
from gbtui.demo.sample.tenants import Columns, Row, Tables, Tenant
from gbtui.security.vault.vault import Vault

# So many mail accounts at most: mail is shown by user, and more would only take time to load.
_MOST_ACCOUNTS = 5_000


@dataclass(slots=True)
class Person:
    """A user, as conversations need it."""

    id: UUID
    name: str
    language: str


def build(random: Random, tenants: list[Tenant], since: datetime) -> tuple[list[Person], Tables]:
    """The users of all tenants, in the order of their ranges, and the rows of their tables."""
    tables: Tables = {name: [] for name in COLUMNS}
    people = [_person(random, tenant, number, since, tables) for tenant in tenants for number in tenant.users]
    for tenant in tenants:
        for place, number in enumerate(tenant.users[: random.randint(1, 4)]):
            role = "owner" if place == 0 else random.choice(("admin", "operator", "member"))
            tables["organization_members"].append((tenant.id, people[number].id, role, since))
    vault = secrets.vault()
    for person in random.sample(people, min(len(people) // 10, _MOST_ACCOUNTS)):
        _mail(random, person, since, tables, vault)
    return people, tables


def _person(random: Random, tenant: Tenant, number: int, since: datetime, tables: Tables) -> Person:
    code = "en" if random.random() < 0.35 else random.choice(list(tenant.topics))
    language = corpus.languages()[code]
    name, surname = random.choice(language.names), random.choice(language.surnames)
    person = Person(UUID(bytes=random_uuid(random)), name, code)
    created = since - timedelta(seconds=random.randrange(86_400 * 500))
    tables["users"].append(
        (
            person.id,
            f"{name}.{surname}.{number}",
            f"user{number}@example.com",
            secrets.HASH,
            random.random() < 0.97,
            created,
            created,
        )
    )
    if random.random() < 0.3:
        choices = json.dumps(
            {"language": code, "theme": random.choice(("dark", "light")), "sound": random.random() < 0.5}
        )
        tables["user_preferences"].append((_uuid(random), person.id, choices, created, created))
    if random.random() < 0.05:
        token = "sha256:" + random.randbytes(32).hex()
        expires = created + timedelta(hours=1)
        tables["user_login_tokens"].append((_uuid(random), person.id, token, expires, random.random() < 0.7, created))
    return person


def _mail(random: Random, person: Person, since: datetime, tables: Tables, vault: Vault) -> None:
    account, address = _uuid(random), f"mail{person.id.hex[:8]}@example.com"
    sealed = secrets.mail_password(vault, account, random.randbytes(22))
    tables["user_email_accounts"].append(
        (account, person.id, address, "imap.example.com", 993, "smtp.example.com", 587, sealed, True, since, since)
    )
    inbox = None
    for name in corpus.raw()["mail"]["folders"]:
        folder, count = _uuid(random), random.randint(0, 12)
        parent = inbox if name == "Archive" else None
        path = f"INBOX/{name}" if parent else name
        inbox = inbox or folder
        unread = random.randint(0, count)
        tables["email_folders"].append((folder, account, name, path, parent, count, unread, since, since))
        tables["folder_messages"].extend(
            _message(random, folder, uid, uid <= unread, since) for uid in range(1, count + 1)
        )
    tables["email_drafts"].append(
        (_uuid(random), person.id, account if random.random() < 0.9 else None, ["team@example.com"], [], [],
         _subject(random), "Dear all,\n\n", "[]", since, since)
    )  # fmt: skip


def _message(random: Random, folder: UUID, uid: int, unread: bool, since: datetime) -> Row:
    sent = since + timedelta(minutes=random.randrange(60_000))
    sender = f"user{random.randrange(10_000)}@example.com"
    flags = [] if unread else ["\\Seen"]
    return (
        _uuid(random), folder, uid, f"<{random.getrandbits(64):x}@example.com>", _subject(random), sender, sent, flags,
        random.randrange(500, 90_000), sent,
    )  # fmt: skip


def _subject(random: Random) -> str:
    topic = random.choice(corpus.topics(random.choice(corpus.domains())))
    return str(random.choice(corpus.raw()["mail"]["subjects"])).format_map(corpus.slots(random, topic))


def _uuid(random: Random) -> UUID:
    return UUID(bytes=random_uuid(random))


COLUMNS: Columns = {
    "users": "id username email password_hash active created_at updated_at",
    "organization_members": "org_id user_id role created_at",
    "user_preferences": "id user_id preferences created_at updated_at",
    "user_login_tokens": "id user_id token expires_at used created_at",
    "user_email_accounts": "id user_id email_address imap_server imap_port smtp_server smtp_port encrypted_password"
    " active created_at updated_at",
    "email_drafts": "id user_id account_id to_addresses cc_addresses bcc_addresses subject body attachments"
    " created_at updated_at",
    "email_folders": "id account_id name path parent_id message_count unread_count created_at updated_at",
    "folder_messages": "id folder_id uid message_id subject from_address sent_at flags size_bytes created_at",
}
"""The tables this file fills, in insert order, and the columns of their rows."""
