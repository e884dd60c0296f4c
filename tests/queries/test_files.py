"""Every file of queries/: it says what it is for, a real server accepts each variant, its columns are its record's."""

import re
from collections.abc import Callable
from dataclasses import fields
from itertools import chain, combinations, product
from typing import Any

import asyncpg
import pytest

from gbtui.database.sql import Statement, names, statement, variants
from gbtui.domain import audit_list, conversation, schedules
from gbtui.domain.explain.asked import Asked
from gbtui.domain.going import found, server_names
from gbtui.domain.relations import catalog, preview
from gbtui.domain.rooms import ROOMS, TITLES, entrances, naming, of_users
from gbtui.domain.search import searches
from gbtui.domain.search import standing as search
from gbtui.domain.session_list import Session
from gbtui.domain.signals import read as signals
from gbtui.domain.tenant_list import Figures, held
from gbtui.lifecycle import soft_delete
from gbtui.lifecycle.adopting.shape import Facts
from gbtui.lifecycle.jobs import standing
from gbtui.lifecycle.partitions import Headroom, Partition, PartitionWork
from gbtui.lifecycle.retention import policy
from gbtui.lifecycle.search_index import Part
from gbtui.monitor.advice.hot_paths import TableIndex
from gbtui.monitor.advice.shapes import ColumnStatistics
from gbtui.monitor.advice.workload.tables import ColumnRow
from gbtui.monitor.platform import forecast, noisy, savings, unrecorded
from gbtui.monitor.server import (
    activity,
    archiver,
    checkpoints,
    connections,
    connectivity,
    databases,
    errors,
    event,
    events,
    extensions,
    horizon,
    io,
    locks,
    log_follow,
    logical,
    progress,
    rates,
    replication,
    sequences,
    settings,
    statements,
    storage,
    temp_files,
    vacuum,
    violations,
    wal,
    wraparound,
)
from gbtui.monitor.server.counting import Counting
from gbtui.monitor.server.invalid_indexes import InvalidIndex
from gbtui.monitor.server.table_sizes import Measured, Table
from gbtui.resources import migrations
from gbtui.security.chain import link
from tests.conftest import Connection

RECORDS: dict[str, type[Any]] = {
    "general_bots/bots": signals._Last,
    "general_bots/bots_busy": signals._Busy,
    "general_bots/bots_gaps": signals._Gaps,
    "general_bots/bots_replies": signals._Replies,
    "general_bots/bots_sessions": signals._Waiting,
    "general_bots/document": searches.Document,
    "general_bots/go_anywhere": found.Found,
    "general_bots/go_exactly": found.Found,
    "general_bots/go_within": found.Found,
    "general_bots/platform": signals._Pulse,
    **{f"general_bots/rooms/{room.file or room.name}": room.raw or room.record for room in ROOMS.values()},
    "general_bots/rooms/users_seen": of_users.User,
    **{room.whole.statement: room.whole.record for room in ROOMS.values() if room.whole},
    **{f"general_bots/rooms/count_{name}": entrances._Count for name in TITLES},
    **{f"general_bots/rooms/named_{kind}": naming.Named for kind in ("bot", "user", "collection", "account")},
    "general_bots/schedules": schedules.RawSchedule,
    "general_bots/search_indexes": search.Indexed,
    "general_bots/session_events": conversation.Event,
    "general_bots/session_head": conversation.Conversation,
    "lifecycle/growth/months": savings.Month,
    "lifecycle/growth/history": forecast.RawHistory,
    "lifecycle/jobs/runs": standing.RawRun,
    "lifecycle/jobs/standing": standing.Standing,
    "relations/foreign_keys": catalog.KeyRow,
    "relations/tables": catalog.TableRow,
    "relations/triggers": preview.Trigger,
    "meta/audit_change": audit_list.Changed,
    "general_bots/sessions": Session,
    "general_bots/tenants_bytes": held.Part,
    "general_bots/tenants_figures": Figures,
    "general_bots/tenants_traffic": noisy.Traffic,
    "lifecycle/retention/holds": policy.Hold,
    "lifecycle/retention/policies": policy.Policy,
    "lifecycle/soft/list": soft_delete.Scheduled,
    "meta/events": event.Applied,
    "meta/adoption": Facts,
    "meta/partition_tables": Partition,
    "meta/partitions": Headroom,
    "meta/works": PartitionWork,
    "meta/search_parts": Part,
    "server/activity": activity._Row,
    "server/path_indexes": TableIndex,
    "server/workload_columns": ColumnRow,
    "server/explain/backend": Asked,
    "server/explain/statement": Asked,
    "server/archiver": archiver._Row,
    "server/archiver_backlog": archiver._Backlog,
    "server/checkpoints": checkpoints._Row,
    "server/checkpoints_before_17": checkpoints._Row,
    "server/connections": connections.Connections,
    "server/connectivity": connectivity._Row,
    "server/counting": Counting,
    "server/database_counters": rates.DatabaseCounters,
    "server/databases": databases._Row,
    "server/events": event.Server,
    "server/events_resets": event.Reset,
    "server/events_sessions": event.Beginning,
    "server/events_timeline": events.Timeline,
    "server/extensions": extensions.Extension,
    "server/horizon": horizon._Row,
    "server/index_columns": ColumnStatistics,
    "server/index_sizes": Measured,
    "server/invalid_indexes": InvalidIndex,
    "server/errors": errors._Row,
    "server/io": io._Row,
    "server/locks": locks.LockRow,
    "server/named": server_names.Relation,
    "server/numbered": server_names.Process,
    "server/pool": connections.ConnectionGroup,
    "server/publications": logical.Publication,
    "server/progress": progress._Row,
    "server/replication": replication.Follower,
    "server/sequences": sequences._Row,
    "server/sequences_keys": sequences._Key,
    "server/settings": settings._Row,
    "server/slots": replication.Slot,
    "server/standby": replication.Standby,
    "server/statement_texts": statements.TextRow,
    "meta/audit_seals": link.Seal,
    "meta/audit_unrecorded": unrecorded._Row,
    "meta/audit_standing": unrecorded._Standing,
    "server/statements_removing": unrecorded.Removing,
    "server/statements_info": statements.Info,
    "server/statements_state": statements.State,
    "server/subscriptions": logical.Subscription,
    "server/subscriptions_14": logical.Subscription,
    "server/storage": storage._Row,
    "server/storage_tablespaces": storage._Tablespace,
    "server/table_sizes": Measured,
    "server/tables": Table,
    "server/vacuum": vacuum._Row,
    "server/wraparound": wraparound.WraparoundRow,
    "server/temp_files": temp_files._Row,
    "server/violations_log": log_follow.Log,
    "server/violations_settings": log_follow.Settings,
    "server/violations_tables": violations._Owner,
    "server/wal": wal._Row,
    "server/wal_held": wal.WalHolder,
}
"""Which record the rows of a statement become. A probe's statement must stand here."""

