""":reveal asks why, shows once, for 20 s, to nobody who looks away; nothing takes the value with it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from gbtui.domain.rooms.of_mail import MailAccount
from gbtui.errors import DeniedError, GbtuiError
from gbtui.monitor.sample import Sample
from gbtui.secret import Secret
from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
from gbtui.security.vault.reveal import Revealer
from gbtui.ui.widgets.reason import Reason
from gbtui.ui.widgets.revealed import REFUSAL, Revealed
from tests.ui.fakes import NOW, StillConsole, connected, console, frozen_monitor, running, settle, text
from tests.ui.test_rooms import FrozenRooms

VALUE = "hunter2hunter2"
ACCOUNT = MailAccount(
    "ann@example.org", True, "imap.example.org", 993, "smtp.example.org", 587, 3, 1, NOW, NOW,
    UUID(int=9), UUID(int=201), "ann",
)  # fmt: skip


class Book(Revealer):
    """Reveals, and keeps what it was asked."""

    def __init__(self, error: GbtuiError | None = None) -> None:
        self.asked: list[tuple[Place, str]] = []
        self.error = error

    async def reveal(self, place: Place, reason: str) -> Secret:
        self.asked.append((place, reason))
        if self.error:
            raise self.error
        return Secret(VALUE)


class Stage:
    """A console with a mail account on it."""

    def __init__(self, error: GbtuiError | None = None) -> None:
        self.revealer = Book(error)
        monitor = frozen_monitor()
        monitor.samples["mail"] = Sample("mail", (ACCOUNT,), NOW)
        self.app: StillConsole = console(connected(monitor, rooms=FrozenRooms(), revealer=self.revealer))
        self.sent: list[str] = []

    @asynccontextmanager
    async def on_mail(self) -> AsyncIterator[Pilot[Any]]:
        async with running(self.app) as pilot:
            self.app.send = self.sent.append  # type: ignore[method-assign,assignment]
            self.app.run_line("user ann mail")
            await settle(pilot)
            assert "ann@example.org" in text(self.app)
            yield pilot
        assert self.app.failures == []

    async def reveal(self, pilot: Pilot[Any], reason: str = "ticket 4711") -> None:
        self.app.run_line("reveal")
        await settle(pilot)
        self.app.screen.query_one(Input).value = reason  # typing it is tested once
        await press(pilot, "enter")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def everything(app: StillConsole) -> str:
    """The screen, and all that its widgets would paint or tell."""
    return text(app) + repr([vars(widget) for screen in app.screen_stack for widget in screen.query("*")])


async def test_a_reason_is_typed_and_the_value_shown() -> None:
    stage = Stage()
    async with stage.on_mail() as pilot:
        await stage.reveal(pilot, "because")
        assert "A reason is wanted: 8 characters at least" in text(stage.app)
        assert stage.revealer.asked == []
        await press(pilot, *" of ticket 4711", "enter")
        assert stage.revealer.asked == [(Place(EMAIL_PASSWORD, str(ACCOUNT.id)), "because of ticket 4711")]
        assert VALUE in text(stage.app)
        assert "14 characters" in text(stage.app)
        assert re.search(r"it goes in (20|1\d) s", text(stage.app))


async def test_it_is_there_from_the_description_of_an_account_too() -> None:
    stage = Stage()
    async with stage.on_mail() as pilot:
        await press(pilot, "d")
        assert "Whether it is synchronized" in text(stage.app)
        await press(pilot, ":", *"reveal", "enter", *"ticket 4711", "enter")
        assert VALUE in text(stage.app)


async def test_without_a_reason_it_stays_sealed() -> None:
    stage = Stage()
    async with stage.on_mail() as pilot:
        stage.app.run_line("reveal")
        await settle(pilot)
        await press(pilot, *"ticket 4711", "escape")
        assert not isinstance(stage.app.screen, Reason | Revealed)
    assert stage.revealer.asked == []


async def test_it_goes_and_nothing_of_it_stays() -> None:
    stage = Stage()
    async with stage.on_mail() as pilot:
        for how in ("escape", "q", "enter", "time", "blur", "suspend"):
            await stage.reveal(pilot)
            shown = cast(Revealed, stage.app.screen)
            assert VALUE in everything(stage.app)
            await taken_away(stage, pilot, shown, how)
            assert stage.app.screen is not shown, how
            assert "ann@example.org" in text(stage.app)
            assert VALUE not in everything(stage.app)
            assert shown._value.is_forgotten
            assert VALUE not in repr(vars(shown._value))
            stage.app.post_message(events.AppFocus())
            await settle(pilot)


async def taken_away(stage: Stage, pilot: Pilot[Any], shown: Revealed, how: str) -> None:
    match how:
        case "time":
            shown._clock = lambda: shown._until - 1.4
            shown.tick()
            assert "it goes in 1 s" in text(stage.app)
            shown._clock = lambda: shown._until
            shown.tick()
        case "blur":
            stage.app.post_message(events.AppBlur())
        case "suspend":
            stage.app.app_suspend_signal.publish(stage.app)
        case key:
            await press(pilot, key)
    await settle(pilot)


async def test_another_screen_before_it_ends_it() -> None:
    stage = Stage()
    async with stage.on_mail() as pilot:
        await stage.reveal(pilot)
        stage.app.push_screen(Reason("Something else?", (), str))
        await settle(pilot)
        assert VALUE not in everything(stage.app)
        await press(pilot, "escape")
        assert not isinstance(stage.app.screen, Revealed)
        assert VALUE not in everything(stage.app)


async def test_it_is_neither_copied_nor_exported() -> None:
    stage = Stage()
    async with stage.on_mail() as pilot:
        await stage.reveal(pilot)
        shown = cast(Revealed, stage.app.screen)
        for key in ("y", "Y", "x", "ctrl+c"):
            shown._value.tell("")
            await press(pilot, key)
            assert REFUSAL in text(stage.app), key
        shown._value.text_select_all()
        await press(pilot, "ctrl+c")
        assert shown.get_selected_text() in (None, "")
        # What else might take it along: keys of the screen below.
        await press(pilot, ":", "/", "d", "space", "a")
        assert isinstance(stage.app.screen, Revealed)
    assert stage.sent == []


async def test_a_refusal_is_said_and_nothing_shown() -> None:
    stage = Stage(DeniedError("Permission denied", "for table user_email_accounts", "GRANT SELECT (id) ON x TO y"))
    async with stage.on_mail() as pilot:
        await stage.reveal(pilot)
        assert not isinstance(stage.app.screen, Revealed)
        assert "Permission denied" in text(stage.app)


async def test_elsewhere_there_is_nothing_to_reveal() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        stage.app.run_line("reveal")
        await settle(pilot)
        assert "no mail account is under the cursor" in text(stage.app)
        assert not isinstance(stage.app.screen, Reason)


async def test_hostile_and_long_values_are_drawn_whole_and_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.VALUE", "\x1b]0;owned\x07[red]" + "ü" * 200 + " ")
    stage = Stage()
    async with stage.on_mail() as pilot:
        await stage.reveal(pilot)
        seen = text(stage.app)
        assert "\x1b" not in seen
        assert seen.count("ü") == 200
        assert "[red]" in seen
        assert "some of control are not shown" in seen
        assert "with blanks at an end" in seen
