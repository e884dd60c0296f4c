"""The registry of checks. To add one is one function in judging/ and one entry here."""

from typing import Final

from gbtui.monitor.check import Check
from gbtui.monitor.judging import (
    access,
    archive,
    bots,
    catalog,
    checkpoints,
    indexes,
    logical,
    pgbouncer,
    replication,
    schema,
    server,
    sessions,
    storage,
    vacuum,
)

CHECKS: Final[tuple[Check, ...]] = (
    Check("silence", "bots that fell silent", ("platform", "bots"), bots.silence),
    Check("waiting", "people who wait for a bot's answer", ("platform", "bots"), bots.waiting),
    Check("connections", "connection slots running out", ("connections",), sessions.connections),
    Check("blocked", "sessions waiting for locks", ("locks",), sessions.blocked),
    Check("idle_in_transaction", "transactions left open", ("activity",), sessions.idle_in_transaction),
    Check("long_transaction", "transactions that run for very long", ("activity",), sessions.long_transaction),
    Check("vacuum", "tables that vacuum does not keep up with, or is kept from", ("vacuum", "horizon"), vacuum.vacuum),
    Check("horizon", "those who keep vacuum from removing dead rows", ("horizon",), vacuum.horizon),
    Check("wraparound", "age of transaction ids", ("databases", "wraparound"), server.wraparound),
    Check("replication_lag", "standbys that are behind", ("replication",), replication.followers),
    Check("standby", "this server as a standby", ("standby",), replication.standby),
    Check("slots", "replication slots that hold WAL back", ("slots",), replication.slots),
    Check("subscriptions", "subscriptions that fail or conflict", ("subscriptions",), logical.subscriptions),
    Check("publications", "published tables whose updates fail", ("publications",), logical.publications),
    Check("archiver", "the WAL archiver: failing, behind, off", ("archiver",), archive.archiver),
    Check("sequences", "sequences and integer keys that run out", ("sequences",), catalog.sequences),
    Check("extensions", "extensions that an upgrade left behind", ("extensions",), catalog.extensions),
    Check("space", "disks that fill, where a capacity is known", ("storage",), storage.space),
    Check("temp_files", "large temporary files of one backend", ("temp_files",), storage.temp_files),
    Check("checkpoints", "checkpoints before their time", ("checkpoints",), checkpoints.checkpoints),
    Check("pgbouncer", "clients that wait at pgbouncer", ("pgbouncer",), pgbouncer.waiting),
    Check("conflicts", "statements cancelled on a standby", ("errors",), server.conflicts),
    Check("deadlocks", "deadlocks of late", ("rates",), server.deadlocks),
    Check("checksums", "pages that failed their checksum", ("databases",), server.checksums),
    Check("invalid_index", "indexes that no query may use", ("invalid_indexes",), indexes.invalid),
    Check("settings", "settings that risk data or wait for a restart", ("settings",), server.settings),
    Check("reserved", "slots kept for who looks into a full server", ("settings",), access.reserved),
    Check("migrations", "migrations pending or changed", ("migrations",), schema.migrations),
    Check("partitions", "partitions that run out", ("partitions",), schema.partitions),
)
