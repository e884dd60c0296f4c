"""`gbtui show`: what scripts may rely on, and what people read."""

import csv
import io
import json
import re
from dataclasses import fields
from typing import Any

import pytest

from gbtui.__main__ import main
from gbtui.domain.rooms import ROOMS
from gbtui.monitor.probes import PROBES
from tests.conftest import Server

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def show(capsys: pytest.CaptureFixture[str], dsn: str, *words: str) -> tuple[int, str, str]:
    code = main(["show", *words, "--dsn", dsn])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def objects(capsys: pytest.CaptureFixture[str], dsn: str, *words: str) -> list[dict[str, Any]]:
    code, out, _ = show(capsys, dsn, *words, "--json")
    assert code == 0
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_without_a_name_it_lists_the_probes_and_needs_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in PROBES)
    assert main(["show", "--json"]) == 0
    (first, *rest) = json.loads(capsys.readouterr().out)
    assert {first["name"], *(row["name"] for row in rest)} == set(PROBES)
    assert first["fields"] == [field.name for field in fields(PROBES[first["name"]].record)]


def test_json_is_one_array_of_objects_with_the_records_names(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    alone = [name for name in PROBES if name not in ("rates", "rooms") and (name not in ROOMS or "" in ROOMS[name].of)]
    found = [(name, row) for name in alone for row in objects(capsys, dsn, name)]
    assert len({name for name, _ in found}) > 8
    for name, row in found:
        assert list(row) == [field.name for field in fields(PROBES[name].record)]
        for key, value in row.items():
            if key.endswith(("_bytes", "_per_s", "uptime", "round_trip")):
                assert value is None or isinstance(value, int | float)
            if key.endswith(("_at", "_start", "_until", "last_vacuum", "server_time")):
                assert value is None or TIME.fullmatch(value)


def test_what_one_thing_has(sample_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    (bot,) = objects(capsys, sample_dsn, "bots", "--limit", "1")
    name = f"{bot['bot']}@{bot['organization']}"
    settings = objects(capsys, sample_dsn, "configuration", "--bot", name, "key:theme")
    assert [(row["key"], row["bot_id"]) for row in settings] == [("theme", bot["id"])]
    rooms = {row["room"]: row["rows"] for row in objects(capsys, sample_dsn, "rooms", "--bot", bot["id"])}
    assert rooms["sessions"] == len(objects(capsys, sample_dsn, "sessions", "--bot", name, "--limit", "999"))
    people = objects(capsys, sample_dsn, "users", "--limit", "300")
    assert len({row["id"] for row in people}) == 300
    assert objects(capsys, sample_dsn, "mail", "--user", people[0]["email"].upper()) is not None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("memories",), "Whose memories?: they are listed of one thing at a time (it takes --bot or --org)"),
        (("memories", "--bot", "nobody@acme"), "Which bot?: no bot is called so: nobody@acme"),
        (("tokens", "--user", "nobody"), "Which user?: no user is called so: nobody"),
        (("tokens", "--bot", "support@acme"), "tokens are not listed by --bot (it takes --user)"),
        (("tables", "--user", "ann"), "No user can be chosen: tables tells of the whole server"),
        (("sessions", "--user", "ann", "--bot", "x@acme"), "One thing at a time: --bot and --user"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    sample_dsn: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = show(capsys, sample_dsn, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_a_filter_may_stand_behind_flags(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--limit", "9", "name:organization", "--json", "!name:_")
    code, out, _ = show(capsys, dsn, "tables", *words)
    assert code == 0
    assert [row["name"] for row in json.loads(out)] == ["organizations"]


def test_rates_are_read_over_a_window(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = objects(capsys, dsn, "rates")
    assert row["commits_per_s"] is not None
    assert row["messages_per_s"] == 0


def test_csv_has_a_header_and_the_same_values(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = show(capsys, dsn, "migrations", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == [field.name for field in fields(PROBES["migrations"].record)]
    assert {row["state"] for row in rows} == {"applied"}
    assert TIME.fullmatch(rows[0]["applied_at"])


def test_a_filter_and_a_limit_narrow(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert {row["name"] for row in objects(capsys, dsn, "tables", "name:message_history")} == {"message_history"}
    assert len(objects(capsys, dsn, "tables", "--limit", "2")) == 2
    assert objects(capsys, dsn, "migrations", "is:is_pending") == []


def test_people_get_an_aligned_table_with_units(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = show(capsys, dsn, "tables", "--limit", "3")
    head, *lines = out.splitlines()
    assert head.startswith("schema")
    assert len(lines) == 3
    assert all(re.search(r"\d (B|kB)", line) for line in lines)
    _, out, _ = show(capsys, dsn, "connectivity")
    assert re.search(r"^role +primary$", out, re.MULTILINE)


def test_what_is_left_out_is_said_beside_the_data(empty_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = show(capsys, empty_dsn, "sessions", "--json")
    assert (code, out) == (0, "[]\n")
    assert "the bot platform's tables are not there" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "No such probe"),
        (["tables", "nonsense:1"], "nonsense"),
        (["tables", "--org", "acme"], "whole server"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    words: list[str], said: str, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = show(capsys, server.dsn, *words)
    assert (code, out) == (2, "")
    assert said in err
