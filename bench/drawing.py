"""Bytes to the terminal and CPU to draw, on a real pseudo-terminal of 120x40, beside Textual's own widgets."""

from collections.abc import Iterator

from bench.figure import Figure
from bench.terminal import Phase, phases

CHILD = "bench.drawing_child"


def figures() -> Iterator[Figure]:
    """Table: 35 rows of 8 columns, five cells change. Tail: 1,000 lines a second. Clock: one second passes."""
    ours, theirs = phases(CHILD, "live_table"), phases(CHILD, "data_table")
    changed, peer = ours["changed"], theirs["changed"]
    yield Figure("table, 5 of 280 cells change", _bytes(changed), "B", 1500, peer_name="DataTable", peer=_bytes(peer))
    yield Figure("table, 5 of 280 cells change, CPU", _ms(changed), "ms", 5, peer_name="DataTable", peer=_ms(peer))
    yield Figure("table, nothing changes", _bytes(ours["same"]), "B", 0)
    yield Figure("table, nothing changes, CPU", _ms(ours["same"]), "ms")
    yield Figure("table, cursor down", _bytes(ours["cursor"]), "B")
    yield Figure("table, cursor down, CPU", _ms(ours["cursor"]), "ms")
    clock = phases(CHILD, "status_bar")["clock"]
    yield Figure("status bar, the clock moves on", _bytes(clock), "B", 80)
    flood, log = phases(CHILD, "tail_view")["flood"], phases(CHILD, "rich_log")["flood"]
    yield Figure("tail at 1,000 lines/s, CPU", _share(flood), "% core", 10, peer_name="RichLog", peer=_share(log))
    yield Figure("tail at 1,000 lines/s", _rate(flood), "kB/s", 50, peer_name="RichLog", peer=_rate(log))
    yield Figure(
        "tail at 1,000 lines/s, event loop late",
        1000 * flood.notes["lag"],
        "ms",
        peer_name="RichLog",
        peer=1000 * log.notes["lag"],
    )


def _bytes(phase: Phase) -> float:
    return phase.written / phase.steps


def _ms(phase: Phase) -> float:
    return max(0.0, 1000 * phase.cpu / phase.steps)


def _share(phase: Phase) -> float:
    return 100 * phase.cpu / phase.wall


def _rate(phase: Phase) -> float:
    return phase.written / phase.wall / 1000
