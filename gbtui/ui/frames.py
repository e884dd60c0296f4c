"""What a screen has shown so far, bounded in number and rows, so that one can step back through it. Pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gbtui.monitor.sample import Sample

Frame = Mapping[str, Sample[Any]]
"""The samples that were shown together, by probe."""

MOST: Final = 60
"""Frames kept: a minute of a probe that is read each second."""
MOST_ROWS: Final = 20_000
"""Rows kept in all of them together."""


class Frames:
    """The newest frames; the oldest go first."""

    def __init__(self) -> None:
        self._kept: deque[Frame] = deque(maxlen=MOST)
        self._newest: Sample[Any] | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, frame: Frame, probe: str) -> None:
        """Keep a newer one, unless the reading of `probe` is the last one's.

        What a probe remembers is not kept: it may be large, and the counters in it are those of now.
        """
        kept = {name: replace(sample, memory=None) for name, sample in frame.items()}
        again = bool(self._kept) and self._newest is frame.get(probe)
        self._newest = frame.get(probe)
        if again:
            self._kept[-1] = kept
            return
        self._kept.append(kept)
        rows = [sum(len(sample.rows) for sample in one.values()) for one in self._kept]
        while len(self._kept) > 1 and sum(rows) > MOST_ROWS:
            self._kept.popleft()
            rows.pop(0)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._newest = None

    def back(self, frame: Frame) -> int:
        """How many frames are newer than this one."""
        return next((number for number, one in enumerate(reversed(self._kept)) if one is frame), len(self._kept))

    def beside(self, frame: Frame | None, step: int) -> Frame | None:
        """The one before (-1) or after (1) a frame; None stands for the newest. LookupError beyond the oldest one."""
        wanted = (self.back(frame) if frame is not None else 0) - step
        if wanted >= len(self._kept):
            raise LookupError("nothing older is kept")
        return self._kept[-1 - wanted] if wanted > 0 else None
