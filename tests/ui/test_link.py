"""`:link` and `--open`: the line that one copies leads back to where one stood, and holds no password."""

import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.commands.reopening import command
from gbtui.config import load
from gbtui.domain.scope import EVERYONE
from gbtui.errors import UsageError
from gbtui.monitor.probes import PROBES
from gbtui.monitor.window import LAST
from gbtui.ui.boundary import CONNECTING
from gbtui.ui.first_line import checked
from gbtui.ui.line import Line, read
from gbtui.ui.link import here, shell
from gbtui.ui.places import Place
from screens import SCREENS
from screens.conversation import Conversation
from tests.screens.talks import FrozenTalks
from tests.ui.fakes import BOTS, GLOBEX, StillConsole, settle, text
from tests.ui.looking import ANN, TALK, FrozenLookUp, FrozenNames
from tests.ui.test_rooms import stage
from tests.waiting import until


@asynccontextmanager
async def opened(line: str = "") -> AsyncIterator[tuple[StillConsole, Any]]:
    app: StillConsole = stage(look_up=FrozenLookUp(), server_names=FrozenNames(), conversations=FrozenTalks())
    app.look = replace(app.look, open=line, opens="gbtui --profile prod-eu")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.connected is not None and app.current_mode != CONNECTING)
        await arrived(pilot)
        yield app, pilot
    assert app.failures == []


async def arrived(pilot: Any) -> None:
    """The place, what it reads, the row that is sought in it."""
    for _ in range(4):
        await settle(pilot)


PLACES = [
    *(entry.name for entry in SCREENS),
    *[name for name in PROBES if name not in {entry.name for entry in SCREENS}][::6],
    f"session {TALK}", "search late parcel --since 7d --documents", "tenant acme", f"bot {BOTS[0].id}",
    f"bot {BOTS[0].id} configuration", f"user {ANN}", f"user {ANN} sessions",
]  # fmt: skip
"""Every kind of place, by the name that `:` takes: all screens, some panels (they are of one make), rooms, subjects."""
LOOKS = [
    "sessions --in acme --window 5m --on 00000000-0000-0000-0000-000000000066 --filter is:waiting",
    'sessions --filter user:"Ana.Baker" !waits>1h',
    "tables --window 15m --on message_history",
    "activity --on 4711",
    "tail --in acme --filter sender:user",
    f"session {TALK} at 2026-11-23T13:53:31.000000Z --in acme --filter hostile",
    f"bot {BOTS[0].id} configuration --filter theme",
]


async def test_where_one_stands_is_where_its_link_leads() -> None:
    left: dict[str, tuple[object, ...]] = {}
    async with opened() as (app, pilot):
        for line in (*PLACES, *LOOKS):
            await begin_anew(app, pilot)
            app.run_line(line)
            await arrived(pilot)
            *before, flag, link = shlex.split(shell(app))
            assert (*before, flag) == ("gbtui", "--profile", "prod-eu", "--open")
            assert checked(link) == link
            left[link] = stood(app)
    assert len({place for place, *_ in left.values()}) == len(PLACES)
    lost: list[object] = []
    async with opened() as (app, pilot):
        for link, place in left.items():
            await begin_anew(app, pilot)
            app.run_line(link)
            await arrived(pilot)
            if stood(app) != place:
                lost.append((link, place, stood(app)))
    assert lost == []


@pytest.mark.parametrize("line", [LOOKS[0], LOOKS[2], LOOKS[5], f"bot {BOTS[0].id} configuration"])
async def test_a_console_begins_where_it_is_told_to(line: str) -> None:
    async with opened(line) as (app, pilot):
        begun = stood(app)
        await begin_anew(app, pilot)
        app.run_line(line)
        await arrived(pilot)
        assert stood(app) == begun
        assert begun[0] not in ("overview", CONNECTING)


async def begin_anew(app: StillConsole, pilot: Any) -> None:
    """As a console begins: all tenants, the usual window, the first screen."""
    app.set_scope(EVERYONE)
    app.set_span(LAST)
    await app.go(Place("overview"))
    await settle(pilot)


