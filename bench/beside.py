"""What open consoles do to others: p99 of a pgbench load with three consoles on the server, and without, in turns.

The consoles are the program itself on terminals of 120x40, showing Health, Activity and Locks. The load is given
(transactions a second), not as much as fits: on a machine that is used up, anything more makes everything slower.
"""

import os
import pty
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.figure import Figure
from bench.terminal import SYNC_ANSWER, SYNC_QUERY
from tests.scratch import Scratch, scratch

RATE: Final = 200
CLIENTS: Final = 8
SECONDS: Final = 8
TURNS: Final = "ABBAABBA"
"""A: without, B: with. Drift of the machine meets both alike."""
SHOWN: Final = ((b"0", b"Health"), (b"5", b"Activity"), (b"6", b"Locks"))
"""Keys, and what is then in the head."""
_READY: Final = 60.0
"""Seconds for a console to show what it should."""


def figures() -> Iterator[Figure]:
    """p99 without, how much it varies by itself, and with three consoles."""
    with scratch({"shared_preload_libraries": "pg_stat_statements", "fsync": "off"}) as server:
        _pgbench(server, "-i", "-q", "-s", "10")
        _load(server)  # warm
        found: dict[str, list[float]] = {"A": [], "B": []}
        for turn in TURNS:
            with _consoles(server.dsn) if turn == "B" else ExitStack():
                found[turn].append(_load(server))
    alone, beside = found["A"], found["B"]
    pairs = [b / a for a, b in zip(alone, beside, strict=True)]
    noise = max(alone) / min(alone)
    yield Figure(f"p99 at {RATE} transactions a second, alone", statistics.median(alone), "ms")
    yield Figure("  its own spread, largest by smallest", noise, "")
    yield Figure("  with three consoles", statistics.median(beside), "ms")
    # On a machine that varies twofold by itself nothing can be judged.
    budget = max(noise, 1.05) if noise < 2 else None
    yield Figure("p99 with three consoles by alone, median of pairs", statistics.median(pairs), "", budget)


def _load(server: Scratch) -> float:
    """Milliseconds that 99 of 100 transactions stay under."""
    folder = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    folder.chmod(0o777)
    try:
        given = ("-c", str(CLIENTS), "-j", "2", "-R", str(RATE), "-T", str(SECONDS), "-n")
        _pgbench(server, *given, "-l", "--log-prefix", str(folder / "log"))
        lines = [line.split() for log in folder.glob("log*") for line in log.read_text().splitlines()]
        return statistics.quantiles((int(line[2]) / 1000 for line in lines), n=100)[98]
    finally:
        shutil.rmtree(folder)


def _pgbench(server: Scratch, *words: str) -> None:
    command = [server.program("pgbench"), *words, "-h", str(server.home), "-U", "postgres", "postgres"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


@contextmanager
def _consoles(dsn: str) -> Iterator[None]:
    """Three consoles, open and showing; gone at the end."""
    with ExitStack() as opened:
        consoles = [opened.enter_context(_console(dsn)) for _ in SHOWN]
        for console, (key, heading) in zip(consoles, SHOWN, strict=True):
            console.shows(b"Overview")
            os.write(console.terminal, key)
            console.shows(heading)
        yield


@dataclass
class _Console:
    """The program on a terminal that is read, as a person's is."""

    pid: int
    terminal: int
    written: bytes = b""

    def drain(self) -> None:
        """Read until it has ended."""
        with suppress(OSError):
            while data := os.read(self.terminal, 65536):
                self.written = self.written[-65536:] + data
                if SYNC_QUERY in data:
                    os.write(self.terminal, SYNC_ANSWER)

    def shows(self, text: bytes) -> None:
        """Wait until it has drawn a text."""
        deadline = time.monotonic() + _READY
        while text not in self.written:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the console did not show {text!r}")
            time.sleep(0.05)


@contextmanager
def _console(dsn: str) -> Iterator[_Console]:
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40")
        os.execv(sys.executable, [sys.executable, "-m", "gbtui", "--dsn", dsn])
    console = _Console(pid, terminal)
    reading = threading.Thread(target=console.drain, daemon=True)
    reading.start()
    try:
        yield console
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        reading.join(5)
        os.close(terminal)
