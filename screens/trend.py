"""The column of small curves: messages a second of a tenant or a bot over the last two minutes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.spark import bars

if TYPE_CHECKING:
    from gbtui.ui.app import Console

_BARS = 12


def trend(app: "Console", key: Callable[[Any], UUID]) -> Column[Any]:
    """The column; `key` gives the id of a row's organization or bot. Empty where there is no tail that counts."""

    def values(row: Any) -> tuple[float | None, ...]:
        return app.trend.of(key(row)) if app.trend is not None else ()

    def drawn(row: Any) -> str:
        known = values(row)
        return bars(known, _BARS, glyphs=app.glyphs) if any(known) else ""

    return Column(
        "trend", "2 m", _BARS, drawn, sort=lambda row: sum(value or 0.0 for value in values(row)),
        help="messages as the tail delivered them: ten seconds a bar, the newest at the right, by the scale of its row",
    )  # fmt: skip
