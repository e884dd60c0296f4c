"""`gbtui tail` as a script and a person use it: a process with pipes."""

import asyncio
import fcntl
import json
import os
import shlex
import signal
import sys
import termios
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Connect, Connection
from tests.domain.botserver import SCHEMA, botserver_place
from tests.domain.platform import Place, place, say, say_many
from tests.waiting import until

Run = Callable[..., Awaitable[Process]]


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def acme(writer: Connection) -> Place:
    return await place(writer)


@pytest.fixture
async def tail(dsn: str, writer: Connection, acme: Place) -> AsyncIterator[Run]:
    """Start `gbtui tail` on the test's database, where acme has said "before"."""
    await say(writer, acme, "before")
    started: list[Process] = []

    async def run(*flags: str, stdout: int = PIPE) -> Process:
        words = ("-m", "gbtui", "tail", "--dsn", dsn, "--no-migrate", *flags)
        started.append(await asyncio.create_subprocess_exec(sys.executable, *words, stdout=stdout, stderr=PIPE))
        return started[-1]

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode()


async def test_lines_for_people_cannot_move_the_cursor(tail: Run, writer: Connection, acme: Place) -> None:
    process = await tail("--limit", "2")
    assert _line_rest(await _line(process)) == f"acme/support-acme {str(acme.session_id)[:8]} < ann-acme: before"
    await say(writer, acme, "\x1b[2Jtwo\nlines\x9b31m", "bot")
    second = await _line(process)
    assert second.count("\n") == 1
    assert not {"\x1b", "\x9b"} & set(second)
    assert f"{str(acme.session_id)[:8]} > ann-acme: " in second
    assert await asyncio.wait_for(process.wait(), 20) == 0


def _line_rest(line: str) -> str:
    return line.rstrip("\n").partition(" ")[2]


async def test_json_is_one_object_a_line_and_obeys_filters(tail: Run, writer: Connection, acme: Place) -> None:
    globex = await place(writer, "globex")
    process = await tail("--json", "--org", "acme", "--last", "1", "sender:bot", "--limit", "1")
    for at, text, sender in ((globex, "theirs", "bot"), (acme, "a question", "user"), (acme, "ünï\x9bcode", "bot")):
        await say(writer, at, text, sender)
    line = await _line(process)
    assert "\x9b" not in line
    told = json.loads(line)
    assert list(told) == [
        "id", "session_id", "user_id", "bot_id", "org_id", "organization", "bot", "user",
        "message", "sender", "created_at", "tx", "late", "length",
    ]  # fmt: skip
    assert (told["message"], told["organization"], told["length"]) == ("ünï\x9bcode", "acme", 8)
    assert told["created_at"].endswith("Z")
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_reader_that_goes_away_ends_it_silently(tail: Run, writer: Connection, acme: Place) -> None:
    reading, writing = os.pipe()
    process = await tail(stdout=writing)
    os.close(writing)
    await asyncio.to_thread(os.read, reading, 1000)
    os.close(reading)

    async def gone() -> Any:
        await say(writer, acme, "nobody reads this")
        return process.returncode is not None

    await until(gone, step=0.05)
    assert process.returncode == 141
    assert process.stderr is not None
    assert await process.stderr.read() == b""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_it_is_interrupted_without_noise(tail: Run, sent: signal.Signals, code: int) -> None:
    process = await tail()
    await _line(process)
    process.send_signal(sent)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, errors) == (code, b"")


async def test_an_unknown_organization_is_a_usage_error(tail: Run) -> None:
    process = await tail("--org", "nobody")
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"no organization is called so: nobody" in errors


async def test_it_is_interrupted_while_its_reader_does_not_read(tail: Run, writer: Connection, acme: Place) -> None:
    reading, writing = os.pipe()
    process = await tail("--json", stdout=writing)
    os.close(writing)
    await asyncio.to_thread(os.read, reading, 1000)
    await say_many(writer, acme, ["more than a pipe holds " * 20] * 1000)
    await until(lambda: _bytes_in(reading) > 40_000)
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    os.close(reading)
    assert (process.returncode, errors) == (143, b"")


def _bytes_in(pipe: int) -> int:
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


async def test_the_audit_log_is_a_stream_like_the_other(
    tail: Run, writer: Connection, acme: Place, tmp_path: Path
) -> None:
    record = "SELECT gb_meta.audit($1, 'bots', 'b1', $2, after => $3, reason => 'asked\x1b[2J', os_user => 'kim')"
    for number in range(3):
        await writer.execute(record, f"bot.changed {number}", acme.org_id, f'{{"name": "support {number}"}}')
    await writer.execute(record, "bot.seen", acme.org_id, "{}")
    flags = ("--stream", "audit", "--from-cursor", str(tmp_path / "cursor"))
    process = await tail(*flags, "--json", "--limit", "2", "action:changed")
    first = json.loads(await _line(process))
    assert list(first) == [
        "id", "org_id", "organization", "action", "object_table", "object_id", "actor", "os_user", "application_name",
        "client_addr", "reason", "before", "after", "detail", "created_at", "tx", "late", "cut",
    ]  # fmt: skip
    assert (first["action"], first["organization"], first["after"]) == ("bot.changed 0", "acme", {"name": "support 0"})
    assert await asyncio.wait_for(process.wait(), 20) == 0
    process = await tail(*flags, "--limit", "2", "action:changed")
    third = await _line(process)
    assert "kim): bot.changed 2 bots b1 of acme because: asked" in third
    assert "\x1b" not in third
    async with writer.transaction():
        await writer.execute(record, "bot.changed last", None, None)
    assert "bot.changed last" in await _line(process)
    process = await tail(*flags[2:], "action:changed")  # a cursor of another stream
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"it is about" in errors or b"no column" in errors


@pytest.mark.parametrize("template", ["{time} {who}", "{text.__class__}", "{text!r}", "{", "{}", "{0}", "{text:d}"])
async def test_a_wrong_template_is_told_in_one_sentence(tail: Run, template: str) -> None:
    process = await tail("--format", template)
    output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, output, errors.count(b"\n")) == (2, b"", 1)


async def test_lines_by_template_until_a_time(tail: Run, writer: Connection, acme: Place) -> None:
    await say(writer, acme, "two\nlines", "bot")
    process = await tail("--since", "1h", "--until", "in 1s", "--format", r"{sender:>5}\t{text:.5} {{{bot}}}")
    output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert output.decode().splitlines() == [" user\tbefor {support-acme}", "  bot\ttwo l {support-acme}"]
    assert [line.split()[1] for line in errors.decode().splitlines()] == ["since", "until"]
    assert process.returncode == 0


async def test_without_an_output_it_says_so(dsn: str) -> None:
    words = shlex.join((sys.executable, "-m", "gbtui", "tail", "--dsn", dsn, "--no-migrate"))
    process = await asyncio.create_subprocess_shell(f"{words} >&-", stderr=PIPE)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, errors) == (1, b"gbtui: Standard output cannot be written: it is closed\n")


async def test_a_foreign_table_is_followed_with_what_cannot_be_promised(empty_dsn: str, connect: Connect) -> None:
    writer = await connect(empty_dsn)
    await writer.execute(SCHEMA)
    await say(writer, await botserver_place(writer), "before")
    words = (sys.executable, "-m", "gbtui", "tail", "--dsn", empty_dsn, "--limit", "1")
    process = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert out.decode().endswith("< ann-acme: before\n")
    assert "best effort" in err.decode()
    process = await asyncio.create_subprocess_exec(*words, "--from-cursor", "pos", stdout=PIPE, stderr=PIPE)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (2, b"")
    assert "No cursor can be kept" in err.decode()