VERSIONS = (14, 15, 16, 17, 18)
PLATFORM_FREE = [name for name in names() if name.startswith(("server/", "relations/"))]
EXPLAINABLE = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


def meant_for(version: int, name: str) -> bool:
    """Whether a statement runs on a version: a header `-- versions: 16-` (or `14-16`, `-15`) says so, else on all.

    What reads the platform or our own schema needs 15 in any case.
    """
    first, _, last = statement(name).header.get("versions", "-").partition("-")
    return max(int(first or 14), 14 if name in PLATFORM_FREE else 15) <= version <= int(last or 99)


def every_variant(name: str) -> list[Statement]:
    """Each order with each set of conditions that leaves no gap in the numbers of the parameters."""
    declared = variants(name)
    conditions = [variant for kind, variant in declared if kind == "where"]
    orders: list[str | None] = [variant for kind, variant in declared if kind == "order"] or [None]
    sets = chain.from_iterable(combinations(conditions, size) for size in range(len(conditions) + 1))
    found = [statement(name, where=where, order=order) for where, order in product(sets, orders)]
    whole = [one for one in found if is_whole(one)]
    assert whole, "no variant can be run"
    return whole


def is_whole(wanted: Statement) -> bool:
    numbers = {int(number) for number in re.findall(r"\$(\d+)", wanted.text)}
    return numbers == set(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", names())
def test_it_says_what_it_is_for_what_it_needs_and_what_it_costs(name: str) -> None:
    header = statement(name).header
    assert header.get("purpose")
    assert header.get("privilege")
    assert header.get("cost")


@pytest.fixture
def built(version: int, name: str, built_on: Callable[[int, str], str]) -> str:
    return built_on(version, name.partition("/")[0])


@pytest.mark.parametrize(("version", "name"), [pair for pair in product(VERSIONS, names()) if meant_for(*pair)])
async def test_each_server_accepts_every_variant(version: int, name: str, built: str) -> None:
    await prepare_all(name, built)


async def prepare_all(name: str, dsn: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for wanted in every_variant(name):
            if wanted.header.get("needs") == "hypopg":
                await provide(connection, "hypopg")
            prepared = await connection.prepare(wanted.text)
            record = RECORDS.get(name)
            if record is not None:
                columns = [attribute.name for attribute in prepared.get_attributes()]
                assert sorted(columns) == sorted(field.name for field in fields(record))
            if connection.get_server_version().major >= 16 and EXPLAINABLE.match(wanted.text):
                await connection.execute(f"EXPLAIN (GENERIC_PLAN) {wanted.text}")
    finally:
        await connection.close(timeout=5)


async def provide(connection: Connection, extension: str) -> None:
    """An extension that no server here brings with it; skips the test where it is not at hand."""
    if not await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = $1", extension):
        pytest.skip(f"{extension} is not installed here")
    await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")


@pytest.fixture(scope="session")
def platform_tables() -> frozenset[str]:
    """The names that the core migrations create in public."""
    made = "".join(path.read_text() for path in sorted(migrations("core").glob("*/up.sql")))
    found = frozenset(re.findall(r"CREATE TABLE public\.(\w+)", made))
    assert {"organizations", "message_history"} <= found
    return found


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("demo/")])
def test_it_names_the_schema_of_the_platforms_tables(name: str, platform_tables: frozenset[str]) -> None:
    """Readers have no search_path that finds them."""
    for wanted in every_variant(name):
        text = re.sub(r"--.*", "", wanted.text)
        read = re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|ONLY|TABLE)\s+(\w+)(?!\w|\.)", text, re.IGNORECASE)
        assert not platform_tables & set(read)
