"""`gbtui retention`, `archive`, `delete --grace` as somebody types them: what is said and refused, the exit code."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from gbtui.__main__ import main
from tests.commands.test_jobs import ask
from tests.conftest import execute
from tests.lifecycle.ages import FILL, MONTHS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def gbtui(dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--dsn", dsn])
        out, err = capsys.readouterr()
        return code, out, err

    return run


class Fast(datetime):
    """The clock of a machine that is more than a year ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Fast":
        return cls.fromtimestamp(datetime.now(UTC).timestamp() + 400 * 86_400, tz)


def test_what_is_past_is_so_by_the_servers_clock(gbtui: Run, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(execute(dsn, FILL))
    for module in ("retention", "soft_delete"):
        monkeypatch.setattr(f"gbtui.commands.{module}.datetime", Fast, raising=False)
    monkeypatch.setattr("gbtui.lifecycle.partitions.detaching.datetime", Fast)
    assert datetime.fromisoformat(json.loads(gbtui("retention", "plan", "--json")[1].splitlines()[0])["at"]) < (
        datetime.now(UTC) + timedelta(days=1)
    )
    ahead = f"{Fast.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    assert "has not come yet" in gbtui("retention", "plan", "--at", ahead)[2]
    assert gbtui("delete", "user", "ann", "--grace", "30d", "--reason", "x", "--read-write")[0] == 0
    assert "nothing is past its time of grace" in gbtui("delete", "--purge", "--read-write")[2]
    month = f"message_history_p{datetime.now(UTC):%Y%m}"
    assert "wait for its end" in gbtui("partitions", "detach", month, "--read-write")[2]


def test_policy_plan_run_archive_and_back(gbtui: Run, dsn: str, tmp_path: Path) -> None:
    asyncio.run(execute(dsn, MONTHS.format(table="public.message_history", first=-8)))
    asyncio.run(execute(dsn, FILL))
    for words, told in (
        (("policy", "messages", "60d"), "Read-only"),
        (("policy", "messages", "soon", "--read-write"), "no length of time"),
        (("policy", "letters", "60d", "--read-write"), "there are: tokens, drafts"),
        (("policy", "messages", "default", "--read-write"), "--org SLUG"),
        (("policy", "messages"), "gbtui retention policy KIND TIME"),
        (("hold", "acme", "--read-write"), "--reason TEXT"),
        (("hold", "nobody", "--reason", "x", "--read-write"), "none is called so"),
        (("plan", "--at", "2999-01-01"), "has not come yet"),
        (("run", "--read-write"), "--archive FOLDER"),
    ):
        code, out, err = gbtui("retention", *words)
        assert (code != 0, out, told in err) == (True, "", True), (words, err)

    assert (
        gbtui("retention", "policy", "messages", "60d", "--read-write")[1]
        == "messages of all others are kept 60 days\n"
    )
    assert gbtui("retention", "hold", "globex", "--reason", "case 1", "--read-write")[0] == 0
    kept = [json.loads(line) for line in gbtui("retention", "policy", "--json")[1].splitlines()]
    assert {"kind": "messages", "of": "all others", "kept": 60}.items() <= kept[3].items()
    assert kept[-1]["held"] == "globex"

    lines = [json.loads(line) for line in gbtui("retention", "plan", "--json")[1].splitlines()]
    at, planned = lines[0]["at"], [line for line in lines if "rows" in line]
    assert "globex" not in {line["tenant"] for line in planned}
    place = str(tmp_path / "archives")
    code, out, _ = gbtui("retention", "run", "--at", at, "--archive", place, "--read-write", "--json")
    done = [json.loads(line) for line in out.splitlines()]
    assert (code, done[0]["at"]) == (0, at)
    names = ("kind", "action", "tenant", "partition", "rows")
    assert sorted(tuple(one[n] for n in names) for one in done[1:]) == sorted(
        tuple(one[n] for n in names) for one in planned
    )
    gone = sum(one["rows"] for one in planned if one["kind"] == "messages")

    assert gbtui("archive", "verify", "--at", place)[0] == 0
    listed = [json.loads(line) for line in gbtui("archive", "list", "--at", place, "--json")[1].splitlines()]
    assert sum(one["rows"] for one in listed if one["kind"] == "messages") == gone
    asked = gbtui("archive", "query", "SELECT count(*) AS n FROM messages", "--at", place, "--json")
    assert json.loads(asked[1]) == {"n": gone}
    assert gbtui("archive", "query", "DROP VIEW messages", "--at", place)[0] == 2
    assert gbtui("archive", "restore", listed[0]["archive"], "--at", place)[0] != 0
    code, out, _ = gbtui("archive", "restore", listed[-1]["archive"], "--at", place, "--read-write")
    assert (code, f"{listed[-1]['rows']} rows put back" in out) == (0, True)
    (tmp_path / "archives" / listed[0]["archive"] / "rows.parquet").write_bytes(b"PAR1")
    code, out, err = gbtui("archive", "verify", "--at", place)
    assert (code, out.count("✖"), "not whole: 1 archive" in err) == (1, 1, True)

    # A user, softly: off now, back, and gone when its time is over.
    assert gbtui("delete", "user", "bob", "--grace", "30d", "--read-write")[0] == 2, "it must be said why"
    assert gbtui("delete", "user", "bob", "--grace", "30d", "--reason", "left", "--read-write")[0] == 0
    assert "user bob" in gbtui("delete")[1]
    assert not ask(dsn, "SELECT active FROM users WHERE username = 'bob'")
    assert gbtui("delete", "user", "bob", "--undo", "--read-write")[0] == 0
    assert ask(dsn, "SELECT active FROM users WHERE username = 'bob'")
    assert gbtui("delete", "user", "bob", "--grace", "1d", "--reason", "left", "--read-write")[0] == 0
    assert "nothing is past" in gbtui("delete", "--purge", "--read-write")[2]
    asyncio.run(execute(dsn, "UPDATE gb_meta.soft_deletions SET purge_after = now()"))
    code, out, _ = gbtui("delete", "--purge", "--read-write")
    assert (code, out.startswith("user bob: deleted")) == (0, True)
    assert not ask(dsn, "SELECT count(*) FROM users WHERE username = 'bob'")
