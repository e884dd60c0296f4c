"""Organizations of very different size, their bots, and what the bots know and can do."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from gbtui.demo.sample import corpus
from gbtui.demo.sample.copying import random_uuid
from gbtui.demo.sample.corpus import Topic

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]
Columns = Mapping[str, str]


@dataclass(slots=True)
class Tenant:
    """An organization: its share of all traffic and the users who talk to it, as a range of all users."""

    id: UUID
    domain: str
    weight: float
    users: range = range(0)
    topics: Mapping[str, Topic] = field(default_factory=dict)


@dataclass(slots=True)
class Bot:
    """A bot, with what new sessions of it begin with. `topics`: by language; the first is the one it prefers."""

    id: UUID
    tenant: Tenant
    created_at: datetime
    collections: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


@dataclass(slots=True)
class World:
    """All that stands before the first conversation."""

    tenants: list[Tenant]
    bots: list[Bot]
    bot_weights: list[float]
    tables: Tables
    """Rows by table, in the order they must be inserted."""


def build(random: Random, organizations: int, bots: int, users: int, since: datetime) -> World:
    """Tenants, largest first, with bots and users in proportion to the root of their share; `since`: the oldest."""
    tables: Tables = {name: [] for name in COLUMNS}
    tenants = [_tenant(random, number, since, tables) for number in range(organizations)]
    _share_users(tenants, users)
    made = [
        _bot(random, tenant, number, since, tables)
        for tenant, count in zip(tenants, _portions([t.weight**0.5 for t in tenants], bots), strict=True)
        for number in range(count)
    ]
    shares: dict[UUID, int] = {}
    for bot in made:
        shares[bot.tenant.id] = shares.get(bot.tenant.id, 0) + 1
    # A tenant's bots are not equally busy either.
    weights = (bot.tenant.weight / shares[bot.tenant.id] * random.paretovariate(1.5) for bot in made)
    return World(tenants, made, list(accumulate(weights)), tables)


def _tenant(random: Random, number: int, since: datetime, tables: Tables) -> Tenant:
    said = corpus.raw()["organizations"]
    domain = corpus.domains()[number % len(corpus.domains())] if number < 16 else random.choice(corpus.domains())
    if number < len(said["known"]):
        name = said["known"][number]
    else:
        name = f"{random.choice(said['first'])}{random.choice(said['second'])} {random.choice(said['kinds'][domain])}"
    words = re.findall(
        "[a-z0-9]+", unicodedata.normalize("NFKD", name.replace("Ø", "O")).encode("ascii", "ignore").decode().lower()
    )
    slug = "-".join(words)[:40].strip("-") + (f"-{number}" if number >= len(said["known"]) else "")
    tenant = Tenant(UUID(bytes=random_uuid(random)), domain, 1 / (number + 1.2))
    tenant.topics = {topic.language.code: topic for topic in corpus.topics(domain)}
    created = since - timedelta(days=random.randrange(900))
    tables["organizations"].append((tenant.id, name, slug or f"tenant-{number}", created, created))
    return tenant


def _share_users(tenants: list[Tenant], users: int) -> None:
    start = 0
    for tenant, count in zip(tenants, _portions([t.weight**0.7 for t in tenants], users), strict=True):
        tenant.users = range(start, start + count)
        start += count


def _portions(weights: list[float], total: int) -> list[int]:
    """Whole portions in proportion to the weights, each at least one, that sum up to the total."""
    spare, whole = total - len(weights), sum(weights)
    counts = [1 + int(weight / whole * spare) for weight in weights]
    counts[0] += total - sum(counts)
    return counts


def _bot(random: Random, tenant: Tenant, number: int, since: datetime, tables: Tables) -> Bot:
    created = since - timedelta(days=random.randrange(300))
    bot = Bot(UUID(bytes=random_uuid(random)), tenant, created)
    names = corpus.raw()["bots"][tenant.domain]
    name = names[number % len(names)] + (f" {number // len(names) + 1}" if number >= len(names) else "")
    tables["bots"].append((bot.id, name, tenant.id, created, created))
    if random.random() < 0.35:
        bot.collections = tuple(_collection(random, bot, name, tables) for name in _some(random, "collections", 1, 2))
    if random.random() < 0.5:
        bot.tools = tuple(_tool(random, bot, name, tables) for name in _some(random, "tools", 1, 3))
    if random.random() < 0.2:
        name = random.choice(list(corpus.raw()["automations"]))
        schedule, script = corpus.raw()["automations"][name]
        active = random.random() < 0.8
        tables["system_automations"].append(
            (_uuid(random), bot.id, name, schedule, script, active, created, created, tenant.id)
        )
    if random.random() < 0.2:
        tables["bot_memories"].append(
            (_uuid(random), bot.id, "hours", "Mo-Fr 8-20, Sa 10-16", created, created, tenant.id)
        )
    settings = {
        "theme": random.choice(("dark", "light", "ocean")),
        "llm-model": random.choice(("small-8b", "medium-70b", "large")),
        "tools": ",".join(sorted(tool.split(":")[1] for tool in bot.tools)),
    }
    tables["bot_configuration"].extend(
        (_uuid(random), bot.id, key, value, created, created, tenant.id) for key, value in settings.items()
    )
    return bot


def _collection(random: Random, bot: Bot, name: str, tables: Tables) -> str:
    key, count = f"{bot.id}:{name}", random.randint(1, 4)
    contents = list(_contents(random, count))
    metadata = json.dumps({"documents": count, "bytes": sum(len(content.encode()) for content in contents)})
    at, org = bot.created_at, bot.tenant.id
    tables["kb_collections"].append((key, bot.id, name, f"{name} of this bot", metadata, at, at, org))
    for number, content in enumerate(contents):
        document, indexed = f"{key}:{number}", random.random() < 0.9
        embedding = f"vec-{random.getrandbits(48):012x}" if indexed else None
        tables["kb_documents"].append(
            (document, key, bot.id, f"{name} {number + 1}.md", content, "{}", embedding, indexed, at, at, org)
        )
        state, attempts = ("done", 1) if indexed else random.choice((("waiting", 0), ("failed", 3)))
        error = "embedding service answered 429" if state == "failed" else None
        tables["kb_index_jobs"].append((_uuid(random), document, state, attempts, at, error, at, at, org))
    return key


def _contents(random: Random, count: int) -> Iterator[str]:
    for _ in range(count):
        yield "\n\n".join(random.choices(corpus.raw()["knowledge"]["paragraphs"], k=random.randint(1, 6)))


def _tool(random: Random, bot: Bot, name: str, tables: Tables) -> str:
    key, script = f"{bot.id}:{name}", corpus.raw()["tools"][name]
    description = script.split('DESCRIPTION "')[1].split('"')[0]
    parameters = json.dumps([line.split()[1] for line in script.splitlines() if line.startswith("PARAM")])
    at = bot.created_at
    tables["basic_tools"].append((key, bot.id, name, description, parameters, script, "{}", at, at, bot.tenant.id))
    return key


def _some(random: Random, kind: str, least: int, most: int) -> list[str]:
    there = corpus.raw()["knowledge"]["collections"] if kind == "collections" else list(corpus.raw()["tools"])
    return random.sample(there, random.randint(least, most))


def _uuid(random: Random) -> UUID:
    return UUID(bytes=random_uuid(random))


COLUMNS: Columns = {
    "organizations": "org_id name slug created_at updated_at",
    "bots": "id name org_id created_at updated_at",
    "bot_configuration": "id bot_id key value created_at updated_at org_id",
    "bot_memories": "id bot_id key value created_at updated_at org_id",
    "system_automations": "id bot_id name schedule script active created_at updated_at org_id",
    "kb_collections": "id bot_id name description metadata created_at updated_at org_id",
    "kb_documents": "id collection_id bot_id name content metadata embedding_id indexed created_at updated_at org_id",
    "kb_index_jobs": "id document_id state attempts run_after error created_at updated_at org_id",
    "basic_tools": "id bot_id name description parameters script metadata created_at updated_at org_id",
}
"""The tables this file fills, in insert order, and the columns of their rows."""
