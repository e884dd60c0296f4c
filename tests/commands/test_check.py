"""`gbtui check`: the exit code and the first line, as monitoring systems read them."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from gbtui.__main__ import main
from gbtui.errors import DeniedError
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from tests.conftest import Server, execute


def found(severity: Severity) -> Finding:
    return Finding(severity, "c", "it", "it | is", "why", "do", "p")


@pytest.mark.parametrize(
    ("severities", "unread", "code", "line"),
    [
        ([], False, 0, "OK - 3 checks, nothing wrong"),
        ([Severity.INFO], False, 0, "OK - 3 checks, nothing wrong, 1 to know"),
        ([Severity.WARNING, Severity.INFO], True, 1, "WARNING - it / is (and 1 more)"),
        ([Severity.CRITICAL], True, 2, "CRITICAL - it / is"),
        ([Severity.INFO], True, 3, "UNKNOWN - p could not be read: no: rights"),
    ],
)
def test_the_worst_decides(severities: list[Severity], unread: bool, code: int, line: str) -> None:
    from gbtui.commands.check import Verdict, headline

    unreadable = (("p", DeniedError("no", "rights")),) if unread else ()
    verdict = Verdict(tuple(found(severity) for severity in severities), unreadable, 3)
    assert (verdict.code, headline(verdict)) == (code, line)


def test_a_sound_part_is_ok(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--only", "partitions,migrations", "--dsn", dsn]) == 0
    assert capsys.readouterr().out == "OK - 2 checks, nothing wrong\n"


def test_what_is_wrong_comes_with_its_cause_and_what_to_do(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--only", "settings", "--dsn", dsn]) == 2
    first, *details = capsys.readouterr().out.splitlines()
    assert first.startswith("CRITICAL - fsync is off")
    assert any("crash" in line for line in details)
    assert main(["check", "--only", "settings", "--json", "--dsn", dsn]) == 2
    rows = json.loads(capsys.readouterr().out)
    assert {(row["severity"], row["check"]) for row in rows} == {("CRITICAL", "settings")}
    assert rows[0]["statement"].startswith("ALTER SYSTEM SET ")


def test_the_first_line_ends_with_performance_data(
    dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the guidelines for plugins write it: 'label'=value[unit];[warning];[critical];[least];[most]."""
    (tmp_path / "gbtui.toml").write_text('[profiles.p]\n[profiles.p.thresholds]\nblocked = "7s"\nconnections = 0.5\n')
    only = ["check", "--only", "connections,blocked,idle_in_transaction,wraparound,slots"]
    assert main([*only, "--config", str(tmp_path / "gbtui.toml"), "--profile", "p", "--dsn", dsn]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    sentence, _, data = first.partition(" | ")
    assert sentence == "OK - 5 checks, nothing wrong"
    assert not any("|" in line for line in rest)
    form = r"\w+=[\d.]+(s|B|)(;[\d.]*){0,4}"
    assert all(re.fullmatch(form, one) for one in data.split(" ")), data
    found = dict(one.split("=") for one in data.split(" "))
    value, warning, critical, least, most = found["connections"].split(";")
    assert int(value) >= 1
    assert (float(warning), float(least), float(most)) == (48.5, 0, 100)
    assert float(critical) == pytest.approx(92.15)
    assert found["blocked"] == "0s;7;60;0"
    assert "slot_retained" not in found, "there is none"


def test_without_rights_the_verdict_is_unknown_and_names_the_grant(
    server: Server, dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(execute(server.dsn, "CREATE ROLE check_plain LOGIN"))
    plain = server.of(dsn.partition("@/")[2].partition("?")[0], "check_plain")
    assert main(["check", "--only", "blocked", "--dsn", plain]) == 3
    assert 'GRANT pg_monitor TO "check_plain"' in capsys.readouterr().out


def test_no_connection_is_critical_and_no_target_unknown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["check", "--dsn", "host=/nowhere dbname=x user=y"]) == 2
    assert capsys.readouterr().out.startswith("CRITICAL - ")
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "GBTUI_DSN", "GBTUI_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert main(["check"]) == 3
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("tables", ["SELECT 1", "CREATE TABLE of_others ()"])
def test_checks_with_nothing_to_judge_are_counted_and_say_why(
    empty_dsn: str, tables: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Well without a word about it would be taken for a verdict on the bots."""
    asyncio.run(execute(empty_dsn, tables))
    only = ["check", "--only", "wraparound,silence,waiting,migrations,partitions", "--dsn", empty_dsn]
    assert main(only) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("OK - 1 of 5 checks, nothing wrong; 4 could not judge: ")
    assert "does not hold the bot platform's tables" in first
    assert any(line.startswith("not judged: silence, waiting, partitions: ") for line in others)
    assert main([*only, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["severity"], row["check"]) for row in rows] == [
        ("INFO", name) for name in ("silence", "waiting", "migrations", "partitions")
    ]


def test_no_connection_is_told_in_json_too(capsys: pytest.CaptureFixture[str], dsn: str) -> None:
    assert main(["check", "--json", "--dsn", "host=/nowhere dbname=x user=y"]) == 2
    (lost,) = json.loads(capsys.readouterr().out)
    assert lost["severity"] == "CRITICAL"
    assert "/nowhere" in lost["what"]
    assert main(["check", "--json", "--only", "settings", "--dsn", dsn]) == 2
    assert list(lost) == list(json.loads(capsys.readouterr().out)[0])


def test_every_check_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--list"]) == 0
    listed = capsys.readouterr().out
    assert all(check.name in listed for check in CHECKS)
    assert main(["check", "--only", "nonsense", "--dsn", "host=/nowhere"]) == 3


@pytest.mark.parametrize("words", [["--nonsense"], ["--profile", "nobody"], ["--dsn", "nonsense=1"], ["--only", "x"]])
def test_a_wrong_call_is_unknown_and_never_critical(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words]) == 3
    printed = capsys.readouterr()
    assert printed.out or printed.err
