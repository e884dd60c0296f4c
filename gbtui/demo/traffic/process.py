"""Traffic in a process of its own, which ends with whoever started it, however that one ends."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gbtui.config import ConnectionSource
from gbtui.secret import Secret


@dataclass(frozen=True, slots=True)
class Orders:
    """What the child is to do: where (PG* variables complete it if `environment`), how much, for how many seconds."""

    sources: Sequence[ConnectionSource]
    environment: bool
    rate: float
    seed: int
    seconds: float | None
    folder: str | None = None  # the server's, if it is ours

    def written(self) -> bytes:
        """One line, for a pipe that nobody else reads: passwords stand in it."""
        sources = [
            {"origin": s.origin, "dsn": s.dsn and s.dsn.reveal(), "parameters": dict(s.parameters), "closed": s.closed}
            for s in self.sources
        ]
        rest: dict[str, object] = {
            "environment": self.environment,
            "rate": self.rate,
            "seed": self.seed,
            "seconds": self.seconds,
        }
        rest["folder"] = self.folder
        return json.dumps({"sources": sources, **rest}).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self:
        """What `written` wrote."""
        given = json.loads(line)
        sources = [
            ConnectionSource(**{**source, "dsn": Secret(source["dsn"]) if source["dsn"] else None})
            for source in given.pop("sources")
        ]
        return cls(sources, **given)


class TrafficProcess:
    """Runs traffic beside this process from `with` on to its end.

    The child reads its orders from its standard input and stops when that is closed: by us, or by the kernel when
    we are killed. The DSN stands in no command line, where other users could read it.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return None if self._child is None or self._child.poll() is not None else self._child.pid

    def start(self) -> None:
        """Start the child; it opens its connections by itself."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "gbtui.demo.traffic"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # the screen belongs to the console
            start_new_session=True,  # keys pressed at the console are not for the traffic
        )
        assert self._child.stdin is not None
        self._child.stdin.write(self._orders.written())
        self._child.stdin.flush()

    def stop(self) -> None:
        """End the child and wait for it."""
        if self._child is None:
            return
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