def stood(app: StillConsole) -> tuple[object, ...]:
    """Screen or panel, how it is looked at, and what is under the cursor."""
    place = app.place.panel or app.place.mode
    turn = app.screen.turn if isinstance(app.screen, Conversation) else None
    return place, app.scope, app.span, here(app), turn and turn.event.id


async def test_link_copies_the_line_and_a_description_belongs_to_the_place_below(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    async with opened("sessions --in globex") as (app, pilot):
        assert app.scope.org_id == GLOBEX
        await pilot.press("d")
        app.run_line("link")
        await settle(pilot)
        await pilot.pause()
        assert app.clipboard.startswith("gbtui --profile prod-eu --open ':sessions --in globex")
        assert "sent" in text(app)


async def test_what_is_wrong_with_the_first_line_is_said_on_the_first_screen() -> None:
    for line, said in (
        (":tenent", "did you mean"),
        ("sessions --in nobody", "no organization is called so"),
        ("sessions --filter waits>", "column"),
        (f"session {str(TALK)[:-5]}fffff", "there is no session"),
    ):
        async with opened(line) as (app, _):
            assert said in text(app), line
            assert app.current_mode in ("overview", "sessions")


@pytest.mark.parametrize(
    "line",
    ["", ":", ":quit", "unlock", "export /tmp/x", "theme light", "sessions --window soon", "sessions --in",
     "session x at 25:00", "search x --bogus", "ignore 7d", "link", "--in acme"],
)  # fmt: skip
def test_what_goes_nowhere_is_refused_before_the_screen_is_taken(line: str) -> None:
    with pytest.raises(UsageError, match="--open"):
        checked(line)


@pytest.mark.parametrize(
    "line", [":acme", "4711", str(TALK), "ana@example.org", "session 4c1e0b2a… at 14:10", ":tail", "to"]
)
def test_what_may_be_a_place_or_a_name_is_not(line: str) -> None:
    assert checked(line) == line


_WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).filter(
    lambda word: not word.startswith(("--", ":"))
)


@given(command=_WORDS, scope=_WORDS, row=_WORDS, wanted=_WORDS | st.just("--in x --filter y"))
def test_a_line_is_read_as_it_was_written(command: str, scope: str, row: str, wanted: str) -> None:
    for line in (Line(command), Line(command, scope, "5m", row, wanted), Line(command, filter=wanted)):
        assert read(str(line)) == line
        assert read(shlex.split(shlex.quote(f":{line}"))[0]) == line


FILE = """
[profiles.prod]
dsn = "postgresql://me:sesame@db.example.com/app"
"""


@pytest.mark.parametrize(
    ("flags", "environ", "opens"),
    [
        ({"profile": "prod"}, {}, "--profile prod"),
        ({"profile": "prod", "username": "other"}, {}, "--profile prod -U other"),
        ({"profile": "prod", "dsn": "postgresql://x:sesame@else.example/y"}, {}, "'user=x host=else.example dbname=y'"),
        ({"target": "postgresql://me:sesame@db.example.com:5433/app?sslmode=require&sslpassword=sesame"}, {},
         "'user=me host=db.example.com port=5433 dbname=app sslmode=require'"),
        ({"target": "host=db.example.com password='sesame \\' open' dbname='a b'"}, {}, "host=db.example.com"),
        ({}, {"PGHOST": "db.example.com", "PGPASSWORD": "sesame", "PGDATABASE": "app"},
         "'host=db.example.com dbname=app'"),
        ({"dsn": "embedded:", "redact": True}, {}, "--dsn embedded: --redact"),
        ({"host": "db.example.com"}, {"GBTUI_DSN": "postgresql://a:sesame@b/c"}, "host=db.example.com"),
    ],
)  # fmt: skip
def test_the_command_names_the_server_and_never_a_password(
    flags: Mapping[str, Any], environ: Mapping[str, str], opens: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(FILE)
    for name in ("PGHOST", "PGPASSWORD", "PGDATABASE", "PGUSER", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    told = command(load(flags, environ, file))
    assert "sesame" not in told
    assert "*" not in told
    assert opens in told
    again = shlex.split(told)
    assert again[:3] == ["gbtui", "--config", str(file)]
