"""Folders for embedded servers of single tests, and a look at what runs in them."""

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from gbtui.demo.embedded import EmbeddedServer
from tests.waiting import until_now

# Prints the DSN, then uses the server until its standard input is closed (or it is killed).
USER = """
import sys
from pathlib import Path
from gbtui.demo.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
print(server.start(), flush=True)
sys.stdin.read()
server.stop()
"""


@contextlib.contextmanager
def home(suffix: str = "") -> Iterator[Path]:
    """An empty folder that the server's user can reach; what still runs in it at the end is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="gbtui-", suffix=suffix, dir="/tmp"))
    try:
        yield folder
        if (folder / "data").exists():
            EmbeddedServer(folder).wait_stopped()
    finally:
        for process in (*guardians(folder), *postmasters(folder)):
            process.send_signal(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def postmasters(folder: Path) -> list[psutil.Process]:
    """The server processes of this folder, without their children."""
    found = {process.pid: process for process in _with(folder, "postgres")}
    first = []
    for process in found.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in found:
                first.append(process)
    return first


def guardians(folder: Path) -> list[psutil.Process]:
    """The guardians of this folder."""
    return _with(folder, "guardian.py")


def children(pid: int, word: str) -> list[psutil.Process]:
    """The children of a process with this word in their command line; those that are just ending are left out."""
    found = []
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.Error):
            if word in child.cmdline():
                found.append(child)
    return found


def console(folder: Path) -> "subprocess.Popen[str]":
    """Another process that uses the server; returns when it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def leave(process: "subprocess.Popen[str]") -> None:
    """Let a console end by itself."""
    process.communicate(timeout=30)
    assert process.returncode == 0


def gone(folder: Path) -> None:
    """Wait until nothing runs in the folder."""
    until_now(lambda: not postmasters(folder) and not guardians(folder))


def _with(folder: Path, program: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            if any(str(folder) in part for part in command) and any(program in part for part in command[:4]):
                found.append(process)
    return found
