"""A child on a real pseudo-terminal: the bytes it writes, phase by phase, as the child announces them."""

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass

SYNC_QUERY = b"\x1b[?2026$p"
SYNC_ANSWER = b"\x1b[?2026;2$y"


@dataclass(frozen=True, slots=True)
class Phase:
    """What happened between a phase's begin and end: bytes to the terminal, CPU and wall seconds, steps done."""

    written: int
    cpu: float
    wall: float
    steps: int
    notes: dict[str, float]


def phases(
    module: str, *arguments: str, size: tuple[int, int] = (120, 40), deadline: float = 120.0
) -> dict[str, Phase]:
    """Run `python -m module arguments` on a terminal of `size` (columns, lines) and collect its phases.

    The child writes a JSON object a line to file descriptor 3: {"begin": NAME}, then {"end": NAME, "cpu", "wall",
    "steps", …}. All that it writes to the terminal in between counts.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    told, tell = os.pipe()
    environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "GBTUI_BENCH_FD": str(tell)}
    environment.pop("NO_COLOR", None)
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        pass_fds=(tell,),
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    os.close(tell)
    try:
        return _collect(master, told, deadline)
    finally:
        child.kill()
        child.wait()
        os.close(master)
        os.close(told)


def _collect(master: int, told: int, deadline: float) -> dict[str, Phase]:
    found: dict[str, Phase] = {}
    written, pending, last = 0, b"", b""
    watched = [master, told]
    while True:
        ready, _, _ = select.select(watched, [], [], deadline)
        if not ready:
            raise TimeoutError(f"the child said nothing for {deadline:g} s")
        if master in ready:
            data = _read(master)
            written, last = written + len(data), data or last
            if not data:
                watched.remove(master)
            if SYNC_QUERY in data:
                os.write(master, SYNC_ANSWER)
            continue
        data = os.read(told, 65536)
        if not data:
            if not found:
                raise RuntimeError(f"the child measured nothing; it wrote last: {last.decode(errors='replace')}")
            return found
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if "begin" in event:
                written = 0
            else:
                name, cpu, wall, steps = (event.pop(key) for key in ("end", "cpu", "wall", "steps"))
                found[name] = Phase(written, cpu, wall, steps, event)


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # the child closed its side
        return b""
