"""What a panel's rows say in one sentence, where no check finds anything wrong with them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.event import brief
from gbtui.text import age, clean, count, percent, plural, rate, size
from screens import sentences_storage, sentences_upkeep


def sentence(sample: Sample[Any], title: str) -> str:
    """The sentence of a probe; one that has none says what it is and how many rows it has."""
    if sample.absent:
        return clean(sample.absent)
    say = _SENTENCES.get(sample.probe)
    if say is not None and sample.rows:
        return clean(say(sample.rows))
    if sample.probe in _NONE and not sample.rows:
        return _NONE[sample.probe]
    return f"{title}: {plural(len(sample.rows), 'row')}" if len(sample.rows) != 1 else title


def _connectivity(rows: Sequence[Any]) -> str:
    row = rows[0]
    tls = row.tls or "no TLS"
    return f"{row.role} {row.version}, {max(1, round(row.round_trip * 1000))} ms away, up {age(row.uptime)}, {tls}"


def _events(rows: Sequence[Any]) -> str:
    told = [f"{words} {age(old)} ago" for words, old, _ in brief(rows)]
    return f"within a day: {', '.join(told)}"


def _connections(rows: Sequence[Any]) -> str:
    row = rows[0]
    return (
        f"{row.used} of {row.max_connections} used: {row.active} active, {row.idle} idle, "
        f"{row.idle_in_transaction} idle in transaction"
    )


def _pool(rows: Sequence[Any]) -> str:
    top = max(rows, key=lambda row: row.connections)
    whose = top.application or top.user
    return f"{plural(len(rows), 'kind')} of connection; most: {top.connections} {top.state} of {whose}"


def _activity(rows: Sequence[Any]) -> str:
    active = [row for row in rows if row.state == "active" and not row.own]
    longest = max((row.query_age or 0.0 for row in active), default=0.0)
    held = sum(row.in_transaction for row in rows)
    return f"{len(active)} active, the longest {age(longest)}; {held} idle in transaction"


def _locks(rows: Sequence[Any]) -> str:
    waiting = sum(row.waits for row in rows)
    return f"{waiting} wait behind {sum(row.depth == 0 for row in rows)}"


def _rates(rows: Sequence[Any]) -> str:
    row = rows[0]
    return (
        f"{rate(row.commits_per_s)} commits/s, {rate(row.rollbacks_per_s)} rollbacks/s, "
        f"cache hit {percent(row.cache_hit)}, {size(row.wal_bytes_per_s)}/s of WAL"
    )


def _tables(rows: Sequence[Any]) -> str:
    top = max(rows, key=lambda row: row.total_bytes or 0)
    return f"{plural(len(rows), 'table')}; largest {top.name} {size(top.total_bytes)}"


def _indexes(rows: Sequence[Any]) -> str:
    top = max(rows, key=lambda row: row.size_bytes or 0)
    unused = sum(row.unused for row in rows)
    return f"{plural(len(rows), 'index', 'indexes')}, {unused} not used yet; largest {top.name} {size(top.size_bytes)}"


def _advice(rows: Sequence[Any]) -> str:
    advised = [row for row in rows if row.advised]
    saves = sum(max(getattr(row, "saves_bytes", None) or 0, 0) for row in advised)
    told = f", {size(saves)} to save" if saves else ""
    withheld = f"{len(rows) - len(advised)} seen and withheld, with the reason"
    return f"{len(advised)} could be better{told}; {withheld}" if advised else withheld


def _invalid(rows: Sequence[Any]) -> str:
    return f"{sum(row.building for row in rows)} being built, {sum(not row.building for row in rows)} left over"


def _vacuum(rows: Sequence[Any]) -> str:
    due = sum(row.over >= 1 for row in rows)
    working = sum(row.pid is not None for row in rows)
    top = max(rows, key=lambda row: row.over)
    furthest = f"; furthest {top.table}, {rate(top.over)} times its threshold" if due else ""
    return f"{plural(due, 'table')} due, {working} being vacuumed{furthest}"


def _horizon(rows: Sequence[Any]) -> str:
    top = rows[0]
    who = f"pid {top.pid}" if top.pid else f"{top.holder} {top.name}"
    return f"{who} holds {plural(top.xmin_age, 'transaction')} back, in {top.holds}; {plural(len(rows), 'holder')}"


def _progress(rows: Sequence[Any]) -> str:
    top = rows[0]
    share = f", {percent(top.done_share)} of {top.phase}" if top.done_share is not None else f", {top.phase}"
    on = f" on {top.relation}" if top.relation else ""
    return f"{plural(len(rows), 'command')}; longest {top.command}{on}{share.rstrip(', ')}, for {age(top.age)}"


def _wraparound(rows: Sequence[Any]) -> str:
    top = rows[0]
    return (
        f"oldest {top.table}: {count(top.xid_age)} transactions back ({percent(top.xid_share)} of the way), "
        f"{count(top.mxid_age)} multixacts"
    )


def _queries(rows: Sequence[Any]) -> str:
    top = rows[0]
    return f"{percent(top.time_share)} of the time: {top.line}"


def _databases(rows: Sequence[Any]) -> str:
    total = sum(row.size_bytes or 0 for row in rows)
    oldest = max(rows, key=lambda row: row.xid_age)
    return f"{plural(len(rows), 'database')}, {size(total)}; oldest transaction id {count(oldest.xid_age)} back"


def _replication(rows: Sequence[Any]) -> str:
    worst = max(rows, key=lambda row: row.behind_bytes or 0)
    return f"{plural(len(rows), 'follower')}; furthest behind {worst.name} {size(worst.behind_bytes)}"


def _slots(rows: Sequence[Any]) -> str:
    return f"{plural(len(rows), 'slot')}, {sum(not row.active for row in rows)} inactive"


def _publications(rows: Sequence[Any]) -> str:
    return f"{plural(len(rows), 'publication')}, of {plural(sum(row.tables for row in rows), 'table')}"


def _subscriptions(rows: Sequence[Any]) -> str:
    up = sum(row.worker_pid is not None for row in rows)
    errors = sum(row.apply_errors or 0 for row in rows)
    return f"{plural(len(rows), 'subscription')}, {up} with a worker, {plural(errors, 'error')}"


def _archiver(rows: Sequence[Any]) -> str:
    row = rows[0]
    if row.state in ("off", "standby"):
        return "archive_mode is off" if row.state == "off" else "a standby archives nothing"
    waiting = f", {plural(row.waiting, 'file')} waiting" if row.waiting is not None else ""
    return f"{row.state}, last archived {row.last_archived_wal or 'nothing'} {age(row.last_archived_age)} ago{waiting}"


def _sequences(rows: Sequence[Any]) -> str:
    used = [row for row in rows if row.used_share is not None]
    if not used:
        return f"{plural(len(rows), 'sequence')}, none used or known"
    return f"{plural(len(rows), 'sequence')} and keys; fullest {used[0].name}, {percent(used[0].used_share)}"


def _extensions(rows: Sequence[Any]) -> str:
    return f"{plural(len(rows), 'extension')}, {sum(row.update_waits for row in rows)} with an update at hand"


def _standby(rows: Sequence[Any]) -> str:
    row = rows[0]
    return f"receiver {row.receiver or 'not running'}, replays {age(row.replay_delay)} behind"


def _settings(rows: Sequence[Any]) -> str:
    waiting = sum(row.pending_restart for row in rows)
    changed = sum(row.changed for row in rows)
    return f"{plural(len(rows), 'setting')} not the default, {changed} seen to change, {waiting} waiting for a restart"


def _migrations(rows: Sequence[Any]) -> str:
    pending = sum(row.is_pending for row in rows)
    return f"{len(rows) - pending} applied, {pending} pending"


def _partitions(rows: Sequence[Any]) -> str:
    least = min(rows, key=lambda row: row.months_ahead)
    return f"{least.table} has room for {plural(least.months_ahead, 'month')} ahead"


def _partition_tables(rows: Sequence[Any]) -> str:
    attached = sum(row.state == "attached" for row in rows)
    rest = len(rows) - attached
    return f"{plural(attached, 'month')} attached" + (f", {rest} not" if rest else "") + ", all closed"


def _partition_work(rows: Sequence[Any]) -> str:
    row = rows[0]
    return f"process {row.pid} works on {row.table}" if row.pid else f"{row.table}: {row.work} has not ended"


def _platform(rows: Sequence[Any]) -> str:
    row = rows[0]
    if row.last_bot is None:
        return "no bot said anything for a day"
    return f"{rate(row.messages_per_s)} messages/s; a bot spoke {age(row.silent_age)} ago"


def _bots(rows: Sequence[Any]) -> str:
    used = [row for row in rows if row.last_bot is not None]
    gone = sum(row.abandoned for row in rows)
    return f"{plural(len(used), 'bot')} spoke today, {sum(row.waiting for row in rows)} wait, {gone} gave up"


def _tenants(rows: Sequence[Any]) -> str:
    busy = sum(row.messages_per_second_sampled > 0 for row in rows)
    return f"{busy} writing now; most active {rows[0].organization}"


def _sessions(rows: Sequence[Any]) -> str:
    return f"{sum(row.waiting_since is not None for row in rows)} of the newest {len(rows)} wait for their bot"


_SENTENCES: Final[Mapping[str, Callable[[Sequence[Any]], str]]] = {
    **sentences_storage.SENTENCES,
    **sentences_upkeep.SENTENCES,
    "connectivity": _connectivity,
    "events": _events,
    "connections": _connections,
    "pool": _pool,
    "activity": _activity,
    "locks": _locks,
    "rates": _rates,
    "queries": _queries,
    "tables": _tables,
    "indexes": _indexes,
    "invalid_indexes": _invalid,
    "index_advice": _advice,
    "table_advice": _advice,
    "vacuum": _vacuum,
    "horizon": _horizon,
    "progress": _progress,
    "wraparound": _wraparound,
    "databases": _databases,
    "replication": _replication,
    "standby": _standby,
    "publications": _publications,
    "subscriptions": _subscriptions,
    "archiver": _archiver,
    "sequences": _sequences,
    "extensions": _extensions,
    "slots": _slots,
    "settings": _settings,
    "migrations": _migrations,
    "partitions": _partitions,
    "partition_tables": _partition_tables,
    "partition_work": _partition_work,
    "platform": _platform,
    "bots": _bots,
    "tenants": _tenants,
    "sessions": _sessions,
}
_NONE: Final = {
    **sentences_storage.NONE,
    **sentences_upkeep.NONE,
    "events": "nothing changed within a day",
    "locks": "nobody waits for a lock",
    "indexes": "no index",
    "invalid_indexes": "every index can be used",
    "index_advice": "nothing to say of the indexes",
    "table_advice": "nothing to say of the tables",
    "vacuum": "no table has anything to vacuum",
    "horizon": "nobody holds the horizon back",
    "progress": "nothing runs that reports its progress",
    "queries": "no statement ran in the last window, or none is counted here",
    "replication": "nobody follows this server",
    "standby": "this server is no standby",
    "publications": "nothing is published from this database",
    "subscriptions": "nothing is subscribed to from here",
    "sequences": "no sequence and no integer key",
    "extensions": "no extension",
    "slots": "no replication slot",
    "migrations": "no migration of ours here",
    "partitions": "no table of ours is partitioned here",
    "partition_tables": "no table of ours is partitioned here",
    "partition_work": "no table is half divided, or half adopted",
    "platform": "no bot platform in this database",
    "bots": "no bot",
    "tenants": "no organization",
    "sessions": "no session",
}
