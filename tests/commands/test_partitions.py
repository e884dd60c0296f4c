"""`gbtui partitions`: the list, what is wrong in one sentence, a detach and an adoption as one types them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from gbtui.__main__ import main
from gbtui.lifecycle.adopting import adopt
from gbtui.lifecycle.batches import Stopped
from tests.conftest import Connection
from tests.lifecycle.plain import make_plain, sum_of

Run = Callable[..., tuple[int, str, str]]


def on(dsn: str, work: Callable[[Connection], Awaitable[object]]) -> object:
    async def once() -> object:
        db = await asyncpg.connect(dsn, timeout=10)
        try:
            return await work(db)
        finally:
            await db.close(timeout=5)

    return asyncio.run(once())


@pytest.fixture
def gbtui(filled_dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["partitions", *words, "--dsn", filled_dsn])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_months_are_listed_and_one_is_detached(gbtui: Run) -> None:
    code, out, _ = gbtui("list", "--json")
    months = [row for line in out.splitlines() if (row := json.loads(line))["table"] == "message_history"]
    assert code == 0
    assert all(row["closed"] and row["state"] == "attached" for row in months)
    assert [row["lower"] for row in months if row["lower"] is None] == [months[-1]["lower"]]
    oldest = months[-1]["partition"]
    code, out, _ = gbtui("detach", oldest, "--read-write")
    assert (code, out) == (0, f"gb_part.{oldest}_detached: detached, whole and closed\n")
    code, out, _ = gbtui()
    assert [line.split()[1:3] for line in out.splitlines() if line.startswith(f"{oldest}_detached ")] == [
        ["the", "past"]
    ]
    assert gbtui("make", "--read-write")[:2] == (0, "nothing was missing\n")


def test_a_plain_table_is_adopted_and_a_stopped_one_is_told(gbtui: Run, filled_dsn: str) -> None:
    async def stopped(db: Connection) -> object:
        await make_plain(db)
        stop = asyncio.Event()
        with pytest.raises(Stopped):
            await adopt(db, stop=stop, tell=lambda word: stop.set() if word.startswith("2 of") else None)
        return await sum_of(db)

    before = on(filled_dsn, stopped)
    assert "adopt public.message_history, begun " in gbtui()[2]
    code, out, err = gbtui("adopt", "message_history", "--read-write")
    assert (code, out) == (0, "public.message_history: partitioned by month\n")
    assert "7 of 7: the swap" in err
    assert on(filled_dsn, sum_of) == before
    assert "begun" not in gbtui()[2]


def test_what_is_wrong_is_one_sentence(gbtui: Run) -> None:
    for words, code, told in (
        ("detach", 2, "Which one? (gbtui partitions detach PARTITION)"),
        ("split message_history", 2, "From which month? (gbtui partitions split TABLE --from YYYY-MM)"),
        ("make --months 99 --read-write", 2, "gbtui partitions make --months N, from 0 to 24"),
        ("make", 1, "Read-only: nothing was changed"),
        ("adopt clicks --read-write", 2, "clicks cannot be adopted"),
        ("adopt message_history --read-write", 1, "message_history is partitioned already"),
        ("detach message_history_p199901 --read-write", 1, "No such partition: message_history_p199901"),
    ):
        got, out, err = gbtui(*words.split())
        assert (got, out, err.count("\n")) == (code, "", 1)
        assert told in err
