"""What others on the machine can read of a command line holds no password."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from gbtui.commands.hidden import masked
from tests.conftest import Server
from tests.waiting import until


@pytest.mark.parametrize(
    "word",
    [
        "postgresql://ann:hunter2@db/app",
        "postgres://ann:hunter2@a,b:5433/app?sslmode=require",
        "postgresql://ann:hunter%402x@db",
        "postgresql://ann:hunt/er2@db/app",
        "postgresql://db/app?user=ann&password=hunter2",
        "postgresql:///app?password=hunter2&sslpassword=hunter2",
        "host=db password=hunter2 user=ann",
        "host=db password = 'hunter2 and more' user=ann",
        "password='it\\'s hunter2' host=db",
        "--dsn=postgresql://ann:hunter2@db/app",
    ],
)
def test_a_password_is_masked_wherever_it_stands(word: str) -> None:
    shown = masked(word)
    assert "hunt" not in shown
    assert "er2" not in shown
    assert "********" in shown


@pytest.mark.parametrize(
    "word", ["postgresql://ann@db/app", "host=db user=ann", "password", "ann@example.org", "text:x=y"]
)
def test_other_words_stay(word: str) -> None:
    assert masked(word) == word


def seen(pid: int) -> bytes:
    """What /proc tells of a process: its command line, and its environment besides."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + b"\0" + Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_running_program_shows_none(server: Server, dsn: str, tmp_path: Path) -> None:
    secret = "hunter2PLANTED"
    asked = dsn.replace("://gbtui@", f"://gbtui:{secret}@")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gbtui", "tail", "--no-migrate", "--dsn", asked, "at>2026-01-01", "text:a b",
        stdout=PIPE, stderr=PIPE, stdin=DEVNULL, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
    try:
        await until(lambda: b"********" in seen(process.pid), 30)
        assert b"text:a b" in seen(process.pid).split(b"\0")
        assert secret.encode() not in seen(process.pid)
        assert process.stderr is not None
        # It follows: the words have come whole.
        assert secret.encode() not in await asyncio.wait_for(process.stderr.readline(), 30)
    finally:
        process.terminate()
        out, err = await process.communicate()
    assert secret.encode() not in out + err
    assert b"Traceback" not in err
