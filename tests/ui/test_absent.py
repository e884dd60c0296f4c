"""A list that is empty for a reason says the reason, not that there is nothing yet."""

from dataclasses import replace

import pytest

from tests.ui.fakes import connected, console, frozen_monitor, running, settle, text

WHY = "database shop holds tables of another make, but not the bot platform's: name the one with --dsn"


@pytest.mark.parametrize("key", ["1", "2", "3"])
async def test_no_platform_is_not_no_tenant_yet(key: str) -> None:
    monitor = frozen_monitor(())
    for name in ("tenants", "busiest", "sessions"):
        monitor.samples[name] = replace(monitor.last(name), rows=(), skipped=(WHY,))
    app = console(connected(monitor, tail=None))
    async with running(app, (80, 24)) as pilot:
        if key != "1":
            await pilot.press(key)
            await settle(pilot)
        await pilot.press("u")
        await settle(pilot)
        said = " ".join(text(app).split())
        assert WHY in said
        assert " yet" not in said
