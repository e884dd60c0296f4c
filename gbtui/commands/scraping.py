"""The HTTP end of `gbtui metrics`: prometheus_client's server and formats, fed from the loop that watches."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from gbtui.monitor.metrics.expose import own
from gbtui.monitor.metrics.point import Point

_PATIENCE: Final = 5.0
"""Seconds that a scrape waits for the loop."""
_FAMILIES: Final = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily, "info": InfoMetricFamily}


class Endpoint:
    """Answers scrapes from a thread of its own; `tells` is called in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.tells: Callable[[], Iterable[Point]] = lambda: own(up=False)
        """What there is to tell at this moment; before there is a server, that there is none."""
        self._loop = loop
        self._server: WSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, host: str, port: int) -> int:
        """Listen; the port that was taken. OSError if it cannot be."""
        registry = CollectorRegistry()
        registry.register(self)
        self._server, self._thread = start_http_server(port, host, registry)
        return int(self._server.server_port)

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def collect(self) -> Iterable[Metric]:
        """Called by the library for each scrape."""
        return asyncio.run_coroutine_threadsafe(self._families(), self._loop).result(_PATIENCE)

    async def _families(self) -> list[Metric]:
        return families(self.tells())


def families(points: Iterable[Point]) -> list[Metric]:
    """Points as the library has them. Of two that are alike in name and labels the larger is told: both may not be."""
    found: dict[str, dict[tuple[tuple[str, str], ...], Point]] = {}
    for point in points:
        if point.value is not None:
            alike = found.setdefault(point.name, {})
            key = tuple(sorted(point.labels.items()))
            if key not in alike or (alike[key].value or 0) < point.value:
                alike[key] = point
    return [_family(list(alike.values())) for alike in found.values()]


def _family(alike: list[Point]) -> Metric:
    first = alike[0]
    family: Metric = _FAMILIES[first.kind](f"gbtui_{first.name}", first.help)
    for point in alike:
        suffix = {"counter": "_total", "info": "_info", "gauge": ""}[point.kind]
        family.add_sample(f"gbtui_{point.name}{suffix}", dict(point.labels), float(point.value or 0))
    return family
