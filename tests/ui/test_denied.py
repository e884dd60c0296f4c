"""A missing right: the GRANT is what the reader needs, so it is read whole on the smallest screen."""

import pytest

from gbtui.errors import DeniedError
from tests.ui.fakes import connected, console, frozen_monitor, running, settle, text

GRANT = 'GRANT pg_monitor TO "a_reader_with_a_long_name"'
DENIED = DeniedError(
    "Not enough rights", "it needs the privileges of pg_read_all_stats, which a_reader_with_a_long_name lacks", GRANT
)


@pytest.mark.parametrize(
    ("key", "probe"), [("1", "busiest"), ("1", "connections"), ("2", "tenants"), ("3", "sessions"), ("0", "activity")]
)
@pytest.mark.parametrize("known", [True, False])
async def test_the_grant_is_read_whole_at_80_columns(key: str, probe: str, known: bool) -> None:
    monitor = frozen_monitor(())
    monitor.fail(probe, DENIED, keep=known)
    app = console(connected(monitor))
    async with running(app, (80, 24)) as pilot:
        if key != "1":
            await pilot.press(key)
            await settle(pilot)
        assert GRANT in text(app)
