"""The server's log in pieces: whole records only, whatever stands in them, and no more than codes and names."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbtui.monitor.server.log_lines import began, cut, names, refusals, violations, wanted

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
UNIQUE = 'duplicate key value violates unique constraint "users_email_key"'


def json_record(message: str = UNIQUE, code: str = "23505", statement: str = "INSERT …") -> bytes:
    said = {
        "timestamp": "2026-11-23 13:59:58.123 UTC", "user": "app", "dbname": "shop", "error_severity": "ERROR",
        "state_code": code, "message": message, "detail": "Key (email)=(secret@acme) already exists.",
        "statement": statement,
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def csv_record(message: str = UNIQUE, code: str = "23505", statement: str = "INSERT …") -> bytes:
    """As the server writes it: texts of clients always in quotes."""
    quoted = ['"' + text.replace('"', '""') + '"' for text in ("app", "shop", "[local]", "INSERT", message, statement)]
    user, database, client, tag, what, text = quoted
    fields = [
        "2026-11-23 13:59:58.123 UTC", user, database, "4711", client, "6926c0aa.1267", "3", tag,
        "2026-11-23 13:00:00 UTC", "5/11", "0", "ERROR", code, what, "", "", "", "", "", text, "", "", '"app"',
        '"client backend"', "", "0",
    ]  # fmt: skip
    return ",".join(fields).encode() + b"\n"


RECORD = {"jsonlog": json_record, "csvlog": csv_record}


@pytest.mark.parametrize("kind", RECORD)
def test_a_violation_is_told_without_what_was_written(kind: str) -> None:
    (found,) = violations(RECORD[kind](), kind, UTC, NOW)
    assert (found.database, found.code, found.table, found.constraint) == ("shop", "23505", "", "users_email_key")
    assert found.at == datetime(2026, 11, 23, 13, 59, 58, 123000, UTC)
    assert "secret" not in repr(found)


@pytest.mark.parametrize("kind", RECORD)
def test_other_errors_are_no_violations(kind: str) -> None:
    log = RECORD[kind]("division by zero", "22012") + RECORD[kind]("duplicate", "42P07", "SELECT ',23505,'")
    assert list(violations(log, kind, UTC, NOW)) == []


def test_times_are_those_of_the_logs_zone() -> None:
    (found,) = violations(json_record(), "jsonlog", timezone(timedelta(hours=1)), NOW)
    assert found.at == datetime(2026, 11, 23, 12, 59, 58, 123000, UTC)
    (unknown,) = violations(json_record(), "jsonlog", None, NOW)
    assert unknown.at == NOW


@pytest.mark.parametrize(
    ("code", "message", "table", "constraint"),
    [
        ("23502", 'null value in column "id" of relation "users" violates not-null constraint', "users", "id"),
        (
            "23503",
            'insert or update on table "bots" violates foreign key constraint "bots_org_fkey"',
            "bots",
            "bots_org_fkey",
        ),
        ("23514", 'new row for relation "users" violates check constraint "age"', "users", "age"),
        ("23P01", 'conflicting key value violates exclusion constraint "no_overlap"', "", "no_overlap"),
        ("23505", 'duplicate key value violates unique constraint "odd ""name"""', "", 'odd "name"'),
        ("23505", "doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«", "", ""),
    ],
)
def test_the_names_in_messages(code: str, message: str, table: str, constraint: str) -> None:
    assert names(code, message) == (table, constraint)


@pytest.mark.parametrize("kind", RECORD)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_in_pieces_every_record_is_read_once(kind: str, data: st.DataObject) -> None:
    """Wherever the pieces end, and whatever the clients' texts hold: line ends, quotes, whole records even."""
    texts = st.one_of(st.text(max_size=20), st.just(RECORD[kind]().decode()), st.just('"\n"'), st.just("a\u2028b\x85c"))
    statements = data.draw(st.lists(texts.map(lambda text: text.replace("\0", "")), min_size=1, max_size=6))
    log = b"".join(RECORD[kind](statement=each) for each in statements)
    offset, found, size = 0, 0, 0
    while size < len(log):
        size = min(len(log), size + data.draw(st.integers(50, 2 * len(log))))
        records, used = cut(log[offset:size], kind, at_start=True)
        found += len(list(violations(records, kind, UTC, NOW)))
        offset += used
    assert found == len(statements)


@pytest.mark.parametrize("kind", RECORD)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_from_the_middle_no_record_is_made_up(kind: str, data: st.DataObject) -> None:
    hostile = RECORD[kind](statement="x").decode() * 2
    log = RECORD[kind](statement=hostile) + RECORD[kind]()
    start = data.draw(st.integers(1, len(log) - 1))
    records, _ = cut(log[start:], kind, at_start=False)
    assert len(list(violations(records, kind, UTC, NOW))) <= 1


@pytest.mark.parametrize("kind", RECORD)
def test_the_time_of_the_first_record_is_known(kind: str) -> None:
    assert began(RECORD[kind](), UTC) == datetime(2026, 11, 23, 13, 59, 58, 123000, UTC)
    assert began(b"", UTC) is None


def test_the_csv_helper_writes_what_the_server_writes() -> None:
    (row,) = csv.reader(io.StringIO(csv_record(statement='say "hi"\nthen').decode(), newline=""))
    assert (row[2], row[12], row[13], row[19]) == ("shop", "23505", UNIQUE, 'say "hi"\nthen')


@pytest.mark.parametrize("kind", RECORD)
def test_a_refusal_is_told_with_the_login_and_without_the_statement(kind: str) -> None:
    log = RECORD[kind]() + RECORD[kind]("permission denied for table users", "42501", "SELECT 'secret'")
    (found,) = refusals(log, kind, UTC, NOW)
    assert (found.database, found.user, found.code, found.what) == ("shop", "app", "42501", "table users")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("code", "message", "what"),
    [
        ("42501", "permission denied for table users", "table users"),
        ("42501", 'permission denied for schema "odd name"', "schema odd name"),
        ("42501", "permission denied for function pg_read_file", "function pg_read_file"),
        ("42501", "permission denied to create role", "create role"),
        ("42501", "must be owner of table users", "owner of table users"),
        ("42501", "must be superuser", "superuser"),
        ("42501", 'new row violates row-level security policy for table "bots"', "rows of bots"),
        ("42501", 'query would be affected by row-level security policy for table "bots"', "rows of bots"),
        ("42501", "audit records are not changed: DELETE on audit_log_p202611", "audit record (delete)"),
        ("28P01", 'password authentication failed for user "ann"', "login"),
        ("28000", 'role "ann" is not permitted to log in', "login"),
        ("42501", "droit refusé pour la table users", ""),
        ("42501", "permission denied for " + "x" * 5000, ""),
    ],
)
def test_what_a_refusal_was_about(code: str, message: str, what: str) -> None:
    assert wanted(code, message) == what
