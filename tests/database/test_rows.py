"""Records from rows: by name, cleaned, and strict about columns."""

from dataclasses import dataclass

import pytest

from gbtui.database.rows import rows
from tests.conftest import Connect, Server


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    tags: tuple[str, ...]
    number: int | None


async def test_hostile_text_is_cleaned_also_in_arrays(server: Server, connect: Connect) -> None:
    raw = await (await connect(server.dsn)).fetch(
        "SELECT 7 AS number, ARRAY['a' || chr(27) || '[2J', 'b'] AS tags, 'x' || chr(27) || chr(8238) || e'\\n' AS name"
    )
    (pair,) = rows(Pair, raw)
    assert pair.number == 7
    assert pair.name.startswith("x")
    assert pair.name.endswith("\n")
    assert not {"\x1b", "\u202e"} & set(pair.name + "".join(pair.tags))


@pytest.mark.parametrize(
    "columns", ["'a' AS name, ARRAY['b'] AS tags", "'a' AS name, ARRAY['b'] AS tags, 1 AS number, 2 AS more"]
)
async def test_columns_must_be_the_fields(columns: str, server: Server, connect: Connect) -> None:
    raw = await (await connect(server.dsn)).fetch(f"SELECT {columns}")
    with pytest.raises(TypeError, match=r"number|more"):
        rows(Pair, raw)


def test_nothing_is_nothing() -> None:
    assert rows(Pair, []) == []
