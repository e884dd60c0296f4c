"""What is copied from a hostile row acts neither on this terminal nor where it is pasted."""

import pytest

from tests.ui.fakes import console, running
from tests.waiting import until


async def test_a_described_message_is_copied_without_its_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = console()
    async with running(app) as pilot:
        # The end of a bracketed paste in a message would make a shell run what follows.
        app.send("one\n\ttwo \x1b[201~\x9b31m\u202ethree")
        await until(lambda: "three" in app.clipboard)
        assert app.clipboard == "one\n\ttwo \ufffd[201~\ufffd31m\ufffdthree"
        await pilot.pause()
