"""What the widgets send to a real terminal: few bytes, and never a byte of what the data says to the terminal."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pyte
import pytest

from tests.waiting import until_now

HOSTILE = "\x1b]0;owned\x07\x1b[5m\x9b31m\x90q\x1b\\ [/oops] \u202egnp\u2066 \x08\x0c\x0e"
# What Textual itself says: cursor, colours, modes and their queries, keyboard, mouse pointer.
ALLOWED = re.compile(rb"\x1b\[[0-9;?<>=]*\$?[A-Za-z~]|\x1b\]22;default\x07|\x1b_G[^\x1b]*\x1b\\")
PROGRAM = f"""
from textual.app import App
from gbtui.ui.widgets.details import Details, Field
from gbtui.ui.widgets.live_table import Column, LiveTable
from gbtui.ui.widgets.tail_view import TailLine, TailView
hostile = {HOSTILE!r}

class Program(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def compose(self):
        columns = [Column("n", "n" + hostile, 30, str), Column("t", "t", 0, lambda row: hostile + str(row))]
        yield LiveTable(columns, key=int)
        yield TailView()
        yield Details([Field("label" + hostile, hostile + "\\n" + hostile)])

    def on_mount(self):
        table = self.query_one(LiveTable)
        table.set_rows(range(4))
        table.focus()
        self.query_one(TailView).append([TailLine(1, hostile[:4], hostile[:3], "tail" + hostile)])

Program().run(mouse=False)
"""


class Terminal:
    """A pty with a program on it, all that it wrote, and the picture that makes."""

    def __init__(self, master: int) -> None:
        self.master = master
        self.written = b""
        self.screen = pyte.Screen(100, 30)
        self._stream = pyte.ByteStream(self.screen)

    def shows(self, words: str) -> bool:
        """Read what came; whether the picture shows these words."""
        while True:
            try:
                data = os.read(self.master, 65536)
            except BlockingIOError:
                return words in "\n".join(self.screen.display)
            except OSError:
                return False
            if not data:
                return False
            self.written += data
            self._stream.feed(data)


@contextmanager
def running(program: str) -> Iterator[Terminal]:
    """The program on a terminal of 100x30; killed at the end if it still runs."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    os.set_blocking(master, False)
    environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    child = subprocess.Popen([sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    try:
        yield Terminal(master)
    finally:
        child.kill()
        child.wait()
        os.close(master)


@pytest.mark.terminal
def test_no_control_of_the_data_reaches_the_terminal() -> None:
    with running(PROGRAM) as terminal:
        until_now(lambda: terminal.shows("tail"), 20)
        os.write(terminal.master, b"jj sl")
        until_now(lambda: terminal.shows("▲"), 20)
        written = terminal.written
        assert b"owned" in written
        left = ALLOWED.sub(b"", written).decode()
        controls = {char for char in left if not char.isprintable()} - {"\n", "\r"}
        assert controls == set()
        for attack in (b"\x1b]0", b"\x1b[5m", b"\xc2\x9b", b"\x1bP", b"\xe2\x80\xae", b"\xe2\x81\xa6"):
            assert attack not in written
