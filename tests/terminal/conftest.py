"""A terminal as a person has it: a pty, and an emulator that shows what would be seen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyte
import pytest


class Terminal:
    """A program under a pty. Nothing is read but by waiting, so every look is a look after waiting."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], size: tuple[int, int]) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """What a window manager does."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Send keys as a terminal would."""
        os.write(self._fd, keys.encode())

    @property
    def text(self) -> str:
        """What is seen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, pattern: str, timeout: float = 30.0) -> str:
        """Wait until what is seen matches; returns it."""
        wanted = re.compile(pattern)
        self._pump(lambda: wanted.search(self.text) is not None, timeout)
        assert wanted.search(self.text), f"{pattern!r} was not seen within {timeout:g} s, but:\n{self.text}"
        return self.text

    def wait(self, timeout: float = 20.0) -> int:
        """Wait for its end; the exit code."""
        ended: list[int] = []

        def over() -> bool:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                ended.append(os.waitstatus_to_exitcode(status))
            return bool(pid)

        self._pump(over, timeout)
        self.pid = 0 if ended else self.pid
        assert ended, f"it did not end within {timeout:g} s:\n{self.text}"
        return ended[0]

    def hang_up(self) -> None:
        """What a window that is closed, or a line that breaks, does."""
        os.close(self._fd)
        self._fd = -1

    def close(self) -> None:
        """End it, whatever it does."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self._fd >= 0:
            os.close(self._fd)

    def _pump(self, done: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not done() and time.monotonic() < deadline:
            ready, _, _ = select.select([self._fd] if self._fd >= 0 else [], [], [], 0.05)
            if not ready:
                continue
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # the other side is gone
                time.sleep(0.02)
                continue
            self.raw += data
            self._stream.feed(data)


@pytest.fixture
def terminal(tmp_path: Any) -> Iterator[Callable[..., Terminal]]:
    """`terminal("--dsn", dsn, size=(80, 24), NAME=value)`: gbtui in a terminal, without anybody's settings."""
    opened: list[Terminal] = []

    def open_one(*arguments: str, size: tuple[int, int] = (80, 24), **extra: str) -> Terminal:
        # COLUMNS and LINES, which workers of the test run have, would be believed before the terminal's own size.
        not_ours = ("PG", "GBTUI", "TMUX", "LC_", "COLUMNS", "LINES")
        env = {name: value for name, value in os.environ.items() if not name.startswith(not_ours)}
        env |= {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "LANG": "C.UTF-8", "TZ": "UTC", **extra}
        opened.append(Terminal([sys.executable, "-m", "gbtui", *arguments], env, size))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
