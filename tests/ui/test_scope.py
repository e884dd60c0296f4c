"""With one tenant chosen no screen shows another's rows, however late or never the narrowed rows come."""

from collections.abc import Hashable
from typing import Any

import pytest
from textual.pilot import Pilot

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.errors import LostError
from gbtui.monitor.feed import Listener
from gbtui.monitor.monitor import Watch
from gbtui.monitor.sample import Sample
from gbtui.monitor.window import LAST, Span
from gbtui.ui.app import Console
from gbtui.ui.widgets.live_table import LiveTable
from tests.ui.fakes import FrozenMonitor, connected, console, frozen_monitor, running, settle, text

OTHERS = ("globex", "umbrella", "Globex", "東京トラベル", "יונתן.לוי", "佐藤さくら")


class Slow(FrozenMonitor):
    """Knows the whole server; what is narrowed is not read yet, or cannot be."""

    def __init__(self, *, fails: bool) -> None:
        whole = frozen_monitor()
        super().__init__({name: sample.rows for name, sample in whole.samples.items()})
        self._fails = fails

    def watch(
        self, name: str, listener: Listener, scope: Scope = EVERYONE, span: Span = LAST, wish: Hashable = None
    ) -> Watch:
        """Nothing, or an error, for one tenant."""
        if scope == EVERYONE or not self.probes[name].scoped:
            return super().watch(name, listener, scope, span)
        if self._fails:
            listener(Sample(name, error=LostError("Connection lost")))
        return Watch(lambda: None)


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def tables(app: Console) -> list[Any]:
    return [row for table in app.screen.query(LiveTable) for row in table.rows]


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("digit", ["1", "2", "3"])
async def test_what_was_shown_of_all_goes_when_one_is_chosen(digit: str, fails: bool) -> None:
    app = console(connected(Slow(fails=fails)))
    async with running(app, (120, 40)) as pilot:
        await press(pilot, "1", "2", "3", digit)
        assert any(name in text(app) for name in OTHERS)
        app.run_line("org acme")
        await settle(pilot)
        assert not [name for name in OTHERS if name in text(app)]
        assert not [row for row in tables(app) if getattr(row, "organization", "acme") != "acme"]
        # The other screens were visited before the choice: they hold rows of all.
        for other in "123":
            await press(pilot, other)
            assert not [name for name in OTHERS if name in text(app)], other


async def test_a_late_answer_about_all_is_not_shown_under_one() -> None:
    app = console(connected(Slow(fails=False)))
    async with running(app, (120, 40)) as pilot:
        await press(pilot, "3")
        assert app.connected is not None
        monitor = app.connected.monitor
        assert isinstance(monitor, Slow)
        sample = monitor.samples["sessions"]
        (late,) = [listener for name, _, listener in monitor.watched.values() if name == "sessions"]
        late(sample)  # on its way while the tenant is chosen
        app.run_line("org acme")
        late(sample)
        await settle(pilot)
        assert not [name for name in OTHERS if name in text(app)]
