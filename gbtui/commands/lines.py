"""Whole lines to standard output, and the knowledge of which of them arrived.

A pipe takes up to PIPE_BUF bytes as a whole or not at all, so lines go out in groups of at most that much, and only
when there is room: a signal never finds a write half done, and what was written is known to the line. When the reader
goes away, the pipe still tells how much it never took.
"""

import fcntl
import os
import select
import stat
import sys
import termios
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

from gbtui.errors import GbtuiError

K = TypeVar("K")

_GRACE: Final = 1.0  # seconds that a reader is given to take the rest of a line it has begun, once we are told to end
_FILE_PIECE: Final = 1 << 20  # bytes a file is given at once


class Lines(Generic[K]):
    """Writes lines, each with a key that tells it from others; `stop()` may be called from a signal handler."""

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is None and sys.stdout is None:
            raise GbtuiError("Standard output cannot be written", "it is closed")
        self._out = sys.stdout.fileno() if descriptor is None else descriptor
        mode = os.fstat(self._out).st_mode
        self._is_pipe, self._is_file = stat.S_ISFIFO(mode), stat.S_ISREG(mode)
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._stopped = False
        self._written = 0
        self.error: OSError | GbtuiError | None = None
        self._unread: deque[tuple[int, K]] = deque()  # lines the reader may not have taken, by where they end

    def stop(self) -> None:
        """End a write that waits, after the group or the line it is in."""
        self._stopped = True
        with suppress(BlockingIOError):
            os.write(self._waker, b".")

    def write(self, lines: Sequence[tuple[K, str]]) -> int:
        """Write until `stop()` is called or writing fails (see `error`); returns how many lines went out whole."""
        count = 0
        for group in self._groups(lines):
            size = self._put(b"".join(text for _, text in group))
            for key, text in group:
                size -= len(text)
                if size < 0:
                    self._mend(len(text) + size)
                    self._forget()
                    return count
                self._written += len(text)
                self._unread.append((self._written, key))
                count += 1
        self._forget()
        return count

    @property
    def abandoned(self) -> bool:
        """Whether the reader of the pipe has gone away."""
        if not self._is_pipe:
            return False
        poll = select.poll()
        poll.register(self._out, 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))

    def unread(self) -> tuple[K, ...]:
        """The lines that went into a pipe and that nobody will ever take out: () while there is a reader."""
        if not self.abandoned:
            return ()
        self._forget()
        return tuple(key for _, key in self._unread)

    def secure(self) -> None:
        """See what was written safely on the disk, if it goes into a file; GbtuiError if that cannot be."""
        if self._is_file:
            try:
                os.fsync(self._out)
            except OSError as error:
                raise _unwritable(error) from error

    def _groups(self, lines: Sequence[tuple[K, str]]) -> Iterator[list[tuple[K, bytes]]]:
        """Lines together, as many as go out as a whole; a longer one goes alone."""
        most = select.PIPE_BUF if self._is_pipe else _FILE_PIECE
        group: list[tuple[K, bytes]] = []
        size = 0
        for key, line in lines:
            text = line.encode(errors="backslashreplace") + b"\n"
            if group and size + len(text) > most:
                yield group
                group, size = [], 0
            group.append((key, text))
            size += len(text)
        if group:
            yield group

    def _put(self, text: bytes) -> int:
        """Write one group; how many bytes went out: fewer if told to stop, or if writing failed."""
        rest = memoryview(text)
        while rest and self.error is None:
            begun = len(rest) < len(text)
            if self._stopped and not begun:
                break
            if not self._has_room(_GRACE if self._stopped else None):
                if self._stopped and begun:
                    break
                continue
            try:
                size = os.write(self._out, rest[: select.PIPE_BUF] if self._is_pipe else rest)
            except BrokenPipeError as error:
                self.error = error
            except OSError as error:
                self.error = _unwritable(error)
            else:
                rest = rest[size:]
        return len(text) - len(rest)

    def _mend(self, torn: int) -> None:
        """A line went out in part: a file (of a full disk) is cut behind its last line, a pipe can't be helped."""
        self._written += torn
        if torn and self._is_file:
            end = os.lseek(self._out, 0, os.SEEK_CUR)
            if end == os.fstat(self._out).st_size:  # nobody else has written behind us
                os.ftruncate(self._out, end - torn)
                os.lseek(self._out, end - torn, os.SEEK_SET)

    def _has_room(self, most: float | None) -> bool:
        """Wait until something can be written, or `stop()` is called, or for `most` seconds."""
        watched = [] if self._stopped else [self._wake]
        return bool(select.select(watched, [self._out], [], most)[1])

    def _forget(self) -> None:
        """Drop the lines that the reader has taken."""
        if not self._is_pipe:
            self._unread.clear()
            return
        waiting = int.from_bytes(fcntl.ioctl(self._out, termios.FIONREAD, bytes(4)), sys.byteorder)
        taken = self._written - waiting
        while self._unread and self._unread[0][0] <= taken:
            self._unread.popleft()


def _unwritable(error: OSError) -> GbtuiError:
    return GbtuiError("Standard output cannot be written", error.strerror or str(error))
