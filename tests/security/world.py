"""Two tenants behind the walls, every text of theirs marked, and a login of each kind that looks at them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from tests.conftest import Connection

TENANTS: Final = ("acme", "globex")
PEOPLE: Final = {"acme": ("ann", "amy"), "globex": ("gus", "guy")}
"""Two people of each tenant; the first is the one whose session is "own"."""

LOGINS: Final = {
    "w_app": "gb_app",
    "w_viewer": "gb_viewer",
    "w_operator": "gb_operator",
    "w_monitor": "gb_monitor",
    "w_dba": "gb_dba",
    "w_bound": "gb_operator --org acme",
    "w_bound_viewer": "gb_viewer --org acme",
    "w_two": "gb_viewer --org acme --org third",
    "w_nobody": "",
    "w_reader": "pg_read_all_data",
}
"""Logins, and what each is given."""


def mark(tenant: str) -> str:
    """What stands in every text of a tenant, and nowhere else. Lower case: it is a part of slugs, too."""
    return {"acme": "zqacmeqz", "globex": "zqglobexqz", "third": "zqthirdqz"}[tenant]


@dataclass
class Tenant:
    """One tenant's keys: its organization, and of each of its people the rows, by table."""

    name: str
    org_id: UUID
    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    """Table -> person ("" for what is of no person) -> key of the row."""

    def key(self, table: str, person: str) -> object:
        """The key of the row of a table that is this person's, or of the tenant alone."""
        found = self.rows[table]
        return found.get(person, found.get(""))


@dataclass(frozen=True)
class World:
    """Where all of it is."""

    tenants: dict[str, Tenant]


KEYS: Final = {"public.organizations": "org_id", "public.organization_members": "user_id"}
"""What names a row, where that is not its id."""


async def fill(db: Connection) -> World:
    """Write both tenants, and a third that has an organization and a bot only; as the owner."""
    made = {name: await _tenant(db, name) for name in TENANTS}
    third = Tenant("third", uuid4())
    await db.execute(
        "INSERT INTO public.organizations (org_id, name, slug) VALUES ($1, $2, $3)",
        third.org_id,
        mark("third"),
        "third",
    )
    await db.execute("INSERT INTO public.bots (name, org_id) VALUES ($1, $2)", mark("third"), third.org_id)
    await db.execute("INSERT INTO gb_meta.job_runs (job) VALUES ('partitions')")
    await db.execute("INSERT INTO gb_meta.job_settings (job, zone) VALUES ('partitions', 'UTC')")
    await db.execute(
        """INSERT INTO gb_meta.size_history (grain, at, kinds, names, bytes, rows)
           VALUES ('day', '2026-07-01 00:00+00', '{wal}', '{wal}', '{1}', '{null}')"""
    )
    return World({**made, "third": third})


async def _tenant(db: Connection, name: str) -> Tenant:
    text = mark(name)
    tenant = Tenant(name, uuid4())
    add = Adding(db, tenant)
    org = tenant.org_id
    slug = name if name == "acme" else text
    await add("public.organizations", org_id=org, name=f"Org {text}", slug=slug)
    bot = await add("public.bots", name=f"bot {text}", org_id=org)
    own = {"bot_id": bot, "org_id": org}
    noted = {"metadata": f'{{"note": "{text}"}}'}
    await add("public.bot_configuration", **own, key=f"key {text}", value=f"value {text}")
    await add("public.bot_memories", **own, key=f"key {text}", value=f"value {text}")
    await add("public.system_automations", **own, name=f"auto {text}", schedule="@daily", script=text)
    collection = f"col-{text}"
    await add("public.kb_collections", **own, **noted, id=collection, name=f"kb {text}", description=text)
    document = {"id": f"doc-{text}", "collection_id": collection, "embedding_id": f"emb-{text}"}
    await add("public.kb_documents", **own, **noted, **document, name=f"doc {text}", content=f"parcel refund {text}")
    await add("public.kb_index_jobs", document_id=document["id"], org_id=org, error=f"failed on {text}")
    tool = {"id": f"tool-{text}", "description": text, "script": text, "parameters": f'{{"note": "{text}"}}'}
    await add("public.basic_tools", **own, **noted, **tool, name=f"tool {text}")
    texts = dict.fromkeys(
        ("action", "object_table", "object_id", "reason", "os_user", "application_name", "actor"), text
    )
    notes = dict.fromkeys(("before", "after", "detail"), f'{{"note": "{text}"}}')
    await add("gb_meta.audit_log", org_id=org, **texts, **notes)
    await add("gb_meta.retention_policies", org_id=org, kind="messages", keep_days=90, actor=text)
    later = datetime.now(UTC) + timedelta(days=30)
    await add("gb_meta.soft_deletions", org_id=org, purge_after=later, reason=text, actor=text)
    for person in PEOPLE[name]:
        await _person(Adding(db, tenant, person), bot, collection, tool["id"])
    return tenant


@dataclass
class Adding:
    """Writes rows of a tenant, and of one of its people, and remembers their keys."""

    db: Connection
    tenant: Tenant
    person: str = ""

    async def __call__(self, table: str, **values: object) -> object:
        columns = ", ".join(f'"{column}"' for column in values)
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {KEYS.get(table, 'id')}"
        made: object = await self.db.fetchval(sql, *values.values())
        self.tenant.rows.setdefault(table, {})[self.person] = made
        return made


async def _person(add: Adding, bot: object, collection: str, tool: str) -> None:
    org, text, person = add.tenant.org_id, mark(add.tenant.name), add.person
    address = f"{person}@{text}.example"
    token = f"sha256:{person}{text}{text}"
    later = datetime.now(UTC) + timedelta(days=1)
    user = await add("public.users", username=f"{person}-{text}", email=address, password_hash=f"$argon2id${text}")
    await add("public.organization_members", org_id=org, user_id=user)
    await add("public.user_preferences", user_id=user, preferences=f'{{"note": "{text}"}}')
    await add("public.user_login_tokens", user_id=user, token=token, expires_at=later)
    servers = {"imap_server": f"imap.{text}", "smtp_server": f"smtp.{text}", "encrypted_password": text}
    account = await add("public.user_email_accounts", user_id=user, email_address=address, **servers)
    lists = {f"{to}_addresses": [text] for to in ("to", "cc", "bcc")}
    draft = {"subject": text, "body": text, "attachments": f'[{{"name": "{text}"}}]'}
    await add("public.email_drafts", user_id=user, account_id=account, **lists, **draft)
    folder = await add("public.email_folders", account_id=account, name=text, path=text)
    message = {"message_id": text, "subject": text, "from_address": text, "flags": [text]}
    await add("public.folder_messages", folder_id=folder, uid=1, **message)
    of = {"user_id": user, "bot_id": bot, "org_id": org}
    session = await add("public.user_sessions", **of, session_token=token, expires_at=later)
    said = f"{person} asks about a parcel refund {text}"
    await add("public.message_history", **of, session_id=session, sender="user", message=said)
    in_it = {"session_id": session, "org_id": org}
    await add("public.clicks", **in_it, element_id=f"#{text}")
    await add("public.user_kb_associations", **in_it, id=f"uka-{person}-{text}", collection_id=collection)
    await add("public.session_tool_associations", **in_it, id=f"sta-{person}-{text}", tool_id=tool)
