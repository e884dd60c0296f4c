"""The line above a list."""

from collections.abc import Sequence

from gbtui.ui.widgets.line_view import Line, LineView, Run


class Caption(LineView):
    """What the list holds: how many of how many, the filter, what is hidden, what is marked."""

    DEFAULT_CSS = "Caption { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[Run] = ()

    def show(self, runs: Sequence[Run]) -> None:
        """Say this."""
        self._runs = runs
        self.sync()

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """One line."""
        return [tuple(self._runs)]
