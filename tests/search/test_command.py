"""`gbtui search` as a script and a person use it: a process with pipes."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place, say


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def acme(writer: Connection) -> Place:
    made = await place(writer)
    for text in ("where is my refund", "a \x1b[31m refund\nis due", "thanks"):
        await say(writer, made, text)
    return made


async def start(dsn: str, *words: str) -> asyncio.subprocess.Process:
    told = ("-m", "gbtui", "search", "--dsn", dsn, *words)
    return await asyncio.create_subprocess_exec(sys.executable, *told, stdout=PIPE, stderr=PIPE)


async def run(dsn: str, *words: str) -> tuple[int | None, str, str]:
    process = await start(dsn, *words)
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, output.decode(), errors.decode()


async def test_lines_and_objects_newest_first(dsn: str, acme: Place, writer: Connection) -> None:
    code, output, errors = await run(dsn, "refund", "--org", "acme")
    first, second = output.splitlines()
    assert code == 0
    assert first.partition(" ")[2].startswith(f"acme/support-acme {str(acme.session_id)[:8]} < ann-acme: a ")
    assert "\x1b" not in output
    assert second.endswith(": where is my refund")
    assert "in acme, since " in errors
    assert "without an index" in errors
    assert "3 messages read, 2 found" in errors
    code, output, _ = await run(dsn, "refund", "--session", str(acme.session_id), "--json", "--limit", "1")
    told = json.loads(output)
    assert list(told) == [
        "id", "session_id", "bot_id", "org_id", "organization", "bot", "user", "sender", "created_at", "snippet",
        "matches", "cut", "length", "rank", "score",
    ]  # fmt: skip
    (first_match,) = told["matches"]
    assert told["snippet"][slice(*first_match)] == "refund"
    actions = [
        row["action"]
        for row in await writer.fetch(
            "SELECT action FROM gb_meta.audit_log WHERE action NOT LIKE 'row.%' ORDER BY created_at"
        )
    ]
    assert actions == ["messages.searched"] * 2


async def test_an_index_is_built_only_where_writing_is_allowed(dsn: str, acme: Place) -> None:
    code, output, errors = await run(dsn, "refund")
    assert (code, output) == (2, "")
    assert "build the index: gbtui search --build-index --read-write" in errors
    code, _, errors = await run(dsn, "--build-index")
    assert code == 1
    assert "message_history_search_simple_idx" in errors
    assert "add --read-write" in errors
    code, _, errors = await run(dsn, "--build-index", "--read-write")
    assert (code, errors.splitlines()[-1]) == (0, "gbtui: kb_documents_search_simple_idx: ready")
    code, output, _ = await run(dsn, "refund", "!due")
    assert (code, len(output.splitlines())) == (0, 1)
    code, _, errors = await run(dsn, "--drop-index", "--read-write")
    assert code == 0
    assert "kb_documents_search_simple_idx: dropped" in errors
    assert (await run(dsn, "refund"))[0] == 2


async def test_a_database_without_messages_says_so(empty_dsn: str, connect: Connect) -> None:
    code, output, errors = await run(empty_dsn, "refund")
    assert (code, output) == (2, "")
    assert "this database has no table public.message_history" in errors
    connection = await connect(empty_dsn)
    await connection.execute("CREATE TABLE message_history (id uuid, session_id uuid, content_encrypted text)")
    code, output, errors = await run(empty_dsn, "refund")
    assert (code, output) == (2, "")
    assert "with the columns of gbtui's schema" in errors


async def test_an_interrupt_says_how_far_it_came(dsn: str, acme: Place, writer: Connection) -> None:
    await writer.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender)"
        " SELECT $1, $2, $3, 'word ' || n, 'bot' FROM generate_series(1, 10000) n",
        acme.session_id, acme.bot_id, acme.org_id,
    )  # fmt: skip
    process = await start(dsn, "word", "--org", "acme", "--limit", "100000")
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 30)
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 130
    assert b"stopped; back to " in errors
    assert b"Traceback" not in errors
