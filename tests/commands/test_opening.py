"""From settings to an open database: the schema is there, the label is right, and nothing is guessed."""

from argparse import Namespace
from typing import Any

import pytest

from gbtui.commands.opening import look_again, opened
from gbtui.commands.reading import told
from gbtui.config import load
from gbtui.errors import NoTargetError
from gbtui.lifecycle.startup import Banner
from tests.conftest import Connect, Server, migrate


def config(**flags: Any) -> Any:
    return load(Namespace(**flags), {"HOME": "/nonexistent"})


async def test_without_a_server_none_is_assumed() -> None:
    with pytest.raises(NoTargetError, match="--profile"):
        async with opened(config()):
            pass


async def test_the_embedded_server_is_built_on_first_sight(server: Server, connect: Connect) -> None:
    steps: list[str] = []
    async with opened(config(dsn="embedded:", data_dir=str(server.home)), steps.append) as found:
        assert (found.label, found.is_demo, found.read_only) == ("DEMO", True, False)
        assert found.database.facts.has_schema == "general_bots"
    assert await (await connect(server.dsn)).fetchval("SELECT 1") == 1  # it still runs: others use it


async def test_another_server_is_only_looked_at(empty_dsn: str) -> None:
    async with opened(config(dsn=empty_dsn)) as found:
        assert found.read_only
        assert not found.is_demo
        assert found.label.startswith("t_")
        assert "empty" in found.banner.text
        assert found.database.facts.has_schema is None


async def test_a_place_may_be_built_when_it_is_allowed(empty_dsn: str, tmp_path: Any) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f"[profiles.new]\ndsn = '{empty_dsn}'\nread_only = false\ncreate = true\n")
    async with opened(config(config_file=str(file), profile="new")) as found:
        assert found.label == "new"
        assert found.banner.applied
        assert found.database.facts.has_schema == "general_bots"
    async with opened(config(config_file=str(file), profile="new")) as found:
        assert not found.banner.applied
        assert found.banner.text == ""


async def test_migrations_may_be_left_alone(empty_dsn: str) -> None:
    async with opened(config(dsn=empty_dsn, migrate="off")) as found:
        assert found.banner.text == ""


async def test_what_cannot_be_looked_at_is_a_banner(dsn: str, server: Server, connect: Connect) -> None:
    await (await connect(server.dsn)).execute("DROP ROLE IF EXISTS plain_opening; CREATE ROLE plain_opening LOGIN")
    name = dsn.partition("?")[0].rpartition("/")[2]
    async with opened(config(dsn=server.of(name, "plain_opening"))) as found:
        assert found.database.facts.user == "plain_opening"
        assert found.banner.severity in ("", "info", "warning")


async def test_what_was_built_meanwhile_is_seen_when_looked_at_again(empty_dsn: str) -> None:
    settings = config(dsn=empty_dsn)
    async with opened(settings) as found:
        assert "empty" in found.banner.text
        assert "empty" in (await look_again(found.database, settings)).text
        await migrate(empty_dsn)
        assert (await look_again(found.database, settings)).text == ""
        assert found.database.facts.has_schema == "general_bots"


def test_a_banner_names_the_missing_grant_first() -> None:
    denied = Banner("warning", "role x may not read y", "GRANT SELECT ON y TO x")
    assert told(denied, ("careful",)) == "GRANT SELECT ON y TO x; role x may not read y; careful"
    assert told(Banner("info", "it is so", "do that"), ()) == "it is so; do that"
